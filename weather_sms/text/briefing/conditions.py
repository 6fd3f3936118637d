"""Everything in a period but precipitation: feels-like, wind, ice, frost, fog, air, sky."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from statistics import fmean

from weather_sms.forecast import Hour
from weather_sms.text.briefing.fact import Fact
from weather_sms.text.briefing.period import Period
from weather_sms.text.briefing.wet import DANGER_POP, Spell, is_wet, kind_of

# Importance, label, gusts and mean wind in m/s. The two higher gusts are the NWS's (high wind
# warning, wind advisory); the rest is judgement.
WIND = (
    (94, "dangerous_wind", 25.9, 17.9),
    (78, "very_windy", 20.5, 13.9),
    (60, "windy", 13.0, 9.0),
)
DANGEROUS_HEAT_C = 39.4  # NWS heat index "danger", 103 F
FROSTBITE_C = -28.0  # Environment Canada: frostbite possible within 10 to 30 minutes
FEELS_DIFFERENCE_C = 3.0
FEELS_HOT_C, FEELS_COLD_C = 27.0, 10.0  # NWS: heat index from 80 F, wind chill to 50 F
COLDER_C = 5.0
ICY_C, ICY_WITHIN = -1.0, timedelta(hours=12)
FOG_M, DENSE_FOG_M = 1000.0, 200.0
FOG_ID, SMOKE_IDS, DUST_IDS = 741, frozenset({711}), frozenset({731, *range(751, 763)})
STORMS = {771: (79, "squalls"), 781: (95, "tornado")}
POOR_AIR, VERY_POOR_AIR = 4, 5  # OpenWeather's scale of 1 to 5
FROST_WIND_MS = 5.0
UV = ((11, "uv_extreme"), (8, "uv_very_high"), (6, "uv_high"))  # WHO
# Mean cloud in percent: the NWS's eighths.
SKY = (
    (12.5, "sunny"),
    (37.5, "mostly_sunny"),
    (62.5, "sun_and_clouds"),
    (87.5, "mostly_cloudy"),
    (100.0, "cloudy"),
)
SUNLESS = {
    "sunny": "clear",
    "mostly_sunny": "clear",
    "sun_and_clouds": "partly_cloudy",
    "sun_then_clouds": "partly_cloudy",
    "clouds_then_sun": "partly_cloudy",
}
SKY_CHANGE_PERCENT = 50.0
DRY_POP, UNLIKELY_POP = 0.2, 0.4


def at_least(difference: float, threshold: float) -> bool:
    """Whether a difference of temperatures in tenths reaches a threshold, despite float errors."""
    return round(difference, 6) >= threshold


def _coded(period: Period) -> list[Hour]:
    """The hours with condition codes: the steps, and the observation, which is the first moment."""
    return [step.hour for step in period.steps] + [
        hour for hour in period.moments[:1] if hour not in period.hours
    ]


def part_of(moment: datetime, period: Period) -> str | None:
    """The part of the day in which a moment lies; None in a period that is not the day."""
    if period.name != "day":
        return None
    local = period.local(moment)
    if local.date() > period.local(period.start).date() or local.hour >= 22:
        return "tonight"
    return "morning" if local.hour < 12 else "afternoon" if local.hour < 17 else "evening"


def wind(period: Period) -> Fact | None:
    """Gusts or mean wind from 13 and 9 m/s."""

    def reaches(hour: Hour, gust_ms: float, mean_ms: float) -> bool:
        return (hour.gust_ms or 0) >= gust_ms or (hour.wind_ms or 0) >= mean_ms

    level = next(
        (row for row in WIND if any(reaches(hour, *row[2:]) for hour in period.moments)), None
    )
    if level is None:
        return None
    windy = sum(reaches(hour, *WIND[-1][2:]) for hour in period.moments)
    reaching = [hour for hour in period.moments if reaches(hour, *level[2:])]
    peak = max(reaching, key=lambda hour: (hour.gust_ms or 0, hour.wind_ms or 0))
    by_gust = (peak.gust_ms or 0) >= level[2] or (peak.wind_ms or 0) < (peak.gust_ms or 0)
    return Fact(
        topic="wind",
        importance=level[0],
        phrase="wind",
        period=period.index,
        label=level[1],
        part=part_of(peak.time, period) if windy * 2 <= len(period.moments) else None,
        gust_ms=peak.gust_ms if by_gust else None,
        mean_ms=None if by_gust else peak.wind_ms,
    )


def storm(period: Period) -> Fact | None:
    """A tornado or squalls by their codes, as likely as thunder has to be."""
    likely = (hour for hour in _coded(period) if hour.pop is None or hour.pop >= DANGER_POP)
    found = [STORMS[i] for hour in likely for i in hour.condition_ids if i in STORMS]
    if not found:
        return None
    importance, phrase = max(found)
    return Fact(topic="storm", importance=importance, phrase=phrase, period=period.index)


def extreme(period: Period) -> Fact | None:
    """Heat or cold that endangers people outdoors."""
    felt = [
        value
        for hour in period.moments
        for value in (hour.feels_like_c, hour.temperature_c)
        if value is not None
    ]
    label = (
        "heat"
        if max(felt) >= DANGEROUS_HEAT_C
        else "frostbite"
        if min(felt) <= FROSTBITE_C
        else None
    )
    if not label or (label == "heat" and period.name == "tonight"):
        return None
    return Fact(topic="extreme", importance=92, phrase=label, period=period.index)


def ice(period: Period, wet: Spell, raining_now: Hour | None) -> Fact | None:
    """Rain on frozen ground, else wet ground that freezes within twelve hours."""
    at = {hour.time: hour.temperature_c for hour in (*period.hours, *period.moments)}
    for w in wet:
        before = at.get(w.step.start, at.get(w.step.hour.time - w.step.hour.step))
        ends = (before, w.step.hour.temperature_c)
        if w.kind in ("rain", "mix") and any(c is not None and c <= 0 for c in ends):
            return Fact(topic="ice", importance=82, phrase="black_ice", period=period.index)
    puddles = [w.step.hour for w in wet] + ([raining_now] if raining_now else [])
    frozen = [
        hour.time
        for puddle in puddles
        for hour in period.moments
        if puddle.temperature_c > 0
        and hour.temperature_c <= ICY_C
        and timedelta(0) < hour.time - puddle.time <= ICY_WITHIN
    ]
    if not frozen:
        return None
    return Fact(
        topic="ice", importance=82, phrase="wet_freezes", period=period.index, at=min(frozen)
    )


def feels(period: Period) -> Fact | None:
    """The felt temperature by day, where it differs from the high or the low."""
    felt = [hour.feels_like_c for hour in period.waking() if hour.feels_like_c is not None]
    if not felt or period.name == "tonight":
        return None
    hot = max(felt) >= period.high_c + FEELS_DIFFERENCE_C and period.high_c >= FEELS_HOT_C
    cold = min(felt) <= period.low_c - FEELS_DIFFERENCE_C and period.low_c <= FEELS_COLD_C
    if not hot and not cold:
        return None
    temperature_c = max(felt) if hot else min(felt)
    return Fact(
        topic="feels",
        importance=74,
        phrase="feels",
        period=period.index,
        temperature_c=temperature_c,
    )


def colder(period: Period) -> Fact | None:
    """A day whose high comes before noon and is lost by the afternoon."""
    day = [hour for hour in period.moments if period.begins_on_day_of(hour.time)]
    peak = max(period.moments, key=lambda hour: hour.temperature_c)
    later = [hour for hour in day if period.local(hour.time).hour >= 15]
    if period.name != "day" or not later or peak not in day or period.local(peak.time).hour >= 12:
        return None
    if not at_least(peak.temperature_c - later[0].temperature_c, COLDER_C):
        return None
    return Fact(
        topic="colder",
        importance=72,
        phrase="turning_colder",
        period=period.index,
        temperature_c=later[0].temperature_c,
        at=later[0].time,
    )


def fog(period: Period) -> Fact | None:
    """Fog by its code, or visibility under 1 km that no snow, rain, smoke or dust causes."""
    thick = [
        hour
        for hour in period.moments
        if hour.visibility_m is not None and hour.visibility_m < FOG_M and not _veiled(hour)
    ]
    by_code = [hour for hour in _coded(period) if FOG_ID in hour.condition_ids]
    by_time = {hour.time: hour for hour in thick + by_code if kind_of(hour) not in ("snow", "mix")}
    found = [by_time[moment] for moment in sorted(by_time)]
    if not found:
        return None
    dense = any(hour.visibility_m is not None and hour.visibility_m < DENSE_FOG_M for hour in found)
    mostly = len(found) * 2 > len(period.moments) and period.name == "day"
    return Fact(
        topic="fog",
        importance=70,
        phrase="fog",
        period=period.index,
        label="dense_fog" if dense else "fog",
        part="most" if mostly else part_of(found[0].time, period),
    )


def _veiled(hour: Hour) -> bool:
    """Whether something else than fog takes the view."""
    kind = kind_of(hour)
    return bool((SMOKE_IDS | DUST_IDS) & set(hour.condition_ids)) or (
        kind is not None and is_wet(hour, kind)
    )


def air(period: Period) -> Fact | None:
    """Smoke or dust by its code, else bad air by OpenWeather's index."""
    if period.name == "tonight":
        return None
    ids = {i for hour in _coded(period) for i in hour.condition_ids}
    index = max((hour.air_quality_index or 0 for hour in period.moments), default=0)
    found = (
        (bool(ids & SMOKE_IDS), "smoky_air"),
        (bool(ids & DUST_IDS), "dusty_air"),
        (index >= VERY_POOR_AIR, "very_poor_air"),
        (index >= POOR_AIR, "poor_air"),
    )
    label = next((label for holds, label in found if holds), None)
    return Fact(topic="air", importance=68, phrase=label, period=period.index) if label else None


