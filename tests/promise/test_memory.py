"""The promise where memory is lost or there are two of them, and what `stop` can still find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.support.world import RECEIVER, World, at, every
from weather_sms import Settings, tick
from weather_sms.cli import main
from weather_sms.delivery.run import Run
from weather_sms.report.outcome import Report
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock
from weather_sms.sandbox.github import End, MiniRun

LOST = httpx.ReadTimeout("slow")


def run_of(world: World, moment: str | datetime, run: Run, send_now: bool = False) -> list[Report]:
    """A run of the workflow: its tick, and that of its second job, which waits out the lag."""
    start = at(moment) if isinstance(moment, str) else moment
    first = world.tick(start, run=run, send_now=send_now)
    return [first, world.tick(start + timedelta(minutes=16), run=run)]


# Runs that do not fit


def odd_numbers() -> Iterator[int]:
    """Every second run dies while it installs."""
    return count(3, 2)


def two_counters() -> Iterator[int]:
    """Two workflow files, each with numbers of its own."""
    return (number for pair in zip(count(12), count(400), strict=False) for number in pair)


@pytest.mark.parametrize("numbers", [odd_numbers, two_counters])
def test_runs_whose_numbers_never_fit_still_bring_the_text(tmp_path: Path, numbers: object) -> None:
    assert callable(numbers)
    world = World(tmp_path, holds=False, every_day=True)
    world.tick("11-22T14:00", run=Run(1))
    following = numbers()
    for day in ("11-23", "11-24", "11-25"):
        for moment in every(60, f"{day}T05:05", f"{day}T09:05"):
            run_of(world, moment, Run(next(following)))
    assert [minute[:2] for minute in world.minutes()] == ["23", "24", "25"]


def test_a_cache_that_is_never_saved_is_not_silent(number: World) -> None:
    number.begin(Run(1))
    saved, reports = number.ledger.read_bytes(), list[Report]()
    for run, moment in enumerate(every(60, "06:05", "13:05"), 2):
        number.ledger.write_bytes(saved)
        reports += run_of(number, moment, Run(run))
    assert len(number.left) <= 1
    assert number.left or any(report.exit_code or report.warnings() for report in reports)


def test_now_sends_after_a_run_that_ended_with_exit_code_2(number: World) -> None:
    number.begin(Run(1))
    run_of(number, "07:05", Run(3), send_now=True)
    assert len(number.left) == 1


def test_now_sends_in_a_rerun_of_an_attempt_that_was_lost(number: World) -> None:
    number.begin(Run(1))
    run_of(number, "07:05", Run(2, attempt=2), send_now=True)
    assert len(number.left) == 1


def test_now_sends_at_once_in_a_rerun_of_an_attempt_that_is_noted(number: World) -> None:
    number.begin(Run(1))
    number.tick("06:05", run=Run(2))
    number.tick("07:05", run=Run(2, attempt=2), send_now=True)
    assert number.minutes() == ["23 07:05"]


# What GitHub says of the runs between


def in_actions(live: Sandbox, run: MiniRun, at: str) -> dict[str, str]:
    """The environment of a run of the workflow."""
    return live.env | {
        "TWILIO_MESSAGING_SERVICE_SID": live.twilio.services[0],
        "WEATHER_AT": at,
        "WEATHER_TIMEZONE": "UTC",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_REPOSITORY": "me/weather",
        "GITHUB_WORKFLOW_REF": "me/weather/.github/workflows/weather.yml@refs/heads/main",
        "GITHUB_API_URL": live.origin,
        "GITHUB_TOKEN": live.github.token,
        "GITHUB_RUN_ID": str(run.id),
        "GITHUB_RUN_NUMBER": str(run.number),
        "GITHUB_RUN_ATTEMPT": str(len(run.attempts)),
    }


def runs(*attempts: tuple[End, ...]) -> list[MiniRun]:
    """Runs of the workflow with their numbers; of one without attempts GitHub knows nothing."""
    made = enumerate(attempts, 1)
    return [MiniRun(1000 + number, number, ends) for number, ends in made if ends]


OK: tuple[End, ...] = ("succeeded",)
NOW: tuple[End, ...] = ("running",)


@pytest.mark.parametrize(
    ("known", "this", "held"),
    [
        (runs(OK, OK, NOW), 3, False),
        (runs(OK, ("never started",), NOW), 3, True),
        (runs(OK, (), NOW), 3, True),
        (runs(OK, NOW, NOW), 2, True),
        (runs(OK, (*OK, *NOW)), 2, False),
        (runs(OK, ("never started", "running")), 2, True),
    ],
    ids=[
        "a run between may have sent",
        "a run between never started",
        "a number is left out",
        "a later run waits",
        "the attempt before may have sent",
        "the attempt before never started",
    ],
)
def test_only_a_run_that_may_have_sent_and_is_not_noted_is_waited_for(
    live: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    known: list[MiniRun],
    this: int,
    held: bool,
) -> None:
    """The first run is noted; it had nothing to do. In three hours a text is due."""
    state = {"WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}"}
    now = datetime.now(UTC)
    due, elsewhen = now + timedelta(hours=3), f"0 7 {now + timedelta(days=4):%d} * *"
    old = Settings.from_env(in_actions(live, known[0], elsewhen) | state)
    tick(old, clock=FixedClock(now - timedelta(hours=30)), transport=live.transport)
    for run, schedule in ((1, elsewhen), (this, f"{due:%H:%M}")):
        live.github.runs = [each for each in known if each.number <= run or run == this]
        current = next(each for each in known if each.number == run)
        for name, value in (in_actions(live, current, schedule) | state).items():
            monkeypatch.setenv(name, value)
        main(["send"])
    assert [each["status"] for each in live.twilio.messages] == ["scheduled"] * held


# The ledger is lost


def test_a_run_that_finds_no_ledger_sends_no_second_text(number: World) -> None:
    number.begin(Run(1))
    number.lag(14)
    number.tick("07:05", run=Run(2))
    number.forget()
    run_of(number, "07:12", Run(3))
    number.tick("08:05", run=Run(4))
    assert number.minutes() == ["23 07:05"]


def test_a_run_that_finds_no_ledger_holds_no_second_text(world: World) -> None:
    world.begin(Run(1))
    world.lag(14)
    world.tick("01:00", run=Run(2))
    world.forget()
    run_of(world, "01:07", Run(3))
    for run, moment in enumerate(every(60, "02:07", "06:07"), 4):
        world.tick(moment, run=Run(run))
    world.pass_time("07:30")
    assert world.minutes() == ["23 07:00"]


def test_a_ledger_that_is_lost_in_the_night_costs_no_text(world: World) -> None:
    world.begin(Run(1))
    world.forget()
    run_of(world, "01:07", Run(2))
    world.pass_time("07:30")
    assert world.minutes() == ["23 07:00"]


def test_a_renewal_that_was_forgotten_is_found_although_a_fetch_gets_no_answer(
    service: World,
) -> None:
    service.begin(Run(1))
    service.tick("01:00", run=Run(2))
    saved = service.ledger.read_bytes()
    service.warm(-9)
    service.tick("05:00", run=Run(3))
    service.ledger.write_bytes(saved)
    service.sandbox.fail("Messages/SM", httpx.Response(503), times=4, method="GET")
    for run, moment in enumerate(("05:05", "05:25", "05:45", "06:15"), 4):
        service.tick(moment, run=Run(run))
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


def test_a_text_whose_time_nobody_remembers_is_made_anew(service: World) -> None:
    service.begin(Run(1))
    service.tick("01:00", run=Run(2))
    service.forget()
    service.env |= {"WEATHER_AT": "0 8 23 * *"}
    for run, moment in enumerate(every(60, "02:00", "04:00"), 3):
        run_of(service, moment, Run(run))
    service.pass_time("08:30")
    assert service.minutes() == ["23 08:00"]


IN_MARCH = datetime(2027, 3, 1, 20, tzinfo=UTC)


def test_a_ledger_that_began_in_the_future_silences_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, holds=False, every_day=True)
    world.ticks(IN_MARCH, "05:00", "07:05", "07:35")
    assert world.minutes() == ["23 07:05"]


def test_a_run_that_was_lost_in_the_future_silences_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, holds=False, every_day=True)
    world.tick("11-20T14:00", run=Run(1))
    world.tick(IN_MARCH, run=Run(5))
    for number, moment in enumerate(("05:00", "06:00", "07:05", "07:35"), 6):
        world.tick(moment, run=Run(number))
    assert world.minutes() == ["23 07:05"]


# Two ledgers


def other(world: World, **env: str) -> dict[str, str]:
    """The settings of a second weather-sms for the same receiver."""
    return {"WEATHER_STATE": f"sqlite:///{world.folder / 'other.db'}"} | env


@pytest.mark.parametrize("lag", [0, 10, 14])
def test_two_ledgers_that_hold_end_up_with_one_text_and_say_so(service: World, lag: float) -> None:
    service.tick("11-22T05:01", env=other(service))
    service.lag(lag)
    warnings = set[str]()
    for moment in every(60, "11-22T19:05", "06:05"):
        mine = service.tick(moment)
        theirs = service.tick(moment + timedelta(minutes=1), env=other(service))
        warnings |= {*mine.warnings(), *theirs.warnings()}
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]
    assert any("another weather-sms" in each.lower() for each in warnings) or lag == 0


def test_of_two_waiting_texts_the_first_stays(service: World) -> None:
    body = service.tick("01:00").outcomes[0].text or ""
    service.pass_time("01:10")
    service.console(
        To=RECEIVER,
        Body=body,
        MessagingServiceSid=service.sandbox.twilio.services[0],
        ScheduleType="fixed",
        SendAt="2026-11-23T15:00:00Z",
    )
    reports = service.ticks("01:20", "03:20", "05:20")
    statuses = [each["status"] for each in service.sandbox.twilio.messages]
    assert statuses == ["scheduled", "canceled"]
    assert any("another weather-sms" in each.lower() for r in reports for each in r.warnings())


def test_two_ledgers_with_two_secrets_share_one_text_in_a_topic(tmp_path: Path) -> None:
    """The topic's log may not be read."""
    topic = World(tmp_path, channel="ntfy").begin()
    second = other(topic, WEATHER_SECRET="another one")
    topic.tick("11-22T05:01", env=second)
    topic.sandbox.fail("/json", httpx.Response(403), method="GET", times=999)
    topic.tick("01:00")
    topic.tick("01:01", env=second)
    topic.pass_time("07:30")
    assert topic.minutes() == ["23 07:00"]


