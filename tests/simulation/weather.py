"""Places, and their weather on any day: cheap to make, and different enough to tell texts apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.chance import Chance
from weather_sms.sandbox.days import SampleDay

WET_DAYS, FORECAST_H = 4, 72
NEW_FORECAST = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place (degrees) as it is written in the settings, and its usual temperature."""

    name: str
    country: str
    zip: str
    latitude: float
    longitude: float
    timezone: str
    usual_c: int
    by_coordinates: bool = False

    @property
    def written(self) -> str:
        return (
            f"{self.latitude},{self.longitude}"
            if self.by_coordinates
            else f"{self.zip},{self.country}"
        )

    def is_asked_for(self, params: Mapping[str, str]) -> bool:
        """Whether a request to a weather service or a geocoder is about this place."""
        latitude = params.get("lat") or params.get("latitude")
        longitude = params.get("lon") or params.get("longitude")
        if latitude is None or longitude is None:
            return params.get("zip") == f"{self.zip},{self.country}"
        here = round(self.latitude, 4), round(self.longitude, 4)
        return (float(latitude), float(longitude)) == here


@dataclass(frozen=True, slots=True)
class Region:
    """A place, another zip of the same city where it freezes, and a place in another zone."""

    home: Spot
    twin: Spot
    away: Spot

    @property
    def spots(self) -> tuple[Spot, ...]:
        return self.home, self.twin, self.away


REGIONS = (
    Region(
        Spot("Denver", "US", "80202", 39.7527, -104.9992, "America/Denver", 17),
        Spot("Denver", "US", "80249", 39.8561, -104.6737, "America/Denver", -28),
        Spot("Boston", "US", "02108", 42.3576, -71.0636, "America/New_York", 14, True),
    ),
    Region(
        Spot("London", "GB", "SW1A", 51.4989, -0.1351, "Europe/London", 12),
        Spot("London", "GB", "N1", 51.5384, -0.0999, "Europe/London", -26),
        Spot("Helsinki", "FI", "00100", 60.1699, 24.9384, "Europe/Helsinki", 8, True),
    ),
    Region(
        Spot("Sydney", "AU", "2000", -33.87, 151.21, "Australia/Sydney", 22),
        Spot("Sydney", "AU", "2010", -33.88, 151.225, "Australia/Sydney", -27),
        Spot("Perth", "AU", "6000", -31.95, 115.86, "Australia/Perth", 25, True),
    ),
)


@dataclass(frozen=True, slots=True)
class Weather:
    """Rain comes for whole stretches of days; a forecast changes by a degree, or now and then 4."""

    chance: Chance

    def is_wet(self, spot: Spot, day: date) -> bool:
        """Whether it rains all day."""
        return self.chance("wet", spot.zip, day.toordinal() // WET_DAYS) < 0.4

    def sample(self, spot: Spot, now: datetime) -> SampleDay:
        """The forecast of a moment."""
        issue = int(now.timestamp() // NEW_FORECAST.total_seconds())
        drift = self.chance.choice((0, 0, 0, 0, 0, 1, 1, -1, -1, 4), "drift", spot.zip, issue)
        today, temperature = now.astimezone(ZoneInfo(spot.timezone)).date(), spot.usual_c + drift
        steps = []
        for hour in range(0, FORECAST_H, 3):
            wet = self.is_wet(spot, today + timedelta(days=hour // 24))
            steps.append(f"{hour}:{temperature}" + "/r2/i501" * wet)
        place = (spot.name, spot.country, spot.zip, spot.latitude, spot.longitude, spot.timezone)
        return SampleDay(*place, f"{today}T07:00", " ".join(steps), str(temperature))
