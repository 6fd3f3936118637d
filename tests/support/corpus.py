"""Every text that recordings and sample days give, at every hour, in any units and language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import msgspec

from tests.support import recorded
from weather_sms.forecast import Forecast, NoForecast
from weather_sms.place import timezone
from weather_sms.sandbox import days
from weather_sms.text.briefing import Briefing, brief
from weather_sms.text.message import Message, compose
from weather_sms.text.style import Style, style_for
from weather_sms.text.words import words
from weather_sms.weather.openweather import Step, Steps, parse

HOURS_TRIED = 30


@dataclass(frozen=True)
class Case:
    """A forecast and where it is from."""

    name: str
    place: str
    country: str
    zone: ZoneInfo
    forecast: Forecast


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


def cases() -> Iterator[Case]:
    """All sample days, and all recordings that are there."""
    yield from (_sample(name, day) for name, day in days.DAYS.items())
    for name in recorded.names("forecast"):
        city = recorded.answer("forecast", name)["city"]
        zone = ZoneInfo(timezone(city["coord"]["lat"], city["coord"]["lon"]))
        yield Case(f"forecast/{name}", city["name"], city["country"], zone, recorded.forecast(name))
    for name in recorded.names("openmeteo"):
        if "toronto" in name:
            yield Case(
                f"openmeteo/{name}",
                "Toronto",
                "CA",
                ZoneInfo("America/Toronto"),
                recorded.open_meteo(name),
            )
    yield from (_observed(name) for name in recorded.names("current"))


def _sample(name: str, day: days.SampleDay) -> Case:
    steps = msgspec.json.decode(json.dumps(days.forecast(day)), type=Steps)
    current = msgspec.json.decode(json.dumps(days.current(day)), type=Step)
    return Case(
        f"sample/{name}", day.name, day.country, ZoneInfo(day.timezone), parse(steps, current)
    )


def _observed(name: str) -> Case:
    """Put a recorded observation before the rainy day's forecast, moved to its time and place."""
    body = recorded.answer("current", name)
    zone = ZoneInfo(timezone(body["coord"]["lat"], body["coord"]["lon"]))
    current = msgspec.json.decode(json.dumps(body), type=Step)
    day = replace(days.DAYS["rain"], timezone=zone.key).on(
        datetime.fromtimestamp(current.dt, zone).date()
    )
    steps = msgspec.json.decode(json.dumps(days.forecast(day)), type=Steps)
    return Case(
        f"current/{name}", body["name"], body["sys"].get("country", ""), zone, parse(steps, current)
    )


def texts(*languages: str) -> Iterator[Text]:
    """Yield each case at each hour after its start, in both unit systems, by default in English."""
    for case in cases():
        seen = case.forecast.observation
        first = seen.time if seen else case.forecast.hours[0].time
        for hours in range(HOURS_TRIED):
            at = (first + timedelta(hours=hours)).astimezone(UTC)
            try:
                briefing = brief(case.forecast, at, at, case.zone)
            except NoForecast:
                continue
            for units, language in product(("imperial", "metric"), languages or ("en",)):
                style = style_for(case.country, units, words(language))
                message = compose(briefing, case.place, style, words(language))
                yield Text(case, at, units, language, style, briefing, message)