# Stop


def test_stop_finds_a_text_that_is_only_uncertain(world: World) -> None:
    world.lag(5)
    world.sandbox.fail(world.path, LOST, method="POST", processed=True)
    world.tick("01:00")
    assert world.stop("01:20").exit_code == 0
    world.ticks("02:00", "05:00", "07:10")
    assert world.left == []


def test_stop_is_no_success_while_the_log_does_not_show_an_uncertain_text(service: World) -> None:
    service.lag(14)
    service.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    service.tick("01:00")
    assert service.stop("01:05").exit_code == 1
    assert service.stop("01:25").exit_code == 0
    service.ticks("02:00", "05:00", "07:10")
    assert service.left == []


def test_stop_finds_what_was_held_before_the_ledger_was_lost(world: World) -> None:
    world.tick("01:00")
    world.forget()
    world.stop("02:00")
    world.ticks("03:00", "05:00", "07:10")
    assert world.left == []


@pytest.mark.parametrize("channel", ["twilio", "ntfy"])
def test_stop_is_for_the_texts_that_are_held_and_not_for_the_next_ones(
    tmp_path: Path, channel: str
) -> None:
    world = World(tmp_path, channel=channel, env={"WEATHER_AT": "0 7 23,24 * *"}).begin()
    world.tick("01:00")
    assert world.stop("02:00").exit_code == 0
    world.ticks("03:00", "07:30", "11-24T05:00")
    world.pass_time("11-24T08:00")
    assert world.minutes() == ["24 07:00"]
