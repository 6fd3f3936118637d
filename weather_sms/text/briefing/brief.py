"""From a forecast to ranked facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from weather_sms.forecast import Forecast, Hour, NoForecast
from weather_sms.text.briefing import conditions
from weather_sms.text.briefing.advice import Outlook, advice
from weather_sms.text.briefing.ahead import ahead, first_rain, sunset, yesterday
from weather_sms.text.briefing.alerts import alert_facts
from weather_sms.text.briefing.fact import Fact, Topic
from weather_sms.text.briefing.period import Period, periods
from weather_sms.text.briefing.wet import Spell, kind_of, wet_facts, wet_steps

FRESH = timedelta(minutes=15)  # an observation is "now" only in a text delivered within this
STALE = timedelta(hours=2)  # an observation this far from now is a service's leftover
# A warning silences our own words on its subject, which is told by its (American) name.
SUBJECTS: dict[str, tuple[str, ...]] = {
    "heat": ("Heat",),
    "fog": ("Fog",),
    "frost": ("Freeze", "Frost", "Cold", "Chill"),
    "air": ("Air Quality", "Air Stagnation", "Smoke", "Dust", "Ash"),
}
OF_ANOTHER_DAY: frozenset[Topic] = frozenset({"yesterday", "first", "ahead"})
NOT_IN_THE_EVENING: frozenset[Topic] = OF_ANOTHER_DAY | {"now", "sunset"}


@dataclass(frozen=True, slots=True)
class Briefing:
    """The facts worth saying in a text for `occurrence`, by falling importance, then by period."""

    occurrence: datetime
    zone: ZoneInfo
    periods: tuple[Period, ...]
    facts: tuple[Fact, ...]

    @property
    def warning_in_force(self) -> bool:
        """Whether the official warning that is told is in force when the text comes."""
        return any(fact.topic == "alert" and fact.begins is None for fact in self.facts)


def brief(forecast: Forecast, occurrence: datetime, now: datetime, zone: ZoneInfo) -> Briefing:
    """Return the briefing for a text delivered at the later of `occurrence` and `now` (both aware).

    Raises NoForecast where the forecast holds fewer than two temperatures of every period.
    """
    occurrence, now = occurrence.astimezone(UTC), now.astimezone(UTC)
    start = max(occurrence, now)
    at_once = start - now <= FRESH
    if seen := forecast.observation:
        fresh = abs(seen.time - now) <= STALE
        forecast = replace(forecast, observation=replace(seen, time=start) if fresh else None)
    if not at_once:
        forecast = replace(forecast, sunset=None)
    found = periods(forecast, start, zone, at_once)
    if not found:
        raise NoForecast("the forecast does not reach the hours this text is for")
    seen = forecast.observation if at_once else None
    outlooks = [
        _outlook(period, forecast, seen if period.start == start else None) for period in found
    ]
    alerts = alert_facts(forecast.alerts, start)
    silent = _silent(found[0], occurrence)
    told = (fact for outlook in outlooks for fact in outlook.facts.values())
    facts = alerts + [
        fact for fact in told if fact.topic not in silent and not _silenced(fact, alerts)
    ]
    if given := advice(outlooks):
        facts.append(given)
    facts.sort(key=lambda fact: (-fact.importance, fact.period))
    return Briefing(occurrence, zone, found, tuple(facts))


def _silent(first: Period, occurrence: datetime) -> frozenset[Topic]:
    """Return the topics not told in the evening, or on another day than the heading says.

    On another day, "tomorrow" would be the wrong day.
    """
    if first.name != "day":
        return NOT_IN_THE_EVENING
    return frozenset() if first.begins_on_day_of(occurrence) else OF_ANOTHER_DAY


def _silenced(fact: Fact, alerts: list[Fact]) -> bool:
    words = SUBJECTS.get("heat" if fact.phrase == "heat" else fact.topic, ())
    return any(word in (alert.name or "") for alert in alerts for word in words)


def _outlook(period: Period, forecast: Forecast, seen: Hour | None) -> Outlook:
    wet = wet_steps(period)
    falling = _falling_now(period, wet, seen)
    facts = wet_facts(period, wet)
    facts += [_wet_now(period, falling)] if falling else []
    icy = conditions.ice(period, wet, falling)
    dry = not wet and not falling
    candidates = [
        icy,
        conditions.feels(period),
        _now(period, seen) if seen else None,
        conditions.sky(period) if dry else None,
        conditions.colder(period),
        yesterday(period, forecast),
        first_rain(period, forecast),
        conditions.frost(period) if not icy and not _white(wet, falling) else None,
        conditions.storm(period),
        conditions.wind(period),
        conditions.fog(period),
        conditions.air(period),
        conditions.uv(period),
        conditions.extreme(period),
        sunset(period, forecast.sunset),
        ahead(period, forecast, dry),
    ]
    facts += [fact for fact in candidates if fact]
    return Outlook(period, wet, {fact.topic: fact for fact in facts})


def _falling_now(period: Period, wet: Spell, seen: Hour | None) -> Hour | None:
    """The observation, if something falls that the first step of the forecast does not know of."""
    if seen is None or not any(200 <= i < 700 for i in seen.condition_ids) or kind_of(seen) is None:
        return None
    first_is_wet = bool(period.steps) and any(w.step == period.steps[0] for w in wet)
    return None if first_is_wet else seen


def _white(wet: Spell, falling: Hour | None) -> bool:
    """Whether there is snow or ice, beside which frost is not worth a word."""
    kinds = {w.kind for w in wet} | ({kind_of(falling)} if falling else set())
    return bool(kinds & {"snow", "mix", "freezing"})


def _wet_now(period: Period, seen: Hour) -> Fact:
    kind = kind_of(seen) or "rain"
    phrase = {"thunder": "thunder_now", "snow": "snowing_now", "mix": "snowing_now"}.get(
        kind, "raining_now"
    )
    return Fact(topic="wet_now", importance=85, phrase=phrase, period=period.index)


def _now(period: Period, seen: Hour) -> Fact:
    return Fact(
        topic="now",
        importance=40,
        phrase="now",
        period=period.index,
        temperature_c=seen.temperature_c,
    )
