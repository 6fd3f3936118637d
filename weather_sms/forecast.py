"""The domain: what a weather service says, in SI units and UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import TypeVar

T = TypeVar("T", int, float)
# The words that a service's licence asks for: https://open-meteo.com/en/licence
CREDITS = {"open-meteo": "Weather data by Open-Meteo.com (https://open-meteo.com), CC BY 4.0"}
WHOLE_DAY_H = 23  # the shortest day of a year, where clocks go forward


class NoForecast(Exception):
    """No text can be made: the reason is a sentence for the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where: `country` is ISO 3166 alpha-2 or empty, `timezone` an IANA name, coordinates are degrees."""

    name: str
    country: str
    latitude: float
    longitude: float
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One step of a forecast, or an observation.

    Precipitation, probability and condition ids (OpenWeather's) stand for the `step_h` hours before `time`;
    temperature, wind, cloud and visibility for the moment itself. None means that the service did not say.
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
class Forecast:
    """`hours` in order of time; `observation` is a moment just before now; `sunset` is that day's.

    `hourly`: hour by hour from yesterday on, to compare days with. `sources`: the services, the one that gave
    `hours` first.
    """

    hours: tuple[Hour, ...]
    observation: Hour | None = None
    sunset: datetime | None = None
    alerts: tuple[Alert, ...] = ()
    alerts_known: bool = False
    yesterday_high_c: float | None = None
    hourly: tuple[Hour, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The service that gave the weather itself."""
        return self.sources[0] if self.sources else ""

    @property
    def credit(self) -> str:
        """What has to be said of the sources where the data is shown."""
        return "; ".join(CREDITS[each] for each in self.sources if each in CREDITS)

    def seen_from(self, today: date, zone: tzinfo) -> Forecast:
        """The same with the high of the local day before `today`, if all its hours are known."""
        yesterday = today - timedelta(days=1)
        known = [hour.temperature_c for hour in self.hourly if hour.time.astimezone(zone).date() == yesterday]
        return replace(self, yesterday_high_c=max(known)) if len(known) >= WHOLE_DAY_H else self

    def with_air(self, indexes: Mapping[datetime, int]) -> Forecast:
        """The same with the air quality of each hour (1 to 5), by time."""
        hours = (replace(hour, air_quality_index=_worst_near(hour, indexes)) for hour in self.hours)
        return replace(self, hours=tuple(hours))

    def with_sun(self, other: Forecast) -> Forecast:
        """The same with another service's ultraviolet index and its hours of yesterday, where it has them."""
        if not other.hours or other.source in self.sources:
            return self
        known = {hour.time: hour.uv_index for hour in other.hours if hour.uv_index is not None}
        hours = tuple(replace(hour, uv_index=_worst_near(hour, known)) for hour in self.hours)
        return replace(self, hours=hours, hourly=other.hours, sources=self.sources + other.sources)


def _worst_near(hour: Hour, values: Mapping[datetime, T]) -> T | None:
    """The highest of the values at whole hours that are nearer to this hour than to its neighbours."""
    reach = int(hour.step_h // 2)
    near = (values.get(hour.time + timedelta(hours=k)) for k in range(-reach, reach + 1))
    return max((value for value in near if value is not None), default=None)
