"""Whatever goes wrong unforeseen with one text is its own outcome, and no other's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.world import FOR_DAY, RECEIVER, World, at
from weather_sms import Settings
from weather_sms.delivery.tick import find, stop
from weather_sms.ledger import LedgerError
from weather_sms.ledger.row import Row
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.report.outcome import Outcome, Report
from weather_sms.report.output import say_stopped

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
    return World(
        tmp_path, holds=False, env={"WEATHER_TO": f"{RECEIVER},{TOPIC}", "WEATHER_AT": FOR_DAY}
    )


@pytest.fixture
def holding(tmp_path: Path) -> World:
    """The same; both can be held."""
    return World(tmp_path, env={"WEATHER_TO": f"{RECEIVER},{TOPIC}", "WEATHER_AT": FOR_DAY})


@pytest.fixture(params=["twilio", "ntfy"])
def broken(request: pytest.FixtureRequest) -> str:
    """The channel that answers nonsense; the other one answers as it should."""
    return str(request.param)


def path(broken: str) -> str:
    return {"twilio": "/Messages", "ntfy": "/a-topic"}[broken]


def of(report: Report, broken: str) -> tuple[str, str, str]:
    """The status of the broken channel's text, what is said of it, and the other one's status.

    Where one text waits for its log, the clock of both jumps: the other may have to come later.
    """
    twilio, ntfy = report.outcomes
    mine, other = (twilio, ntfy) if broken == "twilio" else (ntfy, twilio)
    return mine.status, mine.detail, other.status


# Answers


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_after_a_post_is_settled_by_a_log_that_shows_the_text(
    world: World, broken: str, kind: str
) -> None:
    world.sandbox.fail(path(broken), NONSENSE[kind][0], method="POST", processed=True)
    assert of(world.tick("07:05"), broken)[:2] == ("sent", "")
    assert of(world.tick("07:35"), broken)[:2] == ("already", "")
    assert (len(world.sandbox.twilio.left), len(world.sandbox.ntfy.left)) == (1, 1)


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_after_a_post_is_unknown_until_the_log_can_be_trusted(
    world: World, broken: str, kind: str
) -> None:
    nonsense, words = NONSENSE[kind]
    world.sandbox.fail(path(broken), nonsense, method="POST")
    report = world.tick("07:05")
    assert of(report, broken)[:2] == ("unknown", words.format(NAMES[broken]))
    assert report.exit_code == 1
    assert of(world.tick("07:35"), broken)[:2] == ("sent", "")
    assert (len(world.sandbox.twilio.left), len(world.sandbox.ntfy.left)) == (1, 1)


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_log_of_nonsense_holds_no_first_text_back(world: World, broken: str, kind: str) -> None:
    world.sandbox.fail(path(broken), NONSENSE[kind][0], method="GET", times=9)
    assert of(world.tick("07:05"), broken) == ("sent", "", "sent")


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_log_of_nonsense_holds_a_text_in_doubt_back_until_it_can_be_read(
    world: World, broken: str, kind: str
) -> None:
    world.sandbox.fail(path(broken), httpx.ReadTimeout("slow"), method="POST")
    world.sandbox.fail(path(broken), NONSENSE[kind][0], method="GET", times=99)
    world.tick("07:05")
    log = {"twilio": "Twilio's log of messages", "ntfy": "ntfy's log"}[broken]
    words = f"{log} could not be read; a later run tries again"
    assert of(world.tick("07:35"), broken)[:2] == ("unknown", words)
    world.sandbox.faults.clear()
    assert of(world.tick("07:40"), broken)[:2] == ("sent", "")


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_about_a_texts_fate_is_no_fate(world: World, broken: str, kind: str) -> None:
    world.tick("07:00")
    world.sandbox.fail(path(broken), NONSENSE[kind][0], method="GET")
    world.sandbox.twilio.fates[RECEIVER] = ("undelivered", 30003)
    first, second = world.tick("07:10"), world.tick("07:15")
    told = [report.outcomes[0].status for report in (first, second)]
    late = ["already", "undelivered"]
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
    """So near its time ntfy's own answer is none either."""
    holding.tick("01:00")
    holding.sandbox.fail(path(broken), NONSENSE[kind][0], times=99)
    report = holding.stop("06:55")
    assert [(each.status, each.detail) for each in report.outcomes] == [
        ("canceled", ""),
        ("unknown", "its cancellation is not confirmed"),
    ]
    assert report.exit_code == 1


