"""An identifier shows whose it is: what one server says never steers requests to another."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import World, at
from weather_sms.channels import NTFY_SID, TWILIO_SID, Access, Unanswered
from weather_sms.channels.ntfy import Ntfy
from weather_sms.channels.twilio import TwilioLogin
from weather_sms.channels.twilio.channel import Twilio
from weather_sms.http import open_client
from weather_sms.receiver import Phone, topic
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

TOPIC, PHONE = topic("ntfy://a-topic-nobody-guesses"), Phone("+15550123467")
HEADING = "San Francisco Mon Nov 23: "
STEERING = "../Calls.json?To=%2B15550100999&Url=https://example.org/x"
TWILIOS = ("SM" + "0a" * 16, "MM" + "0a" * 16)
# Of no channel's form:
HOSTILE = (STEERING, "..", "a/b", "a b", "k" * 65, "é", "k\n", "SM" + "0a" * 16 + "\n", "")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A topic of ntfy's; Twilio is set up as well."""
    return World(tmp_path, channel="ntfy")


@pytest.fixture
def channel(sandbox: Sandbox, clock: FixedClock) -> Ntfy:
    sandbox.now = clock.now
    return Ntfy(Access(open_client(sandbox.transport), clock, "", None))


@pytest.fixture
def twilio(sandbox: Sandbox, clock: FixedClock) -> Twilio:
    sandbox.now, known = clock.now, sandbox.twilio
    login = TwilioLogin(
        account_sid=known.account_sid,
        username=known.account_sid,
        password=known.auth_token,
        sender=known.numbers[0],
        messaging_service_sid=None,
    )
    return Twilio(Access(open_client(sandbox.transport), clock, "https://api.twilio.com", login))


def is_steered(request: httpx.Request) -> bool:
    """Whether a request goes to Twilio, or to a path that a server has chosen."""
    path = request.url.raw_path.decode()
    return "2010-04-01" in path or not path.startswith(
        ("/a-topic", "/geo/", "/data/", "/v1/", "/alerts/")
    )


@pytest.mark.parametrize("name", [STEERING, TWILIOS[0]])
def test_a_ntfy_server_cannot_steer_requests_to_twilio(world: World, name: str) -> None:
    """It names the text as it likes, in its answer and in its log."""
    event = {
        "id": name,
        "sequence_id": name,
        "time": int(at("07:00").timestamp()),
        "event": "message",
        "title": HEADING.rstrip(": "),
        "message": "x",
    }
    world.sandbox.fail("a-topic", httpx.Response(200, text=json.dumps(event)), times=99)
    first = world.outcome("01:00")
    assert (first.status, first.detail) == (
        "unknown",
        "ntfy's answer names the text as no ntfy does, so it may have gone out",
    )
    for minute in ("01:20", "05:00", "06:00", "07:10", "08:00"):
        world.tick(minute)
    world.stop("08:10")
    world.tick("08:20", env={"WEATHER_TO": PHONE.e164, "WEATHER_AT": "0 6 23 * *"})
    steered = [request for request in world.sandbox.requests if is_steered(request)]
    assert steered == []


@pytest.mark.parametrize("state", ["held", "canceling", "sent"])
def test_a_name_that_an_earlier_version_stored_steers_nothing(world: World, state: str) -> None:
    """Nobody asks for the text any more, so it is looked for on the channels of all receivers."""
    world.tick("01:00")
    with closing(sqlite3.connect(world.ledger)) as db, db:
        db.execute("UPDATE occurrence SET sid = ?, state = ?", (STEERING, state))
    world.env["WEATHER_AT"] = "20:00"
    world.tick("02:00")
    world.stop("02:10")
    world.tick("07:10")
    assert [request for request in world.sandbox.requests if is_steered(request)] == []


@pytest.mark.parametrize("name", [*HOSTILE, *TWILIOS])
def test_ntfy_asks_nobody_about_a_name_that_is_not_its_own(
    channel: Ntfy, sandbox: Sandbox, name: str
) -> None:
    channel.cancel(TOPIC, name)
    with pytest.raises(Unanswered):
        channel.fetch(TOPIC, name)
    assert sandbox.requests == []


@pytest.mark.parametrize("name", [*HOSTILE, "k1", "sm" + "0a" * 16, "SM" + "0A" * 16, "0a" * 32])
def test_twilio_asks_nobody_about_a_name_that_is_not_its_own(
    twilio: Twilio, sandbox: Sandbox, name: str
) -> None:
    twilio.cancel(PHONE, name)
    with pytest.raises(Unanswered):
        twilio.fetch(PHONE, name)
    assert sandbox.requests == []


def test_texts_with_other_names_in_ntfys_log_are_passed_over(
    channel: Ntfy, sandbox: Sandbox, clock: FixedClock
) -> None:
    channel.hand_over(TOPIC, HEADING + "x.", HEADING, "k1")
    (event,) = sandbox.ntfy.events
    sandbox.ntfy.events += [event | {"sequence_id": name} for name in (*HOSTILE[:-1], *TWILIOS)]
    found = channel.log(TOPIC, clock.now() - timedelta(hours=1))
    assert [each.sid for each in found] == ["k1"]


def test_texts_with_other_names_in_twilios_log_are_passed_over(
    twilio: Twilio, sandbox: Sandbox, clock: FixedClock
) -> None:
    twilio.hand_over(PHONE, HEADING + "x.", HEADING, "k1")
    answer = {"messages": [sandbox.twilio.messages[0] | {"sid": sid} for sid in (*HOSTILE, "k1")]}
    sandbox.fail("Messages.json", httpx.Response(200, json=answer | {"page": 0}))
    assert twilio.log(PHONE, clock.now() - timedelta(hours=1)) == []


@pytest.mark.parametrize("sid", [*HOSTILE, "k1", None, 7])
def test_an_answer_of_twilios_without_a_sid_of_its_own_is_uncertain(
    twilio: Twilio, sandbox: Sandbox, sid: object
) -> None:
    sandbox.fail("Messages.json", httpx.Response(201, json={"sid": sid, "status": "queued"}))
    with pytest.raises(Unanswered, match="names no message"):
        twilio.hand_over(PHONE, HEADING + "x.", HEADING, "k1")


@given(st.from_regex(TWILIO_SID, fullmatch=True) | st.from_regex(NTFY_SID, fullmatch=True))
def test_no_name_is_of_two_channels(name: str) -> None:
    assert bool(TWILIO_SID.fullmatch(name)) != bool(NTFY_SID.fullmatch(name))
