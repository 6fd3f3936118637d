"""The recorded answers of real services, where a folder with them lies beside the project.

They are not ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from weather_sms.forecast import Alert, Forecast
from weather_sms.weather import nws
from weather_sms.weather import open_meteo as open_meteo_service
from weather_sms.weather.openweather import Step, Steps, parse

FOLDER = Path(__file__).parents[3] / "shared" / "recordings"
needs_recordings = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER.name}/"
)


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
    seen = (
        msgspec.json.decode(json.dumps(answer("current", current)), type=Step) if current else None
    )
    return parse(steps, seen)


TO_SI: dict[str, Callable[[float], float]] = {
    "°F": lambda value: (value - 32) * 5 / 9,
    "mp/h": lambda value: value * 0.44704,
    "km/h": lambda value: value / 3.6,
    "inch": lambda value: value * 25.4,
}


def open_meteo_answer(name: str) -> bytes:
    """A recorded Open-Meteo answer as it would be to our question: metric, m/s, Unix time."""
    body = json.loads((FOLDER / "openmeteo" / name).read_text("utf-8"))
    hourly, units = body.get("hourly", {}), body.get("hourly_units", {})
    for key, values in hourly.items():
        if units.get(key) == "iso8601":  # local by one fixed offset, also after clocks have changed
            hourly[key] = [_seconds(text) - body["utc_offset_seconds"] for text in values]
        elif unit := TO_SI.get(units.get(key, "")):
            hourly[key] = [None if value is None else unit(value) for value in values]
    body.pop("daily", None)
    return json.dumps(body).encode()


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def open_meteo(name: str) -> Forecast:
    """A recorded Open-Meteo forecast, through the product's own parser."""
    answer = msgspec.json.decode(open_meteo_answer(name), type=open_meteo_service.Answer)
    return open_meteo_service.parse(answer, datetime(2026, 1, 1, tzinfo=UTC))


def alerts(name: str) -> tuple[Alert, ...]:
    """Recorded warnings of the National Weather Service, through the product's own parser."""
    body = json.loads((FOLDER / "nws" / name).read_text("utf-8"))
    features = body if "features" in body else {"features": [body]}
    return nws.parse(msgspec.json.decode(json.dumps(features), type=nws.Features))
