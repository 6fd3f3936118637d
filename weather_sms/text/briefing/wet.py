"""Rain, snow, thunder and freezing rain: when, how surely, how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from weather_sms.forecast import Hour
from weather_sms.text.briefing.fact import Fact, Span, Topic, When
from weather_sms.text.briefing.period import MORNING_H, Period, Step, local_midnight

Kind = Literal["freezing", "thunder", "snow", "mix", "rain"]
Spell = tuple["Wet", ...]

MEASURABLE_MM = 0.25  # 0.01 in, the NWS's "measurable precipitation"; a one-hour step needs less
MEASURABLE_1H_MM = 0.1
LEAST_POP, DANGER_POP, CODE_ONLY_POP, UMBRELLA_POP = 0.3, 0.2, 0.5, 0.5
SNOW_MAX_C = 5.0  # above it, "snow" in a forecast is bad data
NIGHT_STARTS_H = 22
NIGHT_MIN_POP, NIGHT_MIN_MM = 0.5, 0.5
HOURLY_GAP = timedelta(hours=3)
PEAK_MIN_MM = 1.0
RAIN_MIN_MM, SNOW_MIN_CM = 2.5, 0.3
HEAVY_RAIN_MM, HEAVY_RAIN_1H_MM, LIGHT_RAIN_MM, LIGHT_RAIN_1H_MM = 7.5, 4.0, 0.7, 0.4
HEAVY_SNOW_MM, HEAVY_SNOW_1H_MM = 5.0, 2.5
HEAVY_RAIN_IDS = frozenset({502, 503, 504, 522})
MIX_IDS = range(611, 617)


@dataclass(frozen=True, slots=True)
class Wet:
    """A step worth calling wet, and with what. Amounts are the whole step's, in mm of water."""

    step: Step
    kind: Kind

    @property
    def rain_mm(self) -> float:
        """Rain of the whole step."""
        return self.step.hour.rain_mm

    @property
    def snow_mm(self) -> float:
        """Snow of the whole step, as water."""
        return snow_mm(self.step.hour)

    @property
    def inside_mm(self) -> float:
        """Rain and snow that fall inside the period."""
        return (self.rain_mm + self.snow_mm) * self.step.share


def snow_mm(hour: Hour) -> float:
    """The step's snow as water, without what cannot be snow."""
    return hour.snow_mm if hour.temperature_c <= SNOW_MAX_C else 0.0


def kind_of(hour: Hour) -> Kind | None:
    """Return what falls in a step, by OpenWeather's condition ids and amounts; None if nothing."""
    cold = hour.temperature_c <= SNOW_MAX_C
    ids = [i for i in hour.condition_ids if cold or not 600 <= i < 700]
    snow = snow_mm(hour)
    total = hour.rain_mm + snow
    if 511 in ids:
        return "freezing"
    if any(200 <= i < 300 for i in ids):
        return "thunder"
    if any(i in MIX_IDS for i in ids) or (total > 0 and 0.2 <= snow / total <= 0.8):
        return "mix"
    if total > 0:
        return "snow" if snow > hour.rain_mm else "rain"
    if any(600 <= i < 700 for i in ids):
        return "snow"
    return "rain" if any(300 <= i < 600 for i in ids) else None


def is_wet(hour: Hour, kind: Kind) -> bool:
    """Whether a step is worth a word: measurable and likely enough."""
    total = hour.rain_mm + snow_mm(hour)
    measurable = total >= (MEASURABLE_1H_MM if hour.step_h <= 1 else MEASURABLE_MM)
    if hour.pop is None:
        return measurable
    if kind in ("freezing", "thunder"):
        return hour.pop >= DANGER_POP
    if total == 0:
        return hour.pop >= CODE_ONLY_POP
    return measurable and hour.pop >= LEAST_POP


def wet_steps(period: Period) -> Spell:
    """The wet steps of a period in order, without light rain that only falls while people sleep."""
    kinds = ((step, kind_of(step.hour)) for step in period.steps)
    wet = tuple(Wet(step, kind) for step, kind in kinds if kind and is_wet(step.hour, kind))
    return tuple(w for spell in spells(wet) if not _sleeps_through(spell, period) for w in spell)


def spells(wet: Spell) -> list[Spell]:
    """Join steps into spells: those that touch, and hourly ones less than three hours apart."""
    found: list[list[Wet]] = [[wet[0]]] if wet else []
    for before, after in pairwise(wet):
        gap = after.step.start - before.step.end
        if gap <= timedelta(0) or (after.step.hour.step_h <= 1 and gap < HOURLY_GAP):
            found[-1].append(after)
        else:
            found.append([after])
    return [tuple(spell) for spell in found]


def _sleeps_through(spell: Spell, period: Period) -> bool:
    start = period.local(spell[0].step.start)
    night = start.hour >= NIGHT_STARTS_H or start.hour < MORNING_H
    day = start.date() + timedelta(days=start.hour >= NIGHT_STARTS_H)
    inside = night and spell[-1].step.end <= local_midnight(day, period.zone, MORNING_H)
    if not inside or any(w.kind != "rain" for w in spell):
        return False
    pops = [w.step.hour.pop for w in spell]
    unlikely = all(pop is not None and pop < NIGHT_MIN_POP for pop in pops)
    return unlikely or sum(w.inside_mm for w in spell) < NIGHT_MIN_MM


