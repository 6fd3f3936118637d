"""The domain: what a weather service says, in SI units and UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


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
    """`hours` in order of time; `observation` is a moment just before now; `sunset` is that day's."""

    hours: tuple[Hour, ...]
    observation: Hour | None = None
    sunset: datetime | None = None
    alerts: tuple[Alert, ...] = ()
    yesterday_high_c: float | None = None
