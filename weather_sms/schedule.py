"""Pure: WEATHER_AT -> occurrences; also WEATHER_ONLY_IF and durations as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from weather_sms.errors import Unreadable

TIME_OF_DAY = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MOST_A_DAY, FIELDS = 24, 5
CONDITIONS = ("rain", "snow", "frost", "heat", "wind", "alert")
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
AROUND = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The time around an occurrence in which a text may go out, and the lag of Twilio's log."""

    look_ahead: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(hours=6)
    max_wait: timedelta = timedelta(minutes=10)
    witness_lag: timedelta = timedelta(minutes=15)


def occurrences(schedule: str, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """All occurrences from two days before now to two days after (UTC), in order.

    A time that the clocks skip in spring comes when they have jumped; one that autumn repeats comes
    once, the first time.
    """
    around = takewhile(lambda at: at <= now + AROUND, _moments(schedule, zone, now - AROUND))
    return sorted(at for at in around if at >= now - AROUND)


def upcoming(schedule: str, zone: ZoneInfo, now: datetime, count: int) -> list[datetime]:
    """The next occurrences after now (UTC)."""
    return list(islice((at for at in _moments(schedule, zone, now) if at > now), count))


def _moments(schedule: str, zone: ZoneInfo, since: datetime) -> Iterator[datetime]:
    """Yield occurrences (UTC) from a day before a moment, each wall clock time and instant once."""
    seen: set[datetime] = set()
    for at in CronSim(schedule, (since - timedelta(days=1)).astimezone(zone)):
        wall_clock, instant = at.replace(tzinfo=None, fold=0), at.astimezone(UTC)
        if not {wall_clock, instant} & seen:
            yield instant
        seen |= {wall_clock, instant}


@lru_cache(1024)
def cron_expression(text: str) -> str:
    """A WEATHER_AT as a five-field cron expression: `07:00`, `7am`, `7:30 pm`, or one already.

    Raises Unreadable, also for more than 24 texts on any day of the first
    year.
    """
    expression = _time_of_day(text.strip()) or " ".join(text.split())
    try:
        if len(expression.split()) != FIELDS:
            raise CronSimError("Wrong number of fields")
        first = next(CronSim(expression, ANY_DAY), None)
    except CronSimError as error:
        raise Unreadable(
            "is no time", "Write 07:00, 7am, or five cron fields such as 0 7 * * 1-5"
        ) from error
    if first is None:
        raise Unreadable("never comes", "Check the day and the month of the cron expression")
    day = first.replace(hour=0, minute=0) - timedelta(minutes=1)
    times = takewhile(lambda at: at.date() == first.date(), CronSim(expression, day))
    if sum(1 for _ in islice(times, MOST_A_DAY + 1)) > MOST_A_DAY:
        raise Unreadable(
            f"asks for more than {MOST_A_DAY} texts a day", "Choose fewer minutes or hours"
        )
    return expression


def conditions(text: str) -> tuple[str, ...]:
    """Read WEATHER_ONLY_IF: conditions between commas, any of which is enough; raise Unreadable."""
    written = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if set(written) - set(CONDITIONS):
        raise Unreadable(
            "has an unknown condition", f"Choose of {', '.join(CONDITIONS)}, with commas between"
        )
    return tuple(dict.fromkeys(written))


def duration(text: str) -> timedelta:
    """A duration as `12h`, `1.5h`, `90m`, `45s` or `2d`. Raises Unreadable."""
    found = DURATION.fullmatch(text.strip().lower())
    if not found:
        raise Unreadable("is no duration", "Write 12h, 90m or 45s")
    return timedelta(**{UNITS[found[2]]: float(found[1])})


def _time_of_day(text: str) -> str | None:
    found = TIME_OF_DAY.fullmatch(text)
    if not found or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{minute} {hour} * * *" if hour < 24 and minute < 60 else None
