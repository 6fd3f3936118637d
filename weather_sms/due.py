"""Pure: schedule + zone + now + what the ledger knows -> what to do, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

TIME_OF_DAY = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MOST_A_DAY, FIELDS = 24, 5
CONDITIONS = ("rain", "snow", "frost", "heat", "wind", "alert")
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
AROUND = timedelta(days=2)
HOLD_LEAD = timedelta(minutes=10)  # Twilio wants 5 minutes; a slow tick must not find them gone
REFRESH_FROM, REFRESH_TO = timedelta(hours=3), timedelta(minutes=45)
CLAIM_GOOD_FOR = timedelta(minutes=1)
MOST_ATTEMPTS = 2
HOLD_AGAIN = (None, "unreachable", "429", "20429", "no_weather")  # of the codes why a text could not be held

State = Literal["claimed", "unknown", "held", "refreshing", "open", "sent", "rejected", "missed", "canceled", "skipped"]
Action = Literal["send", "hold", "wait", "refresh", "settle", "miss", "uncertain", "held", "done", "not_due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How far around its time a text may be handed over, and how long Twilio's log may lag."""

    look_ahead: timedelta = timedelta(hours=12)
    grace: timedelta = timedelta(hours=4)
    max_wait: timedelta = timedelta(minutes=10)
    witness_lag: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the ledger knows of an occurrence.

    `touched`: when its state last changed. `attempts`: claims so far. `version` grows with every change.
    "open": known, but still to be handed over; `code` then says what went wrong. `fate` is the channel's last
    word on a text that left. `text` is an HMAC.
    """

    key: str
    due: datetime
    state: State
    touched: datetime
    attempts: int = 0
    version: int = 1
    sid: str | None = None
    text: str | None = None
    refreshed: bool = False
    fate: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for an occurrence, and why, in a sentence."""

    action: Action
    why: str


@dataclass(frozen=True, slots=True)
class Window:
    """When an occurrence may be handed over (UTC, both ends included)."""

    start: datetime
    end: datetime


def occurrences(schedule: str, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """All occurrences from two days before now to two days after (UTC), in order.

    A time that the clocks skip in spring comes when they have jumped; one that autumn repeats comes once, the
    first time.
    """
    around = takewhile(lambda at: at <= now + AROUND, _moments(schedule, zone, now - AROUND))
    return sorted(at for at in around if at >= now - AROUND)


def upcoming(schedule: str, zone: ZoneInfo, now: datetime, count: int) -> list[datetime]:
    """The next occurrences after now (UTC)."""
    return list(islice((at for at in _moments(schedule, zone, now) if at > now), count))


def _moments(schedule: str, zone: ZoneInfo, since: datetime) -> Iterator[datetime]:
    """Occurrences (UTC) from a day before a moment on, each wall clock time and each instant once."""
    seen: set[datetime] = set()
    for at in CronSim(schedule, (since - timedelta(days=1)).astimezone(zone)):
        wall_clock, instant = at.replace(tzinfo=None, fold=0), at.astimezone(UTC)
        if not {wall_clock, instant} & seen:
            yield instant
        seen |= {wall_clock, instant}


def window(at: datetime, of_receiver: Iterable[datetime], timing: Timing) -> Window:
    """The window of an occurrence, cut halfway to the receiver's other occurrences."""
    others = set(of_receiver) - {at}
    before = max((other for other in others if other < at), default=None)
    after = min((other for other in others if other > at), default=None)
    start, end = at - timing.look_ahead, at + timing.grace
    if before is not None:
        start = max(start, at - (at - before) / 2)
    if after is not None:
        end = min(end, at + (after - at) / 2)
    return Window(start, end)


def plan(at: datetime, row: Row | None, open_in: Window, now: datetime, can_hold: bool, timing: Timing) -> Plan:
    """What a tick does for one occurrence. `can_hold`: the channel can keep a text until its time."""
    if row is None or row.state == "open":
        return _first(at, open_in, now, can_hold and (row is None or row.code in HOLD_AGAIN), timing)
    if row.state in ("claimed", "unknown", "refreshing"):
        return _unsettled(row, now, timing)
    if row.state != "held":
        return Plan("done", "this text was taken care of")
    if now < at and not row.refreshed and REFRESH_TO <= at - now <= REFRESH_FROM:
        return Plan("refresh", "its time is near: is the forecast still the same?")
    return Plan("held", "it is held until its time") if now < at else Plan("done", "it was held until its time")


def _first(at: datetime, open_in: Window, now: datetime, can_hold: bool, timing: Timing) -> Plan:
    lead = at - now
    if now > open_in.end:
        return Plan("miss", "its time is long over")
    if lead <= timedelta(0):
        return Plan("send", "it is due")
    if can_hold and lead > HOLD_LEAD and now >= open_in.start:
        return Plan("hold", "it can be held until its time")
    if lead <= timing.max_wait:
        return Plan("wait", "it is due in a moment")
    return Plan("not_due", "it is not due yet")


def _unsettled(row: Row, now: datetime, timing: Timing) -> Plan:
    """A hand-over of which nobody knows the end: only once the log can be trusted is anything done."""
    if now < row.touched + (CLAIM_GOOD_FOR if row.state == "refreshing" else timing.witness_lag):
        return Plan("uncertain", "an earlier run may have handed it over; the log is asked when it can be trusted")
    return Plan("settle", "the log must say what became of it")


@lru_cache(1024)
def schedule(text: str) -> str:
    """A WEATHER_AT as a five-field cron expression: `07:00`, `7am`, `7:30 pm`, or one already.

    Raises ValueError with a sentence and a fix; also for more than 24 texts on any day of the first year.
    """
    expression = _time_of_day(text.strip()) or " ".join(text.split())
    try:
        if len(expression.split()) != FIELDS:
            raise CronSimError("Wrong number of fields")
        first = next(CronSim(expression, ANY_DAY), None)
    except CronSimError as error:
        raise ValueError("is no time; write 07:00, 7am, or five cron fields such as 0 7 * * 1-5") from error
    if first is None:
        raise ValueError("never comes; check the day and the month of the cron expression")
    day = first.replace(hour=0, minute=0) - timedelta(minutes=1)
    times = takewhile(lambda at: at.date() == first.date(), CronSim(expression, day))
    if sum(1 for _ in islice(times, MOST_A_DAY + 1)) > MOST_A_DAY:
        raise ValueError(f"asks for more than {MOST_A_DAY} texts a day; choose fewer minutes or hours")
    return expression


def conditions(text: str) -> tuple[str, ...]:
    """A WEATHER_ONLY_IF: conditions with commas between them, any of which is enough. Raises ValueError."""
    written = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if set(written) - set(CONDITIONS):
        raise ValueError(f"has an unknown condition; choose of {', '.join(CONDITIONS)}, with commas between")
    return tuple(dict.fromkeys(written))


def duration(text: str) -> timedelta:
    """A duration as `12h`, `1.5h`, `90m`, `45s` or `2d`. Raises ValueError with a sentence."""
    found = DURATION.fullmatch(text.strip().lower())
    if not found:
        raise ValueError("is no duration; write 12h, 90m or 45s")
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