# Faults of ours

FAULT = (
    r"weather-sms failed unexpectedly \(ZeroDivisionError at test_nonsense\.py:\d+\)\. "
    "Please report it"
)


def is_fault(outcome: Outcome) -> bool:
    """Whether an outcome says no more than what failed and where."""
    return re.fullmatch(FAULT, outcome.shown_detail(private=True)) is not None


class Broken(SqliteLedger):
    """A ledger that fails at one text, whenever it is to keep a row of a kind."""

    def __init__(
        self, world: World, moment: str, kind: Callable[[Row], bool], error: Exception
    ) -> None:
        super().__init__(str(world.ledger), at(moment))
        self._kind, self._error, self._key = kind, error, ""

    def insert(self, row: Row) -> bool:
        self._fail_at(row)
        return super().insert(row)

    def swap(self, old: Row, new: Row) -> bool:
        self._fail_at(new)
        return super().swap(old, new)

    def _fail_at(self, row: Row) -> None:
        if self._kind(row) and self._key in ("", row.key):
            self._key = row.key
            raise self._error


def broken_ledger(world: World, moment: str, kind: Callable[[Row], bool]) -> Broken:
    return Broken(world, moment, kind, ZeroDivisionError("1 (555) 012-3467"))


@pytest.fixture
def cities(tmp_path: Path) -> World:
    """San Francisco, and Dallas, at whose place a fault lies in wait."""
    table = (
        '[[subscription]]\nto = "{}"\nplace = "{}"\ntimezone = "America/Los_Angeles"\n'
        f'at = "{FOR_DAY}"\n'
    )
    tables = table.format(RECEIVER, "94112") + table.format(TOPIC, "75201")
    return World(tmp_path, holds=False, env={"WEATHER_SUBSCRIPTIONS": tables})


def no_dallas(request: httpx.Request) -> httpx.Response:
    if request.url.params.get("zip", "").startswith("75201"):
        raise ZeroDivisionError("Dallas")
    return httpx.Response(
        200, json={"name": "San Francisco", "lat": 37.7195, "lon": -122.4411, "country": "US"}
    )


def test_a_fault_before_the_claim_is_said_in_red_once_and_tried_again(cities: World) -> None:
    cities.sandbox.fail("/geo/1.0/zip", no_dallas, times=3)
    first, second, third = (cities.tick(moment) for moment in ("07:05", "07:10", "07:15"))
    assert [each.status for each in first.outcomes] == ["sent", "rejected"]
    assert [each.status for each in second.outcomes] == ["already", "rejected"]
    assert is_fault(first.outcomes[1])
    assert is_fault(second.outcomes[1])
    assert (first.exit_code, second.exit_code) == (1, 0)
    (problem,) = first.problems(private=False)
    assert re.fullmatch(f"NOT SENT: {FAULT}", problem)
    assert [each.status for each in third.outcomes] == ["already", "sent"]


def test_a_fault_until_it_is_too_late_is_the_reason_why(cities: World) -> None:
    cities.sandbox.fail("/geo/1.0/zip", no_dallas, times=99)
    cities.tick("07:05")
    missed = cities.tick("13:30").outcomes[1]
    assert (missed.status, missed.detail) == (
        "missed",
        "weather-sms failed unexpectedly until it was too late",
    )


def test_a_fault_in_a_dry_run_is_not_remembered(cities: World) -> None:
    cities.sandbox.fail("/geo/1.0/zip", no_dallas, times=99)
    for _ in range(2):
        report = cities.tick("07:05", dry_run=True)
        assert [each.status for each in report.outcomes] == ["dry_run", "rejected"]
        assert report.exit_code == 1


