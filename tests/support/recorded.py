"""The recorded answers of real services, where a folder with them lies beside the project. They are not ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from weather_sms.forecast import Alert, Forecast, Hour
from weather_sms.weather.openweather import Step, Steps, parse

FOLDER = Path(__file__).parents[3] / "shared" / "recordings"
needs_recordings = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER.name}/")
WMO_AS_OPENWEATHER = {45: 741, 48: 741, 51: 300, 53: 301, 55: 302, 61: 500, 63: 501, 65: 502, 71: 600, 73: 601}


def names(kind: str) -> list[str]:
    """The recordings of a kind, by file name; none where the folder is missing."""
    return sorted(path.name for path in (FOLDER / kind).glob("*.json")) if FOLDER.is_dir() else []


def answer(kind: str, name: str) -> Any:
    """A recorded answer, temperatures in C and speeds in m/s whatever units it was asked for in."""
    body = json.loads((FOLDER / kind / name).read_text("utf-8"))
    for step in body.get("list", [body]) if isinstance(body, dict) else []:
        if "main" in step and "temp" in step["main"]:
            _to_metric(step, imperial="imperial" in name)
    return body


def _to_metric(step: dict[str, Any], imperial: bool) -> None:
    main = step["main"]
    for key in ("temp", "feels_like", "temp_min", "temp_max"):
        if key in main and imperial:
            main[key] = (main[key] - 32) * 5 / 9
        elif key in main and main[key] > 150:
            main[key] -= 273.15
    for key in ("speed", "gust") if imperial else ():
        if key in step["wind"]:
            step["wind"][key] *= 0.44704


def forecast(name: str, current: str | None = None) -> Forecast:
    """A recorded OpenWeather forecast, through the product's own parser."""
    steps = msgspec.json.decode(json.dumps(answer("forecast", name)), type=Steps)
    seen = msgspec.json.decode(json.dumps(answer("current", current)), type=Step) if current else None
    return parse(steps, seen)


def open_meteo(name: str) -> Forecast:
    """A recorded Open-Meteo answer in American units, as a forecast of hourly steps."""
    body = json.loads((FOLDER / "openmeteo" / name).read_text("utf-8"))
    zone, hourly = ZoneInfo(body["timezone"]), body["hourly"]
    return Forecast(hours=tuple(_hour(hourly, i, zone) for i in range(len(hourly["time"]))))


def _hour(hourly: dict[str, list[Any]], i: int, zone: ZoneInfo) -> Hour:
    return Hour(
        time=datetime.fromisoformat(hourly["time"][i]).replace(tzinfo=zone).astimezone(UTC),
        step_h=1,
        temperature_c=(hourly["temperature_2m"][i] - 32) * 5 / 9,
        feels_like_c=(hourly["apparent_temperature"][i] - 32) * 5 / 9,
        rain_mm=hourly["precipitation"][i] * 25.4,
        pop=hourly["precipitation_probability"][i] / 100,
        wind_ms=hourly["wind_speed_10m"][i] * 0.44704,
        gust_ms=hourly["wind_gusts_10m"][i] * 0.44704,
        condition_ids=(WMO_AS_OPENWEATHER.get(hourly["weather_code"][i], 800),),
    )


def alerts(name: str) -> tuple[Alert, ...]:
    """Recorded warnings of the National Weather Service."""
    features = json.loads((FOLDER / "nws" / name).read_text("utf-8"))["features"]
    return tuple(_alert(feature["properties"]) for feature in features)


def _alert(properties: dict[str, Any]) -> Alert:
    def instant(key: str) -> datetime | None:
        return datetime.fromisoformat(properties[key]) if properties.get(key) else None

    return Alert(
        event=properties["event"],
        severity=properties["severity"],
        status=properties["status"],
        message_type=properties["messageType"],
        begins=instant("onset"),
        ends=instant("ends"),
        expires=instant("expires"),
    )
