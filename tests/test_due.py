"""WEATHER_AT as people write it, its occurrences where clocks change, and the action for each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from weather_sms.delivery.plan import Action, Plan, Why, plan, trusted_from
from weather_sms.errors import Unreadable
from weather_sms.ledger.row import Row, State
from weather_sms.schedule import Timing, cron_expression, duration, occurrences


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("07:00", "0 7 * * *"), ("7:00", "0 7 * * *"), ("7am", "0 7 * * *"), ("7:30 pm",
         "30 19 * * *"),
        ("12am", "0 0 * * *"), ("12 PM", "0 12 * * *"), ("7 a.m.", "0 7 * * *"), ("23:59",
         "59 23 * * *"),
        ("0 7 * * 1-5", "0 7 * * 1-5"), (" 0  7 * * mon,wed ", "0 7 * * mon,wed"), ("0 * * * *",
         "0 * * * *"),
    ],
)  # fmt: skip
def test_a_time_or_a_cron_expression(text: str, expression: str) -> None:
    assert cron_expression(text) == expression


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("24:00", "is no time"), ("7:60", "is no time"), ("13pm", "is no time"), ("0am",
         "is no time"), ("7", "is no time"),
        ("soon", "is no time"), ("* * *", "is no time"), ("*/10 * * * *", "more than 24 texts"),
        ("0,30 * * * *", "more than 24 texts"), ("0 7 31 2 *", "is no time|never comes"),
         ("0 7 * * * *", "is no time|more than"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_fix(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        cron_expression(text)


# The clocks of these places change in the year from 2026-01-01: New York on March 8 and November 1,
# Los Angeles the same,
# London on March 29 and October 25, Sydney on April 5 and October 4, Lord Howe the same (by half an
# hour), Santiago on
# April 5 (at midnight, so that 23:00 comes twice on the 4th) and September 6 (00:00 does not
# exist).
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/Santiago",
)
TIMES = ("00:00", "00:30", "01:00", "01:15", "01:30", "01:45", "02:00", "02:15", "02:30", "03:00",
"07:00", "23:00", "23:30")  # fmt: skip


def first_minutes(zone: ZoneInfo, time: str) -> dict[date, datetime]:
    """Return, by local date of 2026, the first minute (UTC) at which the clock shows the time.

    In a gap it is the first minute at which the wall clock has passed the time.
    """
    found: dict[date, datetime] = {}
    for day in range(365):
        midnight = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        local_day = midnight.astimezone(zone).date()
        minute = datetime.combine(local_day, datetime.min.time(), zone).astimezone(UTC) - timedelta(
            hours=3
        )
        while (
            minute.astimezone(zone).date() != local_day or f"{minute.astimezone(zone):%H:%M}" < time
        ):
            minute += timedelta(minutes=15)
        found[local_day] = minute
    return found


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
@pytest.mark.parametrize("time", TIMES)
def test_once_on_every_day_of_a_year_whatever_the_clocks_do(zone: ZoneInfo, time: str) -> None:
    expected = first_minutes(zone, time)
    seen: set[datetime] = set()
    for day in range(0, 366, 3):
        now = datetime(2026, 1, 1, 9, 17, tzinfo=UTC) + timedelta(days=day)
        around = occurrences(cron_expression(time), zone, now)
        assert around == sorted(around)
        seen |= set(around)
    of_2026 = sorted(
        at for at in seen if date(2026, 1, 2) <= at.astimezone(zone).date() <= date(2026, 12, 30)
    )
    assert of_2026 == [
        at for day, at in sorted(expected.items()) if date(2026, 1, 2) <= day <= date(2026, 12, 30)
    ]


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
def test_the_moment_of_asking_changes_no_occurrence(zone: ZoneInfo) -> None:
    """Ask every 10 minutes around each clock change: the answers agree wherever they overlap."""
    for month, day in ((3, 8), (3, 29), (4, 5), (9, 6), (10, 4), (10, 25), (11, 1)):
        middle = datetime(2026, month, day, tzinfo=UTC)
        known: dict[datetime, bool] = {}
        for step in range(-300, 300):
            now = middle + timedelta(minutes=10 * step)
            at = set(occurrences("30 1 * * *", zone, now))
            for moment in at:
                assert known.setdefault(moment, True)
            inside = {m for m in known if now - timedelta(days=1) <= m <= now + timedelta(days=1)}
            assert inside <= at


NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
TIMING = Timing()


def a_row(state: State, lead_min: float, **more: Any) -> Row:
    """A row whose moments are written as minutes ago."""
    moments = {"touched", "posted", "looked"}
    values: dict[str, Any] = {
        name: NOW - timedelta(minutes=value) if name in moments else value
        for name, value in ({"touched": 5} | more).items()
    }
    return Row(key="k", due=NOW + timedelta(minutes=lead_min), state=state, **values)


@pytest.mark.parametrize(
    ("lead_min", "can_hold", "action", "why"),
    [
        (1441, True, "not_due", Why.NOT_DUE), (1440, True, "hold", Why.CAN_BE_HELD),
        (10.1, True, "hold", Why.CAN_BE_HELD), (10, True, "wait", Why.DUE_SOON),
        (10.1, False, "not_due", Why.NOT_DUE), (10, False, "wait", Why.DUE_SOON),
        (0, True, "send", Why.DUE), (0, False, "send", Why.DUE), (-360, False, "send", Why.DUE),
        (-360.1, True, "miss", Why.LONG_OVER),
    ],
)  # fmt: skip
def test_what_to_do_with_an_open_occurrence(
    lead_min: float, can_hold: bool, action: Action, why: Why
) -> None:
    at, known = NOW + timedelta(minutes=lead_min), a_row("open", lead_min)
    assert plan(at, None, NOW, can_hold, TIMING) == Plan(action, why)
    assert plan(at, known, NOW, can_hold, TIMING) == Plan(action, why)


@pytest.mark.parametrize(
    ("lead_min", "code", "action"),
    [
        (60, "429", "hold"), (60, "unreachable", "hold"), (60, "no_weather", "hold"),
        (60, "not_wanted", "hold"), (60, "35118", "not_due"), (10, "35118", "wait"),
        (0, "35118", "send"), (60, "21608", "not_due"), (0, "21608", "send"),
    ],
)  # fmt: skip
def test_what_was_refused_before_its_time_is_tried_again_when_due(
    lead_min: float, code: str, action: Action
) -> None:
    row = a_row("open", lead_min, code=code)
    assert plan(row.due, row, NOW, True, TIMING).action == action


@pytest.mark.parametrize(
    ("row", "action", "why"),
    [
        (a_row("claimed", 0, touched=1.4), "busy", Why.BEING_SENT),
        (a_row("claimed", 0, touched=1.5), "settle", Why.IN_DOUBT),
        (a_row("claimed", 600, touched=1.5), "settle", Why.IN_DOUBT),
        (a_row("unknown", -5, touched=0), "settle", Why.IN_DOUBT),
        (a_row("unknown", -500), "settle", Why.IN_DOUBT),
        (a_row("canceling", 60), "take_back", Why.TAKING_BACK),
        (a_row("canceling", -60, for_good=True), "take_back", Why.TAKING_BACK),
        (a_row("held", 0), "done", Why.WAS_HELD),
        # The first look comes when the log no longer lags: is it alone?
        (a_row("held", 600, posted=14), "held", Why.HELD),
        (a_row("held", 600, posted=15), "look", Why.LOOK_AGAIN),
        (a_row("held", 600, posted=15, looked=16), "look", Why.LOOK_AGAIN),
        # After that every two hours; hourly in the last three; not in the last half hour.
        (a_row("held", 600, posted=500, looked=119), "held", Why.HELD),
        (a_row("held", 600, posted=500, looked=120), "look", Why.LOOK_AGAIN),
        (a_row("held", 181, posted=500, looked=60), "held", Why.HELD),
        (a_row("held", 180, posted=500, looked=60), "look", Why.LOOK_AGAIN),
        (a_row("held", 180, posted=500, looked=59), "held", Why.HELD),
        (a_row("held", 30, posted=500, looked=120), "look", Why.LOOK_AGAIN),
        (a_row("held", 29, posted=500, looked=120), "held", Why.HELD),
        *((a_row(state, lead), "done", Why.TAKEN_CARE_OF)
          for state in ("sent", "rejected", "missed", "canceled", "skipped") for lead in (-5, 60)),
    ],
)  # fmt: skip
def test_what_to_do_with_a_known_one(row: Row, action: Action, why: Why) -> None:
    assert plan(row.due, row, NOW, True, TIMING) == Plan(action, why)


@pytest.mark.parametrize(
    ("row", "minutes_after_now"),
    [
        (a_row("unknown", 60, posted=5, attempts=1), 10),
        (a_row("unknown", 60, posted=5, attempts=2), 25),
        (a_row("unknown", 60, posted=5, attempts=3), 55),
        (a_row("unknown", 60, posted=0, attempts=99), 15 * 2**10),
        # The first try after the due time waits the lag alone.
        (a_row("unknown", 0, posted=5, attempts=3), 10),
        (a_row("unknown", -10, posted=5, attempts=1), 10),
        (a_row("unknown", -10, posted=5, attempts=2), 25),
        # A claim is good for a minute, and its POST may take half a minute more.
        (a_row("claimed", 60, touched=1, posted=90, attempts=1), 15.5),
    ],
)
def test_when_a_log_that_does_not_show_a_text_is_believed(
    row: Row, minutes_after_now: float
) -> None:
    assert trusted_from(row, NOW, TIMING) == NOW + timedelta(minutes=minutes_after_now)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12h", 43200), ("90m", 5400), ("1.5h", 5400), ("45s", 45), ("1d", 86400), (" 4 H ", 14400)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "4", "h", "-4h", "4 hours", "1e9h", "4h30m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(Unreadable, match="is no duration"):
        duration(text)