def highest_pop(wet: Spell) -> float | None:
    """The highest probability of precipitation (0 to 1) among the steps, None if none is known."""
    return max((w.step.hour.pop for w in wet if w.step.hour.pop is not None), default=None)


def wet_facts(period: Period, wet: Spell) -> list[Fact]:
    """One fact for each kind; mix joins snow, and thunder counts as rain beside other rain."""
    only_rain = tuple(w for w in wet if w.kind == "rain")
    thunder = tuple(w for w in wet if w.kind == "thunder")
    snow = tuple(w for w in wet if w.kind in ("snow", "mix"))
    rain = tuple(w for w in wet if w.kind in ("rain", "thunder")) if only_rain else ()
    freezing = tuple(w for w in wet if w.kind == "freezing")
    thunder_label = "thunder" if only_rain else "thunderstorms"
    facts = (
        _fact("freezing", 96, "freezing_rain", freezing, period, rain_mm=_rain_mm(freezing)),
        _fact(
            "thunder",
            90,
            thunder_label,
            thunder,
            period,
            rain_mm=None if only_rain else _rain_mm(thunder),
        ),
        _fact("snow", 86, _snow_label(snow), snow, period, snow_cm=_snow_cm(snow)),
        _fact("rain", 84, _rain_label(rain), rain, period, rain_mm=_rain_mm(rain)),
    )
    return [fact for fact in facts if fact]


def _fact(
    topic: Topic,
    importance: int,
    label: str,
    wet: Spell,
    period: Period,
    rain_mm: float | None = None,
    snow_cm: float | None = None,
) -> Fact | None:
    if not wet:
        return None
    pop = highest_pop(wet)
    when = _when(spells(wet), period)
    peak = max(wet, key=lambda w: w.inside_mm)
    said_peak = when.on_and_off and peak.inside_mm >= PEAK_MIN_MM
    return Fact(
        topic=topic,
        importance=importance,
        phrase=_certainty(wet),
        period=period.index,
        label=label,
        when=when,
        peak=Span(peak.step.start, peak.step.end) if said_peak else None,
        starts=wet[0].step.start,
        pop=pop,
        rain_mm=rain_mm,
        snow_cm=snow_cm,
    )


def _when(found: list[Spell], period: Period) -> When:
    def span(first: Wet, last: Wet) -> Span:
        start, end = first.step.start, last.step.end
        return Span(None if start <= period.start else start, None if end >= period.end else end)

    if len(found) > 2:
        return When((span(found[0][0], found[-1][-1]),), on_and_off=True)
    return When(tuple(span(spell[0], spell[-1]) for spell in found), doubtful=_doubtful(found))


def _doubtful(found: list[Spell]) -> int | None:
    certain = [_certainty(spell) for spell in found]
    return certain.index("wet_maybe") if sorted(certain) == ["wet_maybe", "wet_sure"] else None


def _certainty(wet: Spell) -> str:
    """The phrase for the highest probability, in tenths as it is said (the NWS's words)."""
    pop = highest_pop(wet)
    tenths = None if pop is None else int(pop * 10 + 0.5 + 1e-9)
    return (
        "wet_sure"
        if tenths is None or tenths >= 8
        else "wet_likely"
        if tenths >= 6
        else "wet_maybe"
    )


def _rain_mm(wet: Spell) -> float | None:
    total = sum(w.rain_mm * w.step.share for w in wet)
    return total if total >= RAIN_MIN_MM else None


def _snow_cm(wet: Spell) -> float | None:
    total = snow_depth_cm(wet)
    return total if total >= SNOW_MIN_CM else None


def snow_depth_cm(wet: Spell) -> float:
    """Depth of new snow: 1 cm per mm of water, half above 0.5 C, none above 2 C (judgement)."""

    def settles(temperature_c: float) -> float:
        return 0.0 if temperature_c > 2 else 0.5 if temperature_c > 0.5 else 1.0

    return sum(w.snow_mm * w.step.share * settles(w.step.hour.temperature_c) for w in wet)


def _rain_label(wet: Spell) -> str:
    hours = [w.step.hour for w in wet]
    codes = [set(hour.condition_ids) for hour in hours]
    if any(ids & HEAVY_RAIN_IDS for ids in codes) or any(
        hour.rain_mm >= (HEAVY_RAIN_1H_MM if hour.step_h <= 1 else HEAVY_RAIN_MM) for hour in hours
    ):
        return "heavy_rain"
    if all(any(300 <= i < 400 for i in ids) for ids in codes):
        return "drizzle"
    if all(any(520 <= i <= 531 for i in ids) for ids in codes):
        return "showers"
    light = all(h.rain_mm < (LIGHT_RAIN_1H_MM if h.step_h <= 1 else LIGHT_RAIN_MM) for h in hours)
    return "light_rain" if light else "rain"


def _snow_label(wet: Spell) -> str:
    if wet and all(w.kind == "mix" for w in wet):
        return "mix"
    heavy = any(
        w.snow_mm >= (HEAVY_SNOW_1H_MM if w.step.hour.step_h <= 1 else HEAVY_SNOW_MM) for w in wet
    )
    return "heavy_snow" if heavy else "snow"
