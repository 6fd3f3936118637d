"""A look beyond the period: yesterday, the week before, tomorrow, or on a Friday the weekend."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from weather_sms.forecast import WET_DAY_MM, Forecast, Hour
from weather_sms.text.briefing.conditions import at_least
from weather_sms.text.briefing.fact import Fact
from weather_sms.text.briefing.period import Period, day_of, local_midnight
from weather_sms.text.briefing.wet import UMBRELLA_POP, highest_pop, wet_steps

CHANGE_C = 6.0
DRY_DAY_POP = 0.2
FRIDAY = 4


def yesterday(period: Period, forecast: Forecast) -> Fact | None:
    """A day much colder or warmer than the one before."""
    if forecast.yesterday_high_c is None or period.name != "day":
        return None
    today = [period.high_c, *(hour.temperature_c for hour in _earlier(period, forecast))]
    difference_c = max(today) - forecast.yesterday_high_c
    if not at_least(abs(difference_c), CHANGE_C):
        return None
    phrase = "colder_than_yesterday" if difference_c < 0 else "warmer_than_yesterday"
    return Fact(
        topic="yesterday",
        importance=56,
        phrase=phrase,
        period=period.index,
        difference_c=abs(difference_c),
    )


def first_rain(period: Period, forecast: Forecast) -> Fact | None:
    """Rain that is likely and wets the ground, after a week without."""
    if not forecast.dry_week or period.name != "day" or period.index or _weather(period) != "rain":
        return None
    if sum(hour.rain_mm for hour in _earlier(period, forecast)) >= WET_DAY_MM:
        return None
    return Fact(topic="first", importance=48, phrase="first_rain", needs=frozenset({"rain"}))


def _earlier(period: Period, forecast: Forecast) -> list[Hour]:
    """The hours of the period's first day that are over when it begins."""
    midnight = local_midnight(period.local(period.start).date(), period.zone)
    return [hour for hour in forecast.hourly if midnight <= hour.time < period.start]


def sunset(period: Period, at: datetime | None) -> Fact | None:
    """The day's sunset, while it lies ahead."""
    if at is None or period.name != "day" or not period.start < at <= period.end:
        return None
    return Fact(topic="sunset", importance=30, phrase="sunset", period=period.index, at=at)


def ahead(period: Period, forecast: Forecast, dry_today: bool) -> Fact | None:
    """One fact on what follows: the weekend on a Friday, where it can be said, else tomorrow."""
    if period.name != "day":
        return None
    today = period.local(period.start).date()
    tomorrow = day_of(forecast, today + timedelta(days=1), period.zone)
    if today.weekday() == FRIDAY:
        sunday = day_of(forecast, today + timedelta(days=2), period.zone)
        phrase = _weekend(_weather(tomorrow), _weather(sunday))
        if phrase:
            return Fact(topic="ahead", importance=35, phrase=phrase, period=period.index)
    weather = _weather(tomorrow)
    if dry_today and weather in ("rain", "snow"):
        return Fact(topic="ahead", importance=35, phrase=f"{weather}_tomorrow", period=period.index)
    if tomorrow is None or not at_least(period.high_c - tomorrow.high_c, CHANGE_C):
        return None
    high_c = tomorrow.high_c
    return Fact(
        topic="ahead",
        importance=35,
        phrase="tomorrow_colder",
        period=period.index,
        temperature_c=high_c,
    )


def _weather(day: Period | None) -> Literal["dry", "rain", "snow"] | None:
    """A day in one word, or None where it is neither surely dry nor clearly wet."""
    if day is None:
        return None
    wet = wet_steps(day)
    pops = [step.hour.pop for step in day.steps]
    if not wet:
        return "dry" if all(pop is not None and pop < DRY_DAY_POP for pop in pops) else None
    pop = highest_pop(wet)
    if sum(w.inside_mm for w in wet) < WET_DAY_MM or (pop is not None and pop < UMBRELLA_POP):
        return None
    snow_mm = sum(w.snow_mm * w.step.share for w in wet)
    return "snow" if snow_mm > sum(w.rain_mm * w.step.share for w in wet) else "rain"


def _weekend(saturday: str | None, sunday: str | None) -> str | None:
    if saturday is None or sunday is None:
        return None
    if saturday == sunday:
        return f"{saturday}_weekend"
    return f"{saturday}_saturday_{sunday}_sunday" if "dry" in (saturday, sunday) else None