def frost(period: Period) -> Fact | None:
    """Freezing air on a calm morning or night, in a period that thaws.

    The caller rules out snow and ice.
    """
    night = period.name == "tonight"
    cold = [
        hour
        for hour in period.moments
        if hour.temperature_c <= 0
        and hour.wind_ms is not None
        and hour.wind_ms < FROST_WIND_MS
        and (night or _early(hour, period))
    ]
    if not cold or period.high_c <= 0:
        return None
    return Fact(
        topic="frost",
        importance=66,
        phrase="frost",
        period=period.index,
        part="morning" if period.name == "day" else None,
        temperature_c=min(hour.temperature_c for hour in cold),
    )


def _early(hour: Hour, period: Period) -> bool:
    return period.local(hour.time).hour < 10 and period.begins_on_day_of(hour.time)


def sky(period: Period) -> Fact | None:
    """Clouds between 7:00 and 19:00, and how surely it stays dry.

    The caller rules out wet periods.
    """
    if period.name == "tonight":
        return None
    if any(STORMS.keys() & set(hour.condition_ids) for hour in _coded(period)):
        return None
    seen = [
        hour for hour in period.moments if time(7) <= period.local(hour.time).time() <= time(19)
    ]
    day = [
        (period.local(hour.time).hour, hour.cloud_percent)
        for hour in seen
        if hour.cloud_percent is not None
    ]
    if not day:
        return None
    mean = fmean(cloud for _, cloud in day)
    early = [cloud for hour, cloud in day if hour < 13]
    late = [cloud for hour, cloud in day if hour >= 13]
    change = fmean(late) - fmean(early) if early and late else 0.0
    label = next((name for limit, name in SKY if mean <= limit), "cloudy")
    if abs(change) >= SKY_CHANGE_PERCENT:
        label = "sun_then_clouds" if change > 0 else "clouds_then_sun"
    if not any(hour.daylight for hour in seen) and any(hour.daylight is False for hour in seen):
        label = SUNLESS.get(label, label)
    return Fact(
        topic="sky",
        importance=54,
        phrase=f"sky_{_dryness(period)}",
        period=period.index,
        label=label,
    )


def _dryness(period: Period) -> str:
    pops = [step.hour.pop for step in period.steps]
    known = [pop for pop in pops if pop is not None]
    if not known or len(known) < len(pops):
        return "bare"
    highest = max(known)
    if highest < DRY_POP:
        return "dry"
    unlikely, maybe = ("snow_unlikely", "flakes") if period.high_c <= 0 else ("unlikely", "drops")
    return unlikely if highest < UNLIKELY_POP else maybe


def uv(period: Period) -> Fact | None:
    """The ultraviolet index, from 6."""
    index = max((hour.uv_index or 0 for hour in period.moments), default=0)
    label = next((label for least, label in UV if index >= least), None)
    if not label or period.name == "tonight":
        return None
    return Fact(topic="uv", importance=50, phrase=label, period=period.index, index=index)
