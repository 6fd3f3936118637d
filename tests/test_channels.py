"""What holds for every channel in the registry, whoever adds one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import get_args

import httpx
import pytest

from weather_sms import Settings, tick
from weather_sms.channels import Means, NotAccepted, Unanswered
from weather_sms.channels.registry import BY_NAME, CHANNELS, Registered, loaded, of_sid, read
from weather_sms.doctor import checkup
from weather_sms.http import open_client
from weather_sms.report.outcome import SAID, Status
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda each: each.name)


def env(sandbox: Sandbox, channel: Registered) -> Mapping[str, str]:
    return sandbox.env | {"WEATHER_TO": channel.example, "WEATHER_AT": "06:00"}


def silent(_: httpx.Request) -> httpx.Response:
    return httpx.Response(500, text="a-private-word")


@every_channel
def test_its_example_is_read_as_one_of_its_receivers(channel: Registered) -> None:
    receiver = read(channel.example)
    assert receiver.channel == channel.name
    assert receiver.identity
    assert receiver == read(channel.example)


@every_channel
def test_every_part_of_its_address_is_masked_and_little_is_shown(channel: Registered) -> None:
    receiver = read(channel.example)
    parts = set(re.split(r"[:@/]+", channel.example.partition("://")[2] or channel.example)) - {""}
    assert parts <= receiver.masked
    assert receiver.shown not in receiver.masked
    assert not [value for value in receiver.masked if value in repr(receiver)]


@every_channel
def test_nothing_of_an_address_is_in_what_anyone_can_read(
    channel: Registered, sandbox: Sandbox, clock: FixedClock
) -> None:
    settings = Settings.from_env(env(sandbox, channel))
    receiver = settings.subscriptions[0].to
    sandbox.fail("", httpx.Response(500), times=99, method="POST")
    report = tick(settings, clock=clock, transport=sandbox.transport, send_now=True)
    said = "\n".join(report.lines(private=False)) + json.dumps(report.json(private=False))
    assert not [value for value in receiver.masked if value in said]
    assert receiver.masked <= settings.personal()
    assert receiver.masked <= report.derived()


@every_channel
def test_the_doctor_names_it(channel: Registered, sandbox: Sandbox, clock: FixedClock) -> None:
    found = list(checkup(env(sandbox, channel), clock=clock, transport=sandbox.transport))
    named = [check for check in found if check.name.startswith(channel.name)]
    assert named
    assert all(check.status in ("ok", "warn", "fail", "skipped") for check in named)


@every_channel
def test_it_is_opened_and_says_in_its_own_errors_that_nothing_was_answered(
    channel: Registered, sandbox: Sandbox, clock: FixedClock
) -> None:
    login = Settings.from_env(sandbox.env).twilio if channel.name == "twilio" else None
    with open_client(httpx.MockTransport(silent)) as client:
        opened = loaded(channel.opens)(Means(client, clock, "http://127.0.0.1:9", login))
        receiver = read(channel.example)
        assert opened.name
        assert channel.holds or not opened.can_hold
        with pytest.raises((NotAccepted, Unanswered)) as caught:
            opened.hand_over(receiver, "Lyon Mon 23 Nov: 3C.", "Lyon Mon 23 Nov: ", "k1")
        assert not [value for value in receiver.masked if value in str(caught.value)]
        assert "a-private-word" not in str(caught.value)
        with pytest.raises(Unanswered):
            opened.fetch(receiver, "k1")
        opened.cancel(receiver, "k1")
        assert opened.explain(None)


def test_the_names_are_unlike_and_no_scheme_is_of_two_channels() -> None:
    schemes = [scheme for each in CHANNELS for scheme in each.schemes]
    assert len(BY_NAME) == len(CHANNELS)
    assert len(set(schemes)) == len(schemes)


def test_an_identifier_of_no_channels_form_belongs_to_none() -> None:
    assert of_sid("../Calls.json?To=1") is None


def test_every_outcome_has_words() -> None:
    assert set(SAID) == set(get_args(Status))
