"""OpenWeather on a free key: geocoding, the current weather and the 5 day / 3 hour forecast.

Source: https://openweathermap.org/api/geocoding-api, /current and /forecast5, always in metric
units.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import httpx
import msgspec

from weather_sms import place as places
from weather_sms.forecast import Forecast, Hour, Place, Provider
from weather_sms.weather import KeyRefused, NoSuchPlace, WeatherError, WeatherService, zones
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
NAME = "OpenWeather"
ORIGIN = "https://api.openweathermap.org"
STEP_H = 3.0
KEY_HELP = (
    "Is it copied whole? A new key works only after up to two hours; the list of yours is at "
    "https://home.openweathermap.org/api_keys"
)
LIMIT_HELP = "Try again in a minute, or look at the key's plan"


class Named(msgspec.Struct):
    """An answer of the geocoder."""

    name: str
    lat: Latitude
    lon: Longitude
    country: str = ""


class Main(msgspec.Struct):
    temp: Celsius
    feels_like: Celsius | None = None
    humidity: Quantity | None = None


class Condition(msgspec.Struct):
    id: int


class Wind(msgspec.Struct):
    speed: Quantity | None = None
    gust: Quantity | None = None


class Clouds(msgspec.Struct):
    all: Quantity | None = None


class Amount(msgspec.Struct):
    three_h: Quantity | None = msgspec.field(name="3h", default=None)
    one_h: Quantity | None = msgspec.field(name="1h", default=None)


class Sun(msgspec.Struct):
    sunset: Instant | None = None
    pod: str | None = None  # part of day: d or n


class Item(msgspec.Struct):
    dt: Instant
    main: Main
    weather: list[Condition] | None = None
    wind: Wind | None = None
    clouds: Clouds | None = None
    rain: Amount | None = None
    snow: Amount | None = None
    pop: Quantity | None = None
    visibility: Quantity | None = None
    sys: Sun | None = None


class Steps(msgspec.Struct):
    steps: list[Item] = msgspec.field(name="list")


class Quality(msgspec.Struct):
    aqi: Annotated[int, msgspec.Meta(ge=1, le=5)]


class AirStep(msgspec.Struct):
    dt: Instant
    main: Quality


class Air(msgspec.Struct):
    steps: list[AirStep] = msgspec.field(name="list")


DAYLIGHT = {"d": True, "n": False}
NAMED, NAMES = msgspec.json.Decoder(Named), msgspec.json.Decoder(list[Named])
ITEM, STEPS = msgspec.json.Decoder(Item), msgspec.json.Decoder(Steps)
AIR = msgspec.json.Decoder(Air)


@dataclass(frozen=True, slots=True)
class OpenWeather(WeatherService):
    """The service, through a client, with a key."""

    provider = Provider("openweather", NAME, "")
    offers = frozenset({"locate", "forecast", "air"})
    client: httpx.Client
    key: str
    base_url: str
    clock: Clock

    @classmethod
    def open(cls, means: Means) -> OpenWeather | None:
        """Open the service, if there is a key."""
        key, origin = means.keys.get("openweather"), means.origins.get("openweather", ORIGIN)
        return cls(means.client, key, origin, means.clock) if key else None

    def locate(self, query: places.Query) -> Place:
        """Find a place; coordinates are always found, and are the name if nobody knows another."""
        found = (
            self._reverse(query) if isinstance(query, places.Coordinates) else self._search(query)
        )
        if found is None:
            raise NoSuchPlace(NAME, query)
        return Place(
            name=found.name,
            country=found.country,
            latitude=found.lat,
            longitude=found.lon,
            timezone=zones.timezone(found.lat, found.lon),
        )

    def forecast(self, latitude: float, longitude: float) -> Forecast:
        """The forecast for a point, with the current weather if that is soon to be had.

        Both are asked for side by side.
        """
        where = {"lat": f"{latitude:.4f}", "lon": f"{longitude:.4f}", "units": "metric"}
        with ThreadPoolExecutor(1) as side:
            current = side.submit(self._current, where)
            steps = self._get("/data/2.5/forecast", where, STEPS)
        if steps is None:
            nowhere = "OpenWeather has no forecast for this place"
            raise WeatherError(nowhere, "Try coordinates nearby")
        return parse(steps, current.result())

    def air(self, latitude: float, longitude: float) -> dict[datetime, int]:
        """The air quality of the hours to come, 1 (good) to 5 (very poor), asked for once.

        Source: https://openweathermap.org/api/air-pollution. The scale is not the American one.
        """
        params = {"lat": f"{latitude:.4f}", "lon": f"{longitude:.4f}", "appid": self.key}
        response = quickly(
            self.client,
            NAME,
            f"{self.base_url}/data/2.5/air_pollution/forecast",
            params,
            self.clock,
        )
        return {_instant(step.dt): step.main.aqi for step in decoded(NAME, response, AIR).steps}

    def _current(self, where: Mapping[str, str]) -> Item | None:
        try:
            response = quickly(
                self.client,
                NAME,
                f"{self.base_url}/data/2.5/weather",
                {**where, "appid": self.key},
                self.clock,
            )
            return decoded(NAME, response, ITEM)
        except WeatherError:
            return None  # the text only loses what it is like right now, and the sunset

    def _search(self, query: places.PostalCode | places.City) -> Named | None:
        if isinstance(query, places.City):
            answers = self._get(
                "/geo/1.0/direct", {"q": ",".join(query.parts), "limit": "1"}, NAMES
            )
            return answers[0] if answers else None
        for code in query.spellings():
            if found := self._get("/geo/1.0/zip", {"zip": f"{code},{query.country}"}, NAMED):
                return found
        return None

    def _reverse(self, query: places.Coordinates) -> Named:
        where = {"lat": f"{query.latitude:.4f}", "lon": f"{query.longitude:.4f}", "limit": "1"}
        answers = self._get("/geo/1.0/reverse", where, NAMES)
        name, country = (answers[0].name, answers[0].country) if answers else (query.name, "")
        return Named(name, query.latitude, query.longitude, country)

    def _get(
        self, path: str, params: Mapping[str, str], decoder: msgspec.json.Decoder[T]
    ) -> T | None:
        """Return an answer, or None where the service knows of none.

        It says so with 404, or with 400 for a postal code that it finds malformed.
        """
        response = patiently(
            self.client, NAME, self.base_url + path, {**params, "appid": self.key}, self.clock
        )
        if response.status_code == 404 or (response.status_code == 400 and path.endswith("/zip")):
            return None
        if response.status_code in (401, 403):
            raise KeyRefused("OpenWeather refused the key in OPENWEATHER_API_KEY", KEY_HELP)
        if response.status_code != 200:
            raise _refusal(response.status_code)
        return decoded(NAME, response, decoder)


def _refusal(status: int) -> WeatherError:
    if status == 429:
        used_up = "OpenWeather's limit of requests for this key is used up"
        return WeatherError(used_up, LIMIT_HELP)
    return WeatherError(f"OpenWeather answered with HTTP status {status}", "Try again later")


def parse(steps: Steps, current: Item | None) -> Forecast:
    """OpenWeather's answers (metric) as a forecast."""
    hours = sorted((_hour(step) for step in steps.steps), key=lambda hour: hour.time)
    sunset = current.sys.sunset if current and current.sys else None
    return Forecast(
        hours=tuple(hours),
        observation=_hour(current) if current else None,
        sunset=_instant(sunset) if sunset else None,
    )


def _hour(step: Item) -> Hour:
    wind = step.wind or Wind()
    return Hour(
        time=_instant(step.dt),
        step_h=STEP_H,
        temperature_c=step.main.temp,
        feels_like_c=step.main.feels_like,
        humidity_percent=step.main.humidity,
        rain_mm=_amount_mm(step.rain),
        snow_mm=_amount_mm(step.snow),
        pop=step.pop,
        wind_ms=wind.speed,
        gust_ms=wind.gust,
        cloud_percent=step.clouds.all if step.clouds else None,
        visibility_m=step.visibility,
        condition_ids=tuple(condition.id for condition in step.weather or ()),
        daylight=DAYLIGHT.get(step.sys.pod or "") if step.sys else None,
    )


def _amount_mm(amount: Amount | None) -> float:
    if amount is None:
        return 0.0
    return amount.three_h if amount.three_h is not None else amount.one_h or 0.0


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
