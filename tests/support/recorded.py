"""Recorded answers of real services, read as if they had been answers to our own questions.

The folder holds `forecast/`, `current/`, `openmeteo/` and `nws/`. None of it is in the repository.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from weather_sms.forecast import Alert, Forecast
from weather_sms.weather import nws, open_meteo
from weather_sms.weather.openweather import Item, Steps, parse

TO_SI: dict[str, Callable[[float], float]] = {
    "°F": lambda value: (value - 32) * 5 / 9,
    "mp/h": lambda value: value * 0.44704,
    "km/h": lambda value: value / 3.6,
    "inch": lambda value: value * 25.4,
}


@dataclass(frozen=True)
class Recordings:
    """A folder of recorded answers."""

    folder: Path

    def names(self, kind: str) -> list[str]:
        """The recordings of a kind, by file name."""
        return sorted(path.name for path in (self.folder / kind).glob("*.json"))

    def answer(self, kind: str, name: str) -> Any:
        """An answer, temperatures in C and speeds in m/s whatever units it was asked for in."""
        body = self._read(kind, name)
        for step in body.get("list", [body]) if isinstance(body, dict) else []:
            if "main" in step and "temp" in step["main"]:
                _to_metric(step, imperial="imperial" in name)
        return body

    def forecast(self, name: str, current: str | None = None) -> Forecast:
        """An OpenWeather forecast, through the product's own parser."""
        steps = msgspec.convert(self.answer("forecast", name), type=Steps)
        seen = msgspec.convert(self.answer("current", current), type=Item) if current else None
        return parse(steps, seen)

    def open_meteo_answer(self, name: str) -> bytes:
        """An Open-Meteo answer in the units of our question: metric, m/s, Unix time."""
        body = self._read("openmeteo", name)
        hourly, units = body.get("hourly", {}), body.get("hourly_units", {})
        for key, values in hourly.items():
            # local by one fixed offset, also after clocks have changed
            if units.get(key) == "iso8601":
                hourly[key] = [_seconds(text) - body["utc_offset_seconds"] for text in values]
            elif unit := TO_SI.get(units.get(key, "")):
                hourly[key] = [None if value is None else unit(value) for value in values]
        body.pop("daily", None)
        return json.dumps(body).encode()

    def open_meteo(self, name: str) -> Forecast:
        """An Open-Meteo forecast, through the product's own parser."""
        answer = open_meteo.ANSWER.decode(self.open_meteo_answer(name))
        return open_meteo.parse(answer, datetime(2026, 1, 1, tzinfo=UTC))

    def alerts(self, name: str) -> tuple[Alert, ...]:
        """Warnings of the National Weather Service, through the product's own parser."""
        body = self._read("nws", name)
        features = body if "features" in body else {"features": [body]}
        return nws.parse(nws.FEATURES.decode(json.dumps(features)))

    def _read(self, kind: str, name: str) -> Any:
        return json.loads((self.folder / kind / name).read_text("utf-8"))


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


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
