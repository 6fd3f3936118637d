"""The made-up answers of services in tests/payloads, through the product's own parsers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from weather_sms.forecast import Alert, Forecast
from weather_sms.weather import nws, open_meteo, openweather

FOLDER = Path(__file__).parents[1] / "payloads"


def names(kind: str) -> list[str]:
    """The answers of a kind, by name."""
    return sorted(path.stem for path in (FOLDER / kind).glob("*.json"))


def answer(kind: str, name: str) -> bytes:
    """An answer, byte by byte."""
    return (FOLDER / kind / f"{name}.json").read_bytes()


def forecast(name: str) -> Forecast:
    """An OpenWeather forecast with all that has the same name beside it."""
    beside = {kind for kind in ("current", "air_pollution", "openmeteo") if name in names(kind)}
    seen = openweather.ITEM.decode(answer("current", name)) if "current" in beside else None
    found = openweather.parse(openweather.STEPS.decode(answer("forecast", name)), seen)
    if "air_pollution" in beside:
        steps = openweather.AIR.decode(answer("air_pollution", name)).steps
        found = found.with_air({datetime.fromtimestamp(s.dt, UTC): s.main.aqi for s in steps})
    return found.with_sun(hourly(name, found.hours[0].time)) if "openmeteo" in beside else found


def hourly(name: str, now: datetime) -> Forecast:
    """An Open-Meteo forecast as it is read at a moment (aware)."""
    return open_meteo.parse(open_meteo.ANSWER.decode(answer("openmeteo", name)), now)


def alerts(name: str) -> tuple[Alert, ...]:
    """Warnings of the National Weather Service."""
    return nws.parse(nws.FEATURES.decode(answer("nws", name)))
