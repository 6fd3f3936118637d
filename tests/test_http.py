"""The one client on a real network: an answer that never ends does end."""

from __future__ import annotations

from threading import Event

import httpx
import pytest

from weather_sms import Settings
from weather_sms.delivery.services import Services
from weather_sms.http import open_client
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.weather import WeatherError
from weather_sms.weather.fetch import once


def test_an_answer_that_drips_is_one_that_does_not_come(dripping: str) -> None:
    with open_client(None) as client, pytest.raises(httpx.ReadTimeout):
        client.get(dripping, timeout=0.2)


def test_a_service_that_drips_is_a_sentence(dripping: str) -> None:
    with (
        open_client(None) as client,
        pytest.raises(WeatherError, match=r"^A service failed \(no answer within 3 s\)$"),
    ):
        once(client, "A service", dripping, {})


def test_the_next_answer_comes_on_another_connection(dripping: str) -> None:
    with open_client(None) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(dripping, timeout=0.2)
        assert client.get(f"{dripping}/whole").content == b" "


def test_nobody_waits_at_the_end_for_what_stands_beside_the_weather(
    sandbox: Sandbox, clock: FixedClock
) -> None:
    released, answered = Event(), Event()

    def late(_: httpx.Request) -> httpx.Response:
        released.wait(20)
        answered.set()
        return httpx.Response(500)

    sandbox.fail("/alerts", late)
    settings = Settings.from_env(sandbox.env, sending=False)
    services = Services(settings, clock, sandbox.transport)
    services.weather.ask_early([settings.subscriptions[0].place])
    services.close()
    assert not answered.is_set()
    released.set()
