"""Sample days, in a notation that can be read aloud.

A day is written as local hours: `13:33/f36/r2/s1/p60/g18/w5/c40/v800/u8/q4/i501` is 13:00, 33 C,
feels like 36, 2 mm of rain and 1 mm of snow in the hours before, 60 % likely, gusts of 18 m/s, wind
of 5 m/s, 40 % clouds, 800 m visibility, ultraviolet index 8, air quality 4 of 5, condition 501.
Hours may have fractions and go past 24. Unsaid: wind 3, cloud 20, feels like the temperature, no
ultraviolet, good air, and a probability of 90 where something falls, else 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class SampleDay:
    """A place (degrees), the local time at which its text is asked for, and its weather."""

    name: str
    country: str
    zip: str
    latitude: float
    longitude: float
    timezone: str
    now: str
    weather: str
    observed: str
    sunset: str = "17:00"

    @property
    def moment(self) -> datetime:
        """The time at which the text is asked for, in UTC."""
        return self.local(self.now).astimezone(UTC)

    def on(self, day: date) -> SampleDay:
        """The same weather on another day."""
        return replace(self, now=f"{day.isoformat()}{self.now[10:]}")

    def local(self, text: str) -> datetime:
        """An ISO date and time of the place's own clock."""
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self.timezone))


DAYS = {
    "fair": SampleDay(
        "San Francisco", "US", "94112", 37.7195, -122.4411, "America/Los_Angeles",
        "2026-11-23T07:00",
        "7:10/c35 10:13/c20 13:17/c10 16:16/c10 19:13/c15 22:12/c20"
        " 25:11 31:10 34:13 37:17 40:16 43:13 46:12",
        "10/c35", "16:54",
    ),
    "rain": SampleDay(
        "London", "GB", "SW1A", 51.4989, -0.1351, "Europe/London", "2026-11-25T07:00",
        "9:8/c90/r2.1/i501 12:9/c95/r3.4/i501 15:10/c90/r1.2/i500/g14 18:9/c80/p20/g15 21:8/c70/p10"
        " 24:7/c60 33:6/c40 36:9/c30 39:9/c30 42:7/c40",
        "8/c92/i500", "16:01",
    ),
    "snow": SampleDay(
        "Denver", "US", "80202", 39.7527, -104.9992, "America/Denver", "2026-12-09T07:00",
        "8:-3/f-9/c90 11:-4/f-10/s3/i601/c100 14:-5/f-13/s6/i602/c100 17:-6/s4/i601/c100"
        " 20:-7/s2/i600/c100 23:-8/c80 32:-9/c20 35:-4/c10 38:-2/c10 41:-5/c10",
        "-3/f-9/c90", "16:36",
    ),
    "storm": SampleDay(
        "Dallas", "US", "75201", 32.7876, -96.7994, "America/Chicago", "2026-07-14T07:00",
        "7:24 10:28/f30 13:33/f36 16:34/f38 19:26/r12/i211/g18/c95 22:24/r3/i500/c90"
        " 25:23 31:23 34:28 37:33 40:34",
        "24", "20:36",
    ),
    "heat": SampleDay(
        "Phoenix", "US", "85004", 33.4510, -112.0685, "America/Phoenix", "2026-07-17T07:00",
        "8:34/f33/c0 11:40/f38/c0 14:44/f42/c5 17:45/f43/c10 20:42/c10 23:38/c5 32:34/c0 35:40/c0"
        " 38:44/c0 41:45/c0 44:42/c0 56:34/c0 59:40/c0 62:44/c0 65:45/c0 68:42/c0",
        "33/c0", "19:40",
    ),
}  # fmt: skip
LETTERS = {
    "f": "feels_like",
    "r": "rain",
    "s": "snow",
    "p": "pop",
    "g": "gust",
    "w": "wind",
    "c": "cloud",
    "v": "visibility",
    "u": "uv",
    "q": "air",
}
WMO = {2: 95, 3: 53, 5: 63, 6: 73, 7: 45, 8: 2}  # for OpenWeather's groups of conditions
SNOW_CM_PER_MM = 0.7
FIRST_LIGHT = time(7)


def forecast(day: SampleDay) -> dict[str, Any]:
    """The day as OpenWeather's /data/2.5/forecast would answer it, in metric units."""
    midnight = day.local(day.now[:10])
    steps = [_step(midnight, text) for text in day.weather.split()]
    for step in steps:
        step["sys"] = {"pod": "d" if _by_day(day, datetime.fromtimestamp(step["dt"], UTC)) else "n"}
    city = {
        "name": day.name,
        "coord": {"lat": day.latitude, "lon": day.longitude},
        "country": day.country,
        "timezone": _offset(midnight),
    }
    return {"cod": "200", "message": 0, "cnt": len(steps), "list": steps, "city": city}


def current(day: SampleDay) -> dict[str, Any]:
    """The day's observation as OpenWeather's /data/2.5/weather would answer it, in metric units."""
    observed = _values(day.observed)
    sunset = day.local(f"{day.now[:10]}T{day.sunset}")
    step = _body(int(day.moment.timestamp()), observed)
    del step["pop"]
    step["sys"] = {"country": day.country, "sunset": int(sunset.timestamp())}
    return step | {"name": day.name, "cod": 200, "timezone": _offset(sunset), "id": 0}


