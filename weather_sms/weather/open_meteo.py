"""Open-Meteo: hourly forecast (UTC) and geocoding without a key, for non-commercial use.

Source: https://open-meteo.com/en/docs and /docs/geocoding-api. The data is CC BY 4.0
(https://open-meteo.com/en/licence). Asked for UTC and Unix time, it has no offset that could be
wrong on a day when clocks change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec

from weather_sms import place as places
from weather_sms.forecast import Forecast, Hour, Place, Provider
from weather_sms.http import redacted
from weather_sms.weather import NoSuchPlace, WeatherError, WeatherService, zones
from weather_sms.weather.fetch import (
    Celsius,
    Instant,
    Latitude,
    Longitude,
    Quantity,
    decoded,
    patiently,
    quickly,
)

if TYPE_CHECKING:
    from weather_sms.clock import Clock
    from weather_sms.weather import Means

T = TypeVar("T")
NAME = "Open-Meteo"
FORECAST_ORIGIN = "https://api.open-meteo.com"
GEOCODING_ORIGIN = "https://geocoding-api.open-meteo.com"
# https://open-meteo.com/en/docs: "7 cm snow = 10 mm precipitation water equivalent"
WATER_MM_PER_SNOW_CM = 10 / 7
# In UTC: a local week, and from a Thursday evening the Sunday.
PAST_DAYS = 8
FORECAST_DAYS = 4
SIDE_DAYS = 3
HOURLY = (
    "temperature_2m", "apparent_temperature", "precipitation_probability", "rain", "showers",
    "snowfall", "precipitation", "weather_code", "wind_speed_10m", "wind_gusts_10m", "visibility",
    "cloud_cover", "uv_index", "is_day",
)  # fmt: skip
SIDE_HOURLY = ("temperature_2m", "precipitation", "uv_index")
# WMO code 4677 as far as Open-Meteo has it -> OpenWeather's condition ids
CONDITIONS = {
    0: 800, 1: 801, 2: 802, 3: 804, 45: 741, 48: 741, 51: 300, 53: 301, 55: 302, 56: 511, 57: 511,
    61: 500, 63: 501, 65: 502, 66: 511, 67: 511, 71: 600, 73: 601, 75: 602, 77: 600, 80: 520,
    81: 521, 82: 522, 85: 620, 86: 622, 95: 211, 96: 211, 99: 212,
}  # fmt: skip
SNOW_CODES = frozenset({71, 73, 75, 77, 85, 86})
LIMIT_REACHED = "Open-Meteo had too many requests from this network address, which others may share"
LIMIT_HELP = "Try again in an hour, or set OPENWEATHER_API_KEY"
PLACE_HELP = (
    "Without OpenWeather few postal codes are found: write WEATHER_PLACE as City,Country "
    "(Lyon,FR), City,State,US, or as coordinates (45.76,4.83)"
)

Values = list[Quantity | None] | None
Temperatures = list[Celsius | None] | None


class Hourly(msgspec.Struct):
    time: list[Instant]
    temperature_2m: Temperatures = None
    apparent_temperature: Temperatures = None
    precipitation_probability: Values = None
    rain: Values = None
    showers: Values = None
    snowfall: Values = None
    precipitation: Values = None
    weather_code: Values = None
    wind_speed_10m: Values = None
    wind_gusts_10m: Values = None
    visibility: Values = None
    cloud_cover: Values = None
    uv_index: Values = None
    is_day: Values = None


class Daily(msgspec.Struct):
    sunset: list[Instant | None] | None = None


class Answer(msgspec.Struct):
    hourly: Hourly
    daily: Daily | None = None


class ErrorReason(msgspec.Struct):
    reason: str = ""


class Found(msgspec.Struct):
    name: str
    latitude: Latitude
    longitude: Longitude
    country_code: str = ""
    postcodes: list[str] | None = None


class Results(msgspec.Struct):
    results: list[Found] | None = None


ANSWER, RESULTS = msgspec.json.Decoder(Answer), msgspec.json.Decoder(Results)
ERROR_REASON = msgspec.json.Decoder(ErrorReason)


@dataclass(frozen=True, slots=True)
class OpenMeteo(WeatherService):
    """The service, through a client; `base_url` stands in for all its hosts."""

    provider = Provider(
        "open-meteo",
        NAME,
        # https://open-meteo.com/en/licence
        "Weather data by Open-Meteo.com (https://open-meteo.com), CC BY 4.0",
    )
    offers = frozenset({"locate", "forecast", "sun"})
    client: httpx.Client
    base_url: str
    clock: Clock

    @classmethod
    def open(cls, means: Means) -> OpenMeteo:
        """Open the service, which needs no key."""
        return cls(means.client, means.origins.get("open-meteo", ""), means.clock)

    def locate(self, query: places.Query) -> Place:
        """Find a place; coordinates are their own name, and their time zone tells their country."""
        if isinstance(query, places.Coordinates):
            zone = zones.timezone(query.latitude, query.longitude)
            found = Found(query.name, query.latitude, query.longitude, zones.country(zone))
        else:
            found, zone = self._search(query), ""
        return Place(
            name=found.name,
            country=found.country_code,
            latitude=found.latitude,
            longitude=found.longitude,
            timezone=zone or zones.timezone(found.latitude, found.longitude),
        )

    def forecast(self, latitude: float, longitude: float) -> Forecast:
        """The forecast for a point, hour by hour, from a week ago on."""
        params = _params(latitude, longitude, HOURLY, FORECAST_DAYS)
        units = {"daily": "sunset", "wind_speed_unit": "ms"}
        answer = self._get(FORECAST_ORIGIN, "/v1/forecast", params | units, ANSWER)
        return parse(answer, self.clock.now())

    def sun(self, latitude: float, longitude: float) -> Forecast:
        """Ask once for ultraviolet, temperatures and precipitation.

        They stand beside another service's forecast.
        """
        params = _params(latitude, longitude, SIDE_HOURLY, SIDE_DAYS)
        response = quickly(
            self.client, NAME, f"{self.base_url or FORECAST_ORIGIN}/v1/forecast", params, self.clock
        )
        return parse(decoded(NAME, response, ANSWER), self.clock.now())

    def _search(self, query: places.PostalCode | places.City) -> Found:
        if isinstance(query, places.City):
            city, *rest = query.parts
            country = {"countryCode": rest[-1]} if rest else {}
            found = self._named(", ".join([city, *rest[:-1]]), country)
        else:
            codes = (
                (code, self._named(code, {"countryCode": query.country}))
                for code in query.spellings()
            )
            found = next(
                (each for code, each in codes if each and code in (each.postcodes or ())), None
            )
        if found is None:
            raise NoSuchPlace(NAME, query, PLACE_HELP)
        return found

    def _named(self, name: str, country: Mapping[str, str]) -> Found | None:
        params = {"name": name, "count": "1", "language": "en", **country}
        answer = self._get(GEOCODING_ORIGIN, "/v1/search", params, RESULTS)
        return answer.results[0] if answer.results else None

    def _get(
        self, origin: str, path: str, params: Mapping[str, str], decoder: msgspec.json.Decoder[T]
    ) -> T:
        response = patiently(
            self.client, NAME, (self.base_url or origin) + path, params, self.clock
        )
        if response.status_code != 200:
            raise _refusal(response)
        return decoded(NAME, response, decoder)


def _params(
    latitude: float, longitude: float, hourly: tuple[str, ...], days: int
) -> dict[str, str]:
    return {
        "latitude": f"{latitude:.4f}",
        "longitude": f"{longitude:.4f}",
        "hourly": ",".join(hourly),
        "timezone": "GMT",
        "timeformat": "unixtime",
        "past_days": str(PAST_DAYS),
        "forecast_days": str(days),
    }


def _refusal(response: httpx.Response) -> WeatherError:
    """Return the error for an answer that has another status than 200.

    Source:
    https://github.com/open-meteo/open-meteo/blob/main/Sources/App/Helper/Vapor/RateLimiter.swift
    """
    if response.status_code == 429:
        return WeatherError(LIMIT_REACHED, LIMIT_HELP)
    trouble = f"Open-Meteo answered with HTTP status {response.status_code}"
    try:
        reason = redacted(ERROR_REASON.decode(response.content).reason)
    except (ValueError, RecursionError):
        reason = ""
    said = f" ({reason})" if reason else ""  # it may repeat where somebody lives
    return WeatherError(f"{trouble}{said}", "Try again later", public=trouble)


def parse(answer: Answer, now: datetime) -> Forecast:
    """Read Open-Meteo's answer (C, m/s, mm, Unix time) as a forecast.

    `now` (aware) tells which sunset is the next.
    """
    found = (_hour(answer.hourly, i, seconds) for i, seconds in enumerate(answer.hourly.time))
    hours = tuple(sorted((hour for hour in found if hour), key=lambda hour: hour.time))
    sunsets = [
        each
        for each in (answer.daily and answer.daily.sunset) or ()
        if each and each > now.timestamp()
    ]
    sunset = datetime.fromtimestamp(min(sunsets), UTC) if sunsets else None
    return Forecast(hours=hours, hourly=hours, sunset=sunset)


def _hour(hourly: Hourly, i: int, seconds: int) -> Hour | None:
    def at(values: Values) -> float | None:
        return values[i] if values and i < len(values) else None

    is_day = at(hourly.is_day)
    temperature_c = at(hourly.temperature_2m)
    code = at(hourly.weather_code)
    pop = at(hourly.precipitation_probability)
    if temperature_c is None:
        return None
    condition = None if code is None else CONDITIONS.get(int(code))
    hour = Hour(
        time=datetime.fromtimestamp(seconds, UTC),
        step_h=1,
        temperature_c=temperature_c,
        feels_like_c=at(hourly.apparent_temperature),
        snow_mm=(at(hourly.snowfall) or 0.0) * WATER_MM_PER_SNOW_CM,
        pop=None if pop is None else pop / 100,
        wind_ms=at(hourly.wind_speed_10m),
        gust_ms=at(hourly.wind_gusts_10m),
        cloud_percent=at(hourly.cloud_cover),
        visibility_m=at(hourly.visibility),
        condition_ids=() if condition is None else (condition,),
        uv_index=at(hourly.uv_index),
        daylight=None if is_day is None else bool(is_day),
    )
    liquid = [mm for mm in (at(hourly.rain), at(hourly.showers)) if mm is not None]
    if liquid:
        return replace(hour, rain_mm=sum(liquid))
    # A model that does not tell them apart:
    rest_mm = max(0.0, (at(hourly.precipitation) or 0.0) - hour.snow_mm)
    return (
        replace(hour, snow_mm=hour.snow_mm + rest_mm)
        if code in SNOW_CODES
        else replace(hour, rain_mm=rest_mm)
    )
