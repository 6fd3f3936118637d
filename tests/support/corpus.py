"""Every text that sample days and made-up answers give: every hour, any units and language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import msgspec

from tests.support import payloads
from weather_sms.forecast import Forecast, NoForecast
from weather_sms.sandbox import days
from weather_sms.text.briefing import Briefing, brief
from weather_sms.text.message import Message, compose
from weather_sms.text.style import Style, style_for
from weather_sms.text.words import words
from weather_sms.weather.openweather import Item, Steps, parse
from weather_sms.weather.zones import timezone

HOURS_TRIED = 28
# Open-Meteo's answers: place, country, and the local time at which the first text leaves
HOURLY = {
    "fi-oulu-24-hours": ("Oulu", "FI", "Europe/Helsinki", "2026-01-18T07:00"),
    "ro-sibiu-week-back": ("Sibiu", "RO", "Europe/Bucharest", "2025-06-11T06:00"),
    "uy-salto-nulls": ("Salto", "UY", "America/Montevideo", "2025-08-12T07:00"),
}


@dataclass(frozen=True)
class Case:
    """A forecast, where it is from, and when its first text leaves."""

    name: str
    place: str
    country: str
    zone: ZoneInfo
    forecast: Forecast
    first: datetime


@dataclass(frozen=True)
class Text:
    """A text, and everything it was made from."""

    case: Case
    at: datetime
    units: str
    language: str
    style: Style
    briefing: Briefing
    message: Message


def samples() -> Iterator[Case]:
    """All sample days of the package."""
    yield from (_sample(name, day) for name, day in days.DAYS.items())


def cases() -> Iterator[Case]:
    """All sample days, and all made-up answers in tests/payloads."""
    yield from samples()
    for name in payloads.names("forecast"):
        city = json.loads(payloads.answer("forecast", name))["city"]
        zone = ZoneInfo(timezone(city["coord"]["lat"], city["coord"]["lon"]))
        yield case(f"forecast/{name}", city["name"], city["country"], zone, payloads.forecast(name))
    for name, (place, country, zone_name, local) in HOURLY.items():
        zone = ZoneInfo(zone_name)
        at = datetime.fromisoformat(local).replace(tzinfo=zone)
        yield Case(f"openmeteo/{name}", place, country, zone, payloads.hourly(name, at), at)


def case(name: str, place: str, country: str, zone: ZoneInfo, forecast: Forecast) -> Case:
    """A case whose first text leaves with the observation, else with the first step."""
    seen = forecast.observation
    first = seen.time if seen else forecast.hours[0].time
    return Case(name, place, country, zone, forecast, first)


def _sample(name: str, day: days.SampleDay) -> Case:
    steps = msgspec.json.decode(json.dumps(days.forecast(day)), type=Steps)
    current = msgspec.json.decode(json.dumps(days.current(day)), type=Item)
    return case(
        f"sample/{name}", day.name, day.country, ZoneInfo(day.timezone), parse(steps, current)
    )


def texts(of: Iterable[Case], *languages: str) -> Iterator[Text]:
    """Yield each case at each hour from its first, in both unit systems, by default in English."""
    for case in of:
        for hours in range(HOURS_TRIED):
            at = (case.first + timedelta(hours=hours)).astimezone(UTC)
            forecast = case.forecast.seen_from(at.astimezone(case.zone).date(), case.zone)
            try:
                briefing = brief(forecast, at, at, case.zone)
            except NoForecast:
                continue
            for units, language in product(("imperial", "metric"), languages or ("en",)):
                style = style_for(case.country, units, words(language))
                message = compose(briefing, case.place, style, words(language))
                yield Text(case, at, units, language, style, briefing, message)