def air(day: SampleDay) -> dict[str, Any]:
    """The day's air as OpenWeather's /data/2.5/air_pollution/forecast would answer it."""
    midnight = day.local(day.now[:10]).astimezone(UTC)
    steps = [
        (midnight + timedelta(hours=float(hour)), _values(rest)) for hour, rest in _written(day)
    ]
    entries = [
        {"dt": int(at.timestamp()), "main": {"aqi": int(values.get("air", 1))}}
        for at, values in steps
    ]
    return {"coord": {"lon": day.longitude, "lat": day.latitude}, "list": entries}


def hourly(day: SampleDay) -> dict[datetime, dict[str, float | None]]:
    """Return the hours (UTC) in Open-Meteo's names, with temperatures linear between the steps."""
    midnight = day.local(day.now[:10]).astimezone(UTC)
    found: dict[datetime, dict[str, float | None]] = {}
    for (before, left), (hour, right) in pairwise(
        (float(h), _values(rest)) for h, rest in _written(day)
    ):
        first = before if not found else before + 1
        for i in range(math.ceil(first), math.floor(hour) + 1):
            at = midnight + timedelta(hours=i)
            found[at] = _hour(left, right, (i - before) / (hour - before), hour - before)
            found[at]["is_day"] = float(_by_day(day, at))
    return found


def _by_day(day: SampleDay, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(day.timezone))
    return FIRST_LIGHT <= local.time() < time.fromisoformat(day.sunset)


def _written(day: SampleDay) -> list[tuple[str, str]]:
    steps = [text.partition(":") for text in day.weather.split()]
    return [(hour, rest) for hour, _, rest in steps]


def _hour(
    left: dict[str, Any], right: dict[str, Any], share: float, step_h: float
) -> dict[str, float | None]:
    def between(name: str) -> float:
        start, end = (float(values.get(name, values["temp"])) for values in (left, right))
        return round(start + (end - start) * share, 1)

    body = _body(0, right)
    rain_mm, snow_mm = right.get("rain", 0) / step_h, right.get("snow", 0) / step_h
    return {
        "temperature_2m": between("temp"),
        "apparent_temperature": between("feels_like"),
        "precipitation_probability": body["pop"] * 100,
        "rain": rain_mm,
        "showers": 0.0,
        "snowfall": snow_mm * SNOW_CM_PER_MM,
        "precipitation": rain_mm + snow_mm,
        "weather_code": WMO[body["weather"][0]["id"] // 100],
        "wind_speed_10m": body["wind"]["speed"],
        "wind_gusts_10m": body["wind"].get("gust"),
        "visibility": body.get("visibility", 20000.0),
        "cloud_cover": body["clouds"]["all"],
        "uv_index": right.get("uv"),
    }


def _step(midnight: datetime, text: str) -> dict[str, Any]:
    hour, _, rest = text.partition(":")
    local = midnight + timedelta(hours=float(hour))
    dt = int(local.timestamp())
    return _body(dt, _values(rest)) | {
        "dt_txt": f"{datetime.fromtimestamp(dt, UTC):%Y-%m-%d %H:%M:%S}"
    }


def _values(text: str) -> dict[str, Any]:
    temperature, *rest = text.split("/")
    values: dict[str, Any] = {"temp": float(temperature), "ids": []}
    for item in rest:
        if item[0] == "i":
            values["ids"].append(int(item[1:]))
        else:
            values[LETTERS[item[0]]] = float(item[1:])
    return values


def _body(dt: int, values: dict[str, Any]) -> dict[str, Any]:
    temperature = values["temp"]
    falls = bool(values["ids"]) or "rain" in values or "snow" in values
    body: dict[str, Any] = {
        "dt": dt,
        "main": {
            "temp": temperature,
            "temp_min": temperature,
            "temp_max": temperature,
            "humidity": 60,
        }
        | {"feels_like": values.get("feels_like", temperature)},
        "weather": [_condition(i) for i in values["ids"] or _usual_ids(values)],
        "clouds": {"all": values.get("cloud", 20)},
        "wind": {"speed": values.get("wind", 3), "deg": 200},
        "pop": values.get("pop", 90 if falls else 0) / 100,
    }
    if "gust" in values:
        body["wind"]["gust"] = values["gust"]
    if "visibility" in values:
        body["visibility"] = values["visibility"]
    return body | {kind: {"3h": values[kind]} for kind in ("rain", "snow") if kind in values}


def _usual_ids(values: dict[str, Any]) -> Iterator[int]:
    yield 600 if "snow" in values else 500 if "rain" in values else 801


def _condition(i: int) -> dict[str, Any]:
    groups = {2: "Thunderstorm", 3: "Drizzle", 5: "Rain", 6: "Snow", 7: "Mist", 8: "Clouds"}
    return {
        "id": i,
        "main": groups[i // 100],
        "description": groups[i // 100].lower(),
        "icon": "02d",
    }


def _offset(local: datetime) -> int:
    offset = local.utcoffset()
    return int(offset.total_seconds()) if offset else 0
