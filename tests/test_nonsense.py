"""Whatever goes wrong unforeseen with one text is its own outcome, and no other's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.world import RECEIVER, World
from weather_sms.report.outcome import Report

TOPIC = "ntfy://a-topic-nobody-guesses"
NAMES = {"twilio": "Twilio", "ntfy": "ntfy"}
UNREADABLE = "{}'s answer could not be read, so the text may have gone out"
Answer = Callable[[httpx.Request], httpx.Response]


def answer(status: int = 200, content: bytes = b"null", **headers: str | bytes) -> Answer:
    """Each request gets a new one, since httpx may fail at making it."""
    named = [
        (name.replace("_", "-").encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in headers.items()
    ]
    return lambda _: httpx.Response(status, content=content, headers=named)


NONSENSE: dict[str, tuple[Answer, str]] = {
    "a page": (answer(content=b"<html>"), UNREADABLE),
    "null": (answer(), UNREADABLE),
    "a list": (answer(content=b"[]"), UNREADABLE),
    "no gzip": (answer(content=b"plain", Content_Encoding="gzip"), UNREADABLE),
    "JSON too deep": (answer(content=b'{"x":' * 100_000), UNREADABLE),
    "lists too deep": (answer(content=b"[" * 100_000), UNREADABLE),
    "a charset that is none": (
        answer(content=b"\xff{", Content_Type="text/plain; charset=base64"),
        UNREADABLE,
    ),
    "headers that are no text": (answer(Content_Type=b"\xff\xfe", Retry_After=b"\xff"), UNREADABLE),
    "a code that is none": (
        answer(201, b'{"sid": "SM00000000000000000000000000000001", "error_code": "abc"}'),
        UNREADABLE,
    ),
    "the year 10000": (
        answer(201, b'{"sid": "SM1", "date_created": "Fri, 31 Dec 10000 23:59:59 +0000"}'),
        UNREADABLE,
    ),
    "a far moment": (
        answer(content=b'{"id": "m1", "time": 1000000000000000000, "date_created": 1e18}'),
        UNREADABLE,
    ),
    "a redirect": (
        answer(302, Location="https://elsewhere.example/"),
        "{} failed (HTTP status 302), so the text may have gone out",
    ),
    "a redirect to nowhere": (
        answer(307, Location="https://elsewhere.example:port/"),
        "the connection to {} broke. Try again later; the text may have gone out all the same",
    ),
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One text by Twilio, which cannot hold it, and one by ntfy."""
    return World(tmp_path, holds=False, env={"WEATHER_TO": f"{RECEIVER},{TOPIC}"})


@pytest.fixture
def holding(tmp_path: Path) -> World:
    """The same; both can be held."""
    return World(tmp_path, env={"WEATHER_TO": f"{RECEIVER},{TOPIC}"})


@pytest.fixture(params=["twilio", "ntfy"])
def broken(request: pytest.FixtureRequest) -> str:
    """The channel that answers nonsense; the other one answers as it should."""
    return str(request.param)


def path(broken: str) -> str:
    return {"twilio": "/Messages", "ntfy": "/a-topic"}[broken]


def of(report: Report, broken: str) -> tuple[str, str, str]:
    """The status of the broken channel's text, what is said of it, and the other one's status."""
    twilio, ntfy = report.outcomes
    mine, other = (twilio, ntfy) if broken == "twilio" else (ntfy, twilio)
    return mine.status, mine.detail, other.status


# Answers


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_after_a_post_is_unknown_until_the_log_shows_the_text(
    world: World, broken: str, kind: str
) -> None:
    nonsense, words = NONSENSE[kind]
    world.sandbox.fail(path(broken), nonsense, method="POST", processed=True)
    report = world.tick("07:05")
    assert of(report, broken) == ("unknown", words.format(NAMES[broken]), "sent")
    assert report.exit_code == 1
    later = world.tick("07:35")
    assert of(later, broken) == ("already", f"{NAMES[broken]}'s log shows it already", "not_due")
    assert later.exit_code == 0
    assert (len(world.sandbox.twilio.left), len(world.sandbox.ntfy.left)) == (1, 1)


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_log_of_nonsense_holds_one_text_back_until_it_can_be_read(
    world: World, broken: str, kind: str
) -> None:
    world.sandbox.fail(path(broken), NONSENSE[kind][0], method="GET")
    report = world.tick("07:05")
    log = {"twilio": "Twilio's log of messages", "ntfy": "ntfy's log"}[broken]
    words = f"{log} could not be read; a later run tries again"
    assert of(report, broken) == ("unknown", words, "sent")
    assert report.exit_code == 0
    assert of(world.tick("07:10"), broken) == ("sent", "", "not_due")


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_about_a_texts_fate_is_no_fate(world: World, broken: str, kind: str) -> None:
    world.tick("07:00")
    world.sandbox.fail(path(broken), NONSENSE[kind][0], method="GET")
    world.sandbox.twilio.fates[RECEIVER] = ("undelivered", 30003)
    first, second = world.tick("07:10"), world.tick("07:15")
    told = [report.outcomes[0].status for report in (first, second)]
    late = ["not_due", "undelivered"]
    assert told == (late if broken == "twilio" else late[::-1])


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_after_a_cancel_leaves_it_to_the_log(
    holding: World, broken: str, kind: str
) -> None:
    holding.tick("01:00")
    method = {"twilio": "POST", "ntfy": "DELETE"}[broken]
    holding.sandbox.fail(path(broken), NONSENSE[kind][0], method=method, processed=True)
    assert [each.status for each in holding.stop("02:00").outcomes] == ["canceled", "canceled"]


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_about_a_cancellation_is_no_confirmation(
    holding: World, broken: str, kind: str
) -> None:
    holding.tick("01:00")
    holding.sandbox.fail(path(broken), NONSENSE[kind][0], method="GET", times=9)
    report = holding.stop("02:00")
    assert [(each.status, each.detail) for each in report.outcomes] == [
        ("canceled", ""),
        ("unknown", "its cancellation is not confirmed"),
    ]
    assert report.exit_code == 1
