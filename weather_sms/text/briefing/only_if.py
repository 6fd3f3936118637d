"""Pure: whether a day is one for which a text was wanted (WEATHER_ONLY_IF)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from weather_sms.text.briefing.brief import Briefing
from weather_sms.text.briefing.fact import Topic

FROST_C = 0.0
HEAT_C = 32.0  # "extreme caution" of the NWS's heat index
RAIN_TOPICS: frozenset[Topic] = frozenset({"rain", "freezing", "thunder"})


def met(wanted: Iterable[str], briefing: Briefing, alerts_known: bool) -> bool | None:
    """Tell whether any condition holds in the hours of the text, by the text's own thresholds.

    None: none is known to hold, but warnings were asked for and no service could tell. That is not
    a no.
    """
    wanted = tuple(wanted)
    if not wanted or any(HOLDS[each](briefing) for each in wanted):
        return True
    return None if "alert" in wanted and not alerts_known else False


def _has(briefing: Briefing, topics: frozenset[Topic], label: str = "") -> bool:
    return any(fact.topic in topics or (label and fact.label == label) for fact in briefing.facts)


def _falls_now(briefing: Briefing, *phrases: str) -> bool:
    return any(fact.phrase in phrases for fact in briefing.facts)


def _rain(briefing: Briefing) -> bool:
    return _has(briefing, RAIN_TOPICS, label="mix") or _falls_now(
        briefing, "raining_now", "thunder_now"
    )


def _snow(briefing: Briefing) -> bool:
    return _has(briefing, frozenset({"snow"})) or _falls_now(briefing, "snowing_now")


def _frost(briefing: Briefing) -> bool:
    return any(period.low_c <= FROST_C for period in briefing.periods)


def _heat(briefing: Briefing) -> bool:
    moments = [hour for period in briefing.periods for hour in period.moments]
    felt = (max(hour.temperature_c, hour.feels_like_c or hour.temperature_c) for hour in moments)
    return any(celsius >= HEAT_C for celsius in felt)


def _wind(briefing: Briefing) -> bool:
    return _has(briefing, frozenset({"wind"}))


def _alert(briefing: Briefing) -> bool:
    return _has(briefing, frozenset({"alert"}))


HOLDS: dict[str, Callable[[Briefing], bool]] = {
    "rain": _rain, "snow": _snow, "frost": _frost, "heat": _heat, "wind": _wind, "alert": _alert,
}  # fmt: skip
