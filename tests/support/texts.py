"""From weather to text in one line."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from weather_sms.forecast import Forecast
from weather_sms.sandbox import days
from weather_sms.text.briefing import brief
from weather_sms.text.message import Message, compose
from weather_sms.text.style import Style
from weather_sms.text.words import words
from weather_sms.weather.openweather import Item, Steps, parse

METRIC = Style(imperial=False, mph=False, clock_12h=False)
IMPERIAL = Style(imperial=True, mph=True, clock_12h=True)
BRITISH = Style(imperial=False, mph=True, clock_12h=False)
ZONES = {
    "London": "Europe/London", "Dallas": "America/Chicago", "Zagreb": "Europe/Zagreb",
    "Lubaczow": "Europe/Warsaw",
    "Wilkszyn": "Europe/Warsaw", "Paris": "Europe/Paris", "Toronto": "America/Toronto",
    "Denver": "America/Denver",
    "Montreal": "America/Toronto", "Phoenix": "America/Phoenix", "Delhi": "Asia/Kolkata",
    "Berlin": "Europe/Berlin",
    "Edinburgh": "Europe/London", "Helsinki": "Europe/Helsinki",
}  # fmt: skip


def text(
    forecast: Forecast, place: str, local: str, style: Style, zone: str | None = None
) -> Message:
    """The text delivered at a local time (ISO 8601 without offset)."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone or ZONES[place]))
    briefing = brief(forecast, at, at, at.tzinfo)  # type: ignore[arg-type]
    return compose(briefing, place, style, words("en"))


def made(weather: str, place: str, local: str, observed: str | None = None) -> Forecast:
    """A forecast written in the notation of sample days, through the product's own parser."""
    day = days.SampleDay(place, "", "", 0, 0, ZONES[place], local, weather, observed or "0")
    steps = msgspec.json.decode(json.dumps(days.forecast(day)), type=Steps)
    current = msgspec.json.decode(json.dumps(days.current(day)), type=Item) if observed else None
    return parse(steps, current)
