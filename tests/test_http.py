"""The one client and the one way to send: attempts, pauses, and answers that never end."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from threading import Event

import httpx
import pytest

from weather_sms import Settings
from weather_sms.delivery.services import Services
from weather_sms.http import ONCE, POST_ONCE, READ, Policy, open_client, send
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.weather import WeatherError
from weather_sms.weather.fetch import quickly


def test_an_answer_that_drips_is_one_that_does_not_come(dripping: str) -> None:
    with open_client(None) as client, pytest.raises(httpx.ReadTimeout):
        client.get(dripping, timeout=0.2)


def test_a_service_that_drips_is_a_sentence(dripping: str, clock: FixedClock) -> None:
    with (
        open_client(None) as client,
        pytest.raises(WeatherError, match=r"^A service failed \(no answer within 3 s\)$"),
    ):
        quickly(client, "A service", dripping, {}, clock)


def test_the_next_answer_comes_on_another_connection(dripping: str) -> None:
    with open_client(None) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(dripping, timeout=0.2)
        assert client.get(f"{dripping}/whole").content == b" "


def asked(answer: httpx.Response | Exception, policy: Policy, clock: FixedClock) -> int:
    """How often a service is asked that always gives one answer."""
    sandbox = Sandbox()
    sandbox.fail("/", answer, times=99)
    with open_client(sandbox.transport) as client:
        request = client.build_request("POST", "https://service.invalid/", content=b"x")
        with suppress(httpx.RequestError):
            send(client, request, policy, clock)
    return len(sandbox.requests)


@pytest.mark.parametrize("policy", [READ, POST_ONCE], ids=["read", "post"])
def test_a_certificate_that_is_not_trusted_is_not_tried_again(
    clock: FixedClock, policy: Policy
) -> None:
    refused = httpx.ConnectError("x")
    refused.__cause__ = ssl.SSLCertVerificationError("x")
    assert asked(refused, policy, clock) == 1


def test_a_redirect_to_nowhere_is_not_tried_again(clock: FixedClock) -> None:
    nowhere = httpx.Response(302, headers={"Location": "https://elsewhere.example:port/"})
    assert asked(nowhere, READ, clock) == 1


def test_once_is_once(clock: FixedClock) -> None:
    assert asked(httpx.ConnectError("x"), ONCE, clock) == 1
    assert asked(httpx.Response(503), ONCE, clock) == 1


def test_a_date_to_wait_for_is_one_of_the_callers_clock(clock: FixedClock) -> None:
    began = clock.now()
    date = format_datetime(began + timedelta(seconds=3))
    assert asked(httpx.Response(503, headers={"Retry-After": date}), READ, clock) == 4
    assert clock.now() - began == timedelta(seconds=3 + 2 + 4)


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