def test_a_fault_in_finding_a_zone_is_of_its_place_alone(cities: World) -> None:
    tables = cities.env["WEATHER_SUBSCRIPTIONS"].replace("timezone", "# timezone")
    cities.sandbox.fail("/geo/1.0/zip", no_dallas, times=99)
    report = cities.tick("07:05", env={"WEATHER_SUBSCRIPTIONS": tables})
    assert [each.status for each in report.outcomes] == ["sent", "no_weather"]
    assert is_fault(report.outcomes[1])
    assert report.exit_code == 1


def test_a_fault_after_the_claim_is_unknown_until_the_log_shows_the_text(world: World) -> None:
    ledger = broken_ledger(world, "07:05", lambda row: row.state == "sent")
    report = world.tick("07:05", ledger=ledger)
    assert sorted(each.status for each in report.outcomes) == ["sent", "unknown"]
    assert [is_fault(each) for each in report.outcomes if each.status == "unknown"] == [True]
    assert report.exit_code == 1
    assert world.tick("07:35").exit_code == 0
    assert (len(world.sandbox.twilio.left), len(world.sandbox.ntfy.left)) == (1, 1)


def test_a_fault_in_a_text_that_is_waited_for_is_its_own(world: World) -> None:
    ledger = broken_ledger(world, "06:55", lambda row: row.state == "claimed")
    report = world.tick("06:55", ledger=ledger)
    assert sorted(each.status for each in report.outcomes) == ["rejected", "sent"]
    assert sum(map(is_fault, report.outcomes)) == 1


def test_a_fault_while_a_fate_is_awaited_is_its_own(world: World) -> None:
    ledger = broken_ledger(world, "07:05", lambda row: row.fate is not None)
    report = world.tick("07:05", ledger=ledger, send_now=True, await_fate=True)
    assert [each.status for each in report.outcomes] == ["unknown", "sent"]
    assert is_fault(report.outcomes[0])


def test_a_fault_in_following_up_is_said_in_red_once(world: World) -> None:
    world.env["WEATHER_TO"] = f"{RECEIVER},+15550123499"
    world.tick("07:00")
    world.sandbox.twilio.fates |= dict.fromkeys((RECEIVER, "+15550123499"), ("undelivered", 30003))
    ledger = broken_ledger(world, "07:10", lambda row: row.fate is not None)
    first, second = (world.tick(moment, ledger=ledger) for moment in ("07:10", "07:15"))
    assert sorted(each.status for each in first.outcomes) == ["undelivered", "unknown"]
    assert sum(map(is_fault, first.outcomes)) == 1
    assert (first.exit_code, second.exit_code) == (1, 0)


def test_a_fault_in_tidying_up_is_of_its_text_alone(holding: World) -> None:
    holding.tick("01:00")
    holding.env["WEATHER_AT"] = "08:00"
    ledger = broken_ledger(holding, "02:00", lambda row: row.state == "open")
    settings = Settings.from_env(holding.env)
    holding.pass_time("02:00")
    work = find(settings, clock=holding.clock, transport=holding.sandbox.transport, ledger=ledger)
    assert sorted(each.status for each in work.tidied.outcomes) == ["canceled", "unknown"]
    assert sum(map(is_fault, work.tidied.outcomes)) == 1
    assert work.tidied.exit_code == 1


def test_a_fault_in_a_stop_is_said_each_time(
    holding: World, capsys: pytest.CaptureFixture[str]
) -> None:
    holding.tick("01:00")
    ledger = broken_ledger(holding, "02:00", lambda row: row.state == "canceled")
    settings = Settings.from_env(holding.env)
    holding.pass_time("02:00")
    for gone in ("1 text canceled.", "0 texts canceled."):
        report = stop(
            settings, clock=holding.clock, transport=holding.sandbox.transport, ledger=ledger
        )
        assert say_stopped(report, None) == 1
        out, err = capsys.readouterr()
        assert out.startswith(gone)
        assert re.fullmatch(rf"1 text may still come: {FAULT}\. Stop once more\n", err)


def test_a_ledger_that_cannot_be_used_ends_the_tick(world: World) -> None:
    error = LedgerError("The ledger is full")
    ledger = Broken(world, "07:05", lambda row: row.state == "sent", error)
    with pytest.raises(LedgerError):
        world.tick("07:05", ledger=ledger)
