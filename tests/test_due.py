"""WEATHER_AT as people write it, its occurrences where clocks change, and the action for each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from weather_sms.delivery.plan import plan, window
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


@pytest.mark.parametrize(
    ("lead_min", "can_hold", "action"),
    [
        (721, True, "not_due"), (720, True, "hold"), (11, True, "hold"), (10, True, "wait"), (11,
         False, "not_due"),
        (10, False, "wait"), (0, True, "send"), (0, False, "send"), (-240, False, "send"), (-241,
         False, "miss"),
    ],
)  # fmt: skip
def test_what_to_do_with_an_open_occurrence(lead_min: int, can_hold: bool, action: str) -> None:
    at = NOW + timedelta(minutes=lead_min)
    found = plan(at, None, window(at, [at], TIMING), NOW, can_hold, TIMING)
    assert found.action == action
    assert found.why


@pytest.mark.parametrize(
    ("state", "lead_min", "age_min", "action"),
    [
        ("held", 181, 60, "held"), ("held", 180, 60, "refresh"), ("held", 45, 60, "refresh"),
         ("held", 44, 60, "held"),
        ("held", 0, 60, "done"), ("claimed", 0, 14, "uncertain"), ("claimed", 0, 15, "settle"),
         ("unknown", -5, 14, "uncertain"),
        ("unknown", -5, 15, "settle"), ("refreshing", 60, 0.5, "uncertain"), ("refreshing", 60, 1,
         "settle"), ("sent", -5, 5, "done"),
        ("rejected", -5, 5, "done"), ("missed", -500, 5, "done"), ("canceled", 60, 5, "done"),
         ("open", -5, 5, "send"),
    ],
)  # fmt: skip
def test_what_to_do_with_a_known_one(
    state: State, lead_min: float, age_min: float, action: str
) -> None:
    at = NOW + timedelta(minutes=lead_min)
    row = Row(key="k", due=at, state=state, touched=NOW - timedelta(minutes=age_min))
    assert plan(at, row, window(at, [at], TIMING), NOW, True, TIMING).action == action


def test_windows_of_a_receiver_meet_halfway() -> None:
    seven, eighteen = datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 18, tzinfo=UTC)
    morning, evening = (window(at, [seven, eighteen], TIMING) for at in (seven, eighteen))
    assert (morning.end, evening.start) == (
        datetime(2026, 11, 23, 11, tzinfo=UTC),
        datetime(2026, 11, 23, 12, 30, tzinfo=UTC),
    )
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert (
        window(seven, [seven, nine], TIMING).end
        == window(nine, [seven, nine], TIMING).start
        == nine - timedelta(hours=1)
    )


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
