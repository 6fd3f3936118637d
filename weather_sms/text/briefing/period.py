"""The stretches of time a text speaks about, and the part of the forecast that belongs to each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from weather_sms.forecast import Forecast, Hour

EVENING_H = 17
MORNING_H = 6
DAY_LENGTH = timedelta(hours=12)
LEAST_SHARE = 3  # a step counts from one third of it inside the period


@dataclass(frozen=True, slots=True)
class Step:
    """A forecast step cut to a period: `share` of its amounts fell from `start` to `end` (UTC)."""

    hour: Hour
    start: datetime
    end: datetime

    @property
    def share(self) -> float:
        """The part of the step inside the period, 0 to 1."""
        return (self.end - self.start) / self.hour.step


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch that a text tells of, from `start` to `end` (UTC).

    `moments` and `steps` lie in it; `hours` is all there is, for looking around.
    """

    name: Literal["day", "tonight", "tomorrow"]
    index: int
    start: datetime
    end: datetime
    zone: ZoneInfo
    moments: tuple[Hour, ...]
    steps: tuple[Step, ...]
    hours: tuple[Hour, ...]

    def local(self, moment: datetime) -> datetime:
        """The moment on the place's own clock."""
        return moment.astimezone(self.zone)

    def begins_on_day_of(self, moment: datetime) -> bool:
        """Whether the moment's local day is the one on which the period begins."""
        return self.local(moment).date() == self.local(self.start).date()

    @property
    def high_c(self) -> float:
        """The highest temperature of the period's moments."""
        return max(hour.temperature_c for hour in self.moments)

    @property
    def low_c(self) -> float:
        """The lowest temperature of the period's moments."""
        return min(hour.temperature_c for hour in self.moments)

    def waking(self) -> tuple[Hour, ...]:
        """The moments between 6:00 and 22:00 of the place's clock, both included."""
        return tuple(hour for hour in self.moments if in_waking_hours(self.local(hour.time)))


def in_waking_hours(local: datetime) -> bool:
    """Whether a local time lies between 6:00 and 22:00, both included."""
    return time(6) <= local.time() <= time(22)


def local_midnight(day: date, zone: ZoneInfo, hour: int = 0) -> datetime:
    """The instant (UTC) at which a local day, or an hour of it, begins."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def periods(
    forecast: Forecast, start: datetime, zone: ZoneInfo, leaves_at_once: bool
) -> tuple[Period, ...]:
    """Cut the forecast into what a text delivered at `start` (UTC) speaks about.

    Before 17:00 local: the day. From 17:00: tonight and tomorrow. A period with fewer than two
    temperatures is left out, so the result may be empty.
    """
    seen = (forecast.observation,) if leaves_at_once and forecast.observation else ()
    found: list[Period] = []
    for name, begin, end in _bounds(start, zone):
        period = _cut(
            forecast.hours, name, len(found), begin, end, zone, seen if begin == start else ()
        )
        if len(period.moments) >= 2:
            found.append(period)
    return tuple(found)


def _bounds(
    start: datetime, zone: ZoneInfo
) -> list[tuple[Literal["day", "tonight", "tomorrow"], datetime, datetime]]:
    local = start.astimezone(zone)
    tomorrow, day_after = local.date() + timedelta(days=1), local.date() + timedelta(days=2)
    if local.hour < EVENING_H:
        return [("day", start, max(local_midnight(tomorrow, zone), start + DAY_LENGTH))]
    morning = local_midnight(tomorrow, zone, MORNING_H)
    return [("tonight", start, morning), ("tomorrow", morning, local_midnight(day_after, zone))]


def _cut(
    hours: tuple[Hour, ...],
    name: Literal["day", "tonight", "tomorrow"],
    index: int,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    seen: tuple[Hour, ...],
) -> Period:
    end = min(end, hours[-1].time) if hours else end
    moments = seen + tuple(hour for hour in hours if start <= hour.time <= end)
    inside = (hour for hour in hours if start < hour.time and hour.time - hour.step < end)
    cut = (Step(hour, max(start, hour.time - hour.step), min(end, hour.time)) for hour in inside)
    steps = tuple(step for step in cut if (step.end - step.start) * LEAST_SHARE >= step.hour.step)
    return Period(name, index, start, end, zone, moments, steps, hours)


def day_of(forecast: Forecast, day: date, zone: ZoneInfo) -> Period | None:
    """A later day, 6:00 to midnight, or None where the forecast ends before its evening (18:00)."""
    start, end = local_midnight(day, zone, MORNING_H), local_midnight(day + timedelta(days=1), zone)
    period = _cut(forecast.hours, "tomorrow", 0, start, end, zone, ())
    reaches = period.end >= local_midnight(day, zone, 18)
    return period if reaches and len(period.moments) >= 2 else None
