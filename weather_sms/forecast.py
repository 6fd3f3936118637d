"""The domain: what a weather service says, in SI units and UTC."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal, TypeVar

from weather_sms.errors import Explained

T = TypeVar("T", int, float)
Topic = Literal["alerts", "air", "sun"]  # beside the weather; "sun" brings the past week too
DAYS_OF_A_WEEK = 7
# The WMO's wet day: https://www.ecad.eu/indicesextremes/indicesdictionary.php (RR1)
WET_DAY_MM = 1.0
WHOLE_DAY_H = 23  # the shortest day of a year, where clocks go forward


class NoForecast(Explained):
    """No text can be made."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A weather service: its id in `--json`, its name, and the words that its licence asks for.

    `credit` is empty where the licence asks for none.
    """

    id: str
    name: str
    credit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in degrees: `country` is ISO 3166 alpha-2 or empty, `timezone` an IANA name."""

    name: str
    country: str
    latitude: float
    longitude: float
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One step of a forecast, or an observation.

    Precipitation, probability and condition ids (OpenWeather's) stand for the `step_h` hours before
    `time`; temperature, wind, cloud and visibility for the moment itself. None means that the
    service did not say.
    """

    time: datetime
    temperature_c: float
    step_h: float = 3
    feels_like_c: float | None = None
    humidity_percent: float | None = None
    rain_mm: float = 0
    snow_mm: float = 0
    pop: float | None = None
    wind_ms: float | None = None
    gust_ms: float | None = None
    cloud_percent: float | None = None
    visibility_m: float | None = None
    condition_ids: tuple[int, ...] = ()
    air_quality_index: int | None = None
    uv_index: float | None = None
    daylight: bool | None = None

    @property
    def step(self) -> timedelta:
        """The time that amounts and probability stand for."""
        return timedelta(hours=self.step_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An official warning, in the terms of the Common Alerting Protocol (OASIS CAP 1.2)."""

    event: str
    severity: str
    status: str = "Actual"
    message_type: str = "Alert"
    begins: datetime | None = None
    ends: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something beside the weather that was asked for and could not be had.

    `why` names neither the service nor a place. `passing`: the next request may succeed.
    """

    topic: Topic
    service: str
    why: str
    passing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`hours` in order of time; `observation` is a moment just before now; `sunset` is that day's.

    `hourly`: hour by hour from a week ago on, to compare days with; `yesterday_high_c` and
    `dry_week` (not one of the seven days before had a millimetre) are taken from it. `sources`: the
    services, the one that gave `hours` first; `stands_in`: that one is not the usual one. `gaps`:
    what could not be had beside `hours`.
    """

    hours: tuple[Hour, ...]
    observation: Hour | None = None
    sunset: datetime | None = None
    alerts: tuple[Alert, ...] = ()
    alerts_known: bool = False
    yesterday_high_c: float | None = None
    dry_week: bool = False
    hourly: tuple[Hour, ...] = ()
    sources: tuple[Provider, ...] = ()
    stands_in: bool = False
    gaps: tuple[Gap, ...] = ()

    @property
    def source(self) -> str:
        """The id of the service that gave the weather itself."""
        return self.sources[0].id if self.sources else ""

    @property
    def credit(self) -> str:
        """The credits that stand beside the data, as the licences demand."""
        return credit(self.sources)

    def by(self, provider: Provider, *, stands_in: bool = False) -> Forecast:
        """The same, given by a service."""
        return replace(self, sources=(provider,), stands_in=stands_in)

    def crediting(self, provider: Provider) -> Forecast:
        """The same, with data of another service, whose licence may want it to be named."""
        is_named = not provider.credit or provider in self.sources
        return self if is_named else replace(self, sources=(*self.sources, provider))

    def seen_from(self, today: date, zone: tzinfo) -> Forecast:
        """Return the same with the facts of local days before `today` whose hours are all known."""
        past = [
            self._whole(today - timedelta(days=days), zone) for days in range(1, DAYS_OF_A_WEEK + 1)
        ]
        dry_week = all(
            hours and sum(h.rain_mm + h.snow_mm for h in hours) < WET_DAY_MM for hours in past
        )
        high_c = max((hour.temperature_c for hour in past[0]), default=None)
        return replace(
            self,
            yesterday_high_c=self.yesterday_high_c if high_c is None else high_c,
            dry_week=dry_week,
        )

    def _whole(self, day: date, zone: tzinfo) -> tuple[Hour, ...]:
        """The hours of a local day, if all are known."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        start, end = midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC)
        first, after = (
            bisect_left(self.hourly, moment, key=lambda hour: hour.time) for moment in (start, end)
        )
        hours = self.hourly[first:after]
        return hours if len(hours) >= WHOLE_DAY_H else ()

    def with_alerts(self, alerts: tuple[Alert, ...]) -> Forecast:
        """The same with the official warnings that are in force."""
        return replace(self, alerts=alerts, alerts_known=True)

    def with_air(self, indexes: Mapping[datetime, int]) -> Forecast:
        """The same with the air quality of each hour (1 to 5), by time."""
        hours = (replace(hour, air_quality_index=_worst_near(hour, indexes)) for hour in self.hours)
        return replace(self, hours=tuple(hours))

    def with_sun(self, other: Forecast) -> Forecast:
        """Add another service's ultraviolet index and hours of the past week, where it has them."""
        if not other.hours or not set(self.sources).isdisjoint(other.sources):
            return self
        known = {hour.time: hour.uv_index for hour in other.hours if hour.uv_index is not None}
        hours = tuple(replace(hour, uv_index=_worst_near(hour, known)) for hour in self.hours)
        return replace(self, hours=hours, hourly=other.hours, sources=self.sources + other.sources)


def credit(sources: Iterable[Provider]) -> str:
    """Return the credits that the licences of some services demand."""
    return "; ".join(each.credit for each in sources if each.credit)


def _worst_near(hour: Hour, values: Mapping[datetime, T]) -> T | None:
    """Return the highest value at the whole hours nearer to this hour than to its neighbours."""
    reach = int(hour.step_h // 2)
    near = (values.get(hour.time + timedelta(hours=k)) for k in range(-reach, reach + 1))
    return max((value for value in near if value is not None), default=None)
