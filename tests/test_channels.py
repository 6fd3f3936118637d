"""What holds for every channel in the registry, whoever adds one."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import httpx
import pytest

from weather_sms import Settings, tick
from weather_sms.channels import Accepted, Channel, NoLog, NotAccepted, Unanswered
from weather_sms.channels.registry import (
    BY_NAME,
    CHANNELS,
    Registered,
    loaded,
    of_address,
    of_sid,
    read,
)
from weather_sms.delivery.services import Services
from weather_sms.doctor import checkup
from weather_sms.receiver import Receiver
from weather_sms.report.outcome import SAID, Status
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.setup.twilio_questions import receivers

HEADING = "Lyon Mon 23 Nov: "
WORD = "a-private-word"


@dataclass(frozen=True)
class Told:
    """What the tests have to be told of a channel.

    `alike`: its example's receiver in another spelling, with another login if it has any. `takes`
    answers as the service does where it takes a text; without it the sandbox does.
    """

    alike: str
    takes: Callable[[httpx.Request], httpx.Response] | None = None


TOLD = {
    "twilio": Told("+1 (555) 012-3467"),
    "ntfy": Told("ntfys://another:login@EXAMPLE.org/a-topic/"),
    "apprise": Told("JSON://a-user:a-password@localhost/a-path"),
}
every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda each: each.name)
# Apprise brings its own HTTP: tests/test_apprise.py holds it to the same over a socket.
every_client = pytest.mark.parametrize(
    "channel", [each for each in CHANNELS if each.name != "apprise"], ids=lambda each: each.name
)


@pytest.fixture
def env(channel: Registered, sandbox: Sandbox, clock: FixedClock, tmp_path: Path) -> dict[str, str]:
    sandbox.now = clock.now
    return sandbox.env | {
        "WEATHER_TO": channel.example,
        "WEATHER_AT": "06:00",
        "WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}",
        "TWILIO_MESSAGING_SERVICE_SID": sandbox.twilio.services[0],
        channel.origin_setting: "https://service.invalid",
    }


@pytest.fixture
def services(env: Mapping[str, str], sandbox: Sandbox, clock: FixedClock) -> Iterator[Services]:
    with closing(Services(Settings.from_env(env), clock, sandbox.transport)) as found:
        yield found


@pytest.fixture
def opened(channel: Registered, services: Services) -> Channel[Any]:
    return services.channels.named(channel.name)


def hand_over(
    opened: Channel[Any], channel: Registered, send_at: datetime | None = None, **urgent: bool
) -> Accepted:
    return opened.hand_over(
        read(channel.example), f"{HEADING}3C.", HEADING, "k1", send_at, **urgent
    )


def posts(sandbox: Sandbox) -> list[httpx.Request]:
    return [request for request in sandbox.requests if request.method == "POST"]


# The protocols


def properties(protocol: type) -> dict[str, type]:
    """The properties of a protocol, each with the class of its values."""
    members = vars(protocol).items()
    hints = {
        name: get_type_hints(member.fget)["return"]
        for name, member in members
        if isinstance(member, property)
    }
    return {name: get_origin(hint) or hint for name, hint in hints.items()}


def parameters(function: Callable[..., object]) -> list[tuple[str, object]]:
    return [(each.name, each.kind) for each in inspect.signature(function).parameters.values()]


def defaults(function: Callable[..., object]) -> set[tuple[str, object]]:
    found = inspect.signature(function).parameters.values()
    return {(each.name, each.default) for each in found if each.default is not each.empty}


@every_channel
@pytest.mark.parametrize("name", [name for name in vars(Channel) if name[0] != "_"])
def test_its_class_has_what_the_protocol_has(channel: Registered, name: str) -> None:
    member, own = getattr(Channel, name), getattr(loaded(channel.opens), name)
    if inspect.isfunction(member):
        assert parameters(own) == parameters(member)
        assert defaults(member) <= defaults(own)


@every_channel
def test_what_it_says_of_itself_is_of_the_protocols_types(
    channel: Registered, opened: Channel[Any]
) -> None:
    for value, protocol in ((opened, Channel), (read(channel.example), Receiver)):
        for name, kind in properties(protocol).items():
            assert isinstance(getattr(value, name), kind), name


@every_client
def test_it_holds_a_text_exactly_if_its_line_in_the_registry_says_so(
    channel: Registered, opened: Channel[Any], sandbox: Sandbox, clock: FixedClock
) -> None:
    assert opened.can_hold == channel.holds
    assert opened.can_hold or not opened.replaces
    if channel.holds:
        taking(channel, sandbox)
        hand_over(opened, channel)
        hand_over(opened, channel, clock.now() + timedelta(hours=2))
        now, later = ([each.content, each.headers.raw] for each in posts(sandbox))
        assert now != later


# The receiver


@every_channel
def test_its_example_is_read_as_one_of_its_receivers(channel: Registered) -> None:
    receiver = read(channel.example)
    assert receiver.channel == channel.name
    assert receiver.identity
    assert {receiver, read(channel.example)} == {receiver}


@every_channel
def test_a_receiver_is_the_same_however_it_is_written_and_opened(channel: Registered) -> None:
    assert read(TOLD[channel.name].alike).identity == read(channel.example).identity


@every_channel
def test_every_part_of_its_address_is_masked_and_little_is_shown(channel: Registered) -> None:
    receiver = read(channel.example)
    parts = set(re.split(r"[:@/]+", channel.example.partition("://")[2] or channel.example)) - {""}
    assert parts | {channel.example, receiver.identity} <= receiver.masked
    assert receiver.shown not in receiver.masked
    assert not [value for value in receiver.masked if value in repr(receiver)]


@every_channel
def test_nothing_of_an_address_is_in_what_anyone_can_read(
    channel: Registered, env: Mapping[str, str], sandbox: Sandbox, clock: FixedClock
) -> None:
    settings, receiver = Settings.from_env(env), read(channel.example)
    sandbox.fail("", httpx.Response(500), times=99, method="POST")
    report = tick(settings, clock=clock, transport=sandbox.transport, send_now=True)
    said = "\n".join(report.lines(private=False)) + json.dumps(report.json(private=False))
    assert not [value for value in receiver.masked if value in said]
    assert receiver.masked <= settings.personal()
    assert receiver.masked <= report.derived()


@every_channel
def test_the_doctor_names_it(
    channel: Registered, env: Mapping[str, str], sandbox: Sandbox, clock: FixedClock
) -> None:
    found = list(checkup(env, clock=clock, transport=sandbox.transport))
    named = [check for check in found if check.name.startswith(channel.name)]
    assert named
    assert all(check.status in ("ok", "warn", "fail", "skipped") for check in named)


@every_channel
def test_the_setup_says_whether_its_receiver_can_be_reached(
    env: Mapping[str, str], services: Services, clock: FixedClock
) -> None:
    assert list(receivers(Settings.from_env(env), services, clock.now()))


# The text


def taking(channel: Registered, sandbox: Sandbox) -> None:
    if takes := TOLD[channel.name].takes:
        sandbox.fail("", takes, times=99, method="POST")


@every_client
@pytest.mark.parametrize("urgent", [False, True])
def test_a_text_that_it_takes_has_a_name_of_its_own_form_or_none(
    channel: Registered, opened: Channel[Any], sandbox: Sandbox, urgent: bool
) -> None:
    taking(channel, sandbox)
    accepted = hand_over(opened, channel, urgent=urgent)
    assert accepted.sid is None or of_sid(accepted.sid) is channel
    assert [post.url.host for post in posts(sandbox)] == ["service.invalid"]


@every_client
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text=WORD),
        httpx.Response(302, headers={"Location": "https://elsewhere.invalid/"}),
        httpx.Response(200, text=f"<p>{WORD}</p>"),
        httpx.Response(200, json={}),
        httpx.ReadTimeout(WORD),
        httpx.ReadError(WORD),
    ],
    ids=["failure", "redirect", "no JSON", "JSON that says nothing", "timeout", "broken off"],
)
def test_after_an_answer_that_is_none_a_text_is_uncertain_and_not_posted_again(
    channel: Registered, opened: Channel[Any], sandbox: Sandbox, answer: httpx.Response | Exception
) -> None:
    sandbox.fail("", answer, times=99, method="POST")
    with pytest.raises(Unanswered) as caught:
        hand_over(opened, channel)
    assert len(posts(sandbox)) == 1
    assert WORD not in str(caught.value)


@every_client
def test_a_refusal_is_final_and_says_what_to_do_without_repeating_the_address(
    channel: Registered, opened: Channel[Any], sandbox: Sandbox
) -> None:
    masked = read(channel.example).masked
    said = f"no {' '.join(masked)} here"
    body = dict.fromkeys(("error", "message", "detail", "title", "description"), said)
    sandbox.fail("", httpx.Response(400, json=body | {"errors": [said]}), method="POST")
    with pytest.raises(NotAccepted) as caught:
        hand_over(opened, channel)
    assert not caught.value.again
    assert caught.value.fix
    assert not [value for value in masked if value in str(caught.value)]


@every_client
@pytest.mark.parametrize(
    "answer", [httpx.Response(429), httpx.ConnectError(WORD)], ids=["too many", "no connection"]
)
def test_a_text_that_was_surely_not_processed_is_tried_again(
    channel: Registered, opened: Channel[Any], sandbox: Sandbox, answer: httpx.Response | Exception
) -> None:
    sandbox.fail("", answer, times=99, method="POST")
    with pytest.raises(NotAccepted) as caught:
        hand_over(opened, channel)
    assert caught.value.again
    assert WORD not in str(caught.value)


@every_channel
def test_where_nothing_is_answered_nothing_is_known_of_earlier_texts(
    channel: Registered, opened: Channel[Any], sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.fail("", httpx.Response(500, text=WORD), times=99)
    receiver = read(channel.example)
    with pytest.raises(Unanswered):
        opened.fetch(receiver, "k1")
    with pytest.raises((NoLog, Unanswered)):
        opened.log(receiver, clock.now())
    opened.cancel(receiver, "k1")
    assert opened.explain(None)


# The registry


def test_the_names_are_unlike_and_no_scheme_is_of_two_channels() -> None:
    schemes = [scheme for each in CHANNELS for scheme in each.schemes]
    assert len(BY_NAME) == len(CHANNELS)
    assert len(set(schemes)) == len(schemes)


def test_a_scheme_of_no_channel_is_apprises() -> None:
    assert of_address("mailto://a-user:a-password@example.org").name == "apprise"


def test_an_identifier_of_no_channels_form_belongs_to_none() -> None:
    assert of_sid("../Calls.json?To=1") is None


def test_every_outcome_has_words() -> None:
    assert set(SAID) == set(get_args(Status))
