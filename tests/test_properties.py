"""The rules of BRIEFING, section 6 (docs/briefing.md), checked independently on any forecast."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.gsm0338 import encode
from weather_sms.forecast import Forecast, Hour, NoForecast
from weather_sms.text.briefing import Briefing, When, brief
from weather_sms.text.briefing.fact import Fact
from weather_sms.text.briefing.period import Period
from weather_sms.text.message import compose
from weather_sms.text.style import style_for
from weather_sms.text.words import LANGUAGES, words

ZONES = (
    "America/Denver",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Kiritimati",
)
CODES = (
    200,
    211,
    300,
    301,
    500,
    501,
    502,
    511,
    520,
    521,
    600,
    601,
    611,
    616,
    701,
    711,
    741,
    751,
    800,
    801,
    804,
)
# around the changes of the clocks, and any other day
STARTS = (datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10,
24, tzinfo=UTC),
          datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 7, 14, tzinfo=UTC))  # fmt: skip
KINDS = ("freezing", "thunder", "snow", "rain")

amounts = st.sampled_from((0.0, 0.0, 0.0, 0.05, 0.1, 0.2, 0.25, 0.3, 0.6, 1.0, 2.5, 4.0, 8.0, 20.0))
chances = st.none() | st.sampled_from((0.0, 0.1, 0.19, 0.2, 0.29, 0.3, 0.45, 0.5, 0.65, 0.8, 1.0))


@st.composite
def forecasts(draw: st.DrawFn) -> tuple[Forecast, datetime, ZoneInfo]:
    """A forecast in steps of three hours or one, a moment for the text, and a zone."""
    step_h = draw(st.sampled_from((3, 1)))
    first = draw(st.sampled_from(STARTS)) + timedelta(hours=draw(st.integers(0, 30)))
    count = draw(st.integers(2, 16)) if step_h == 3 else draw(st.integers(2, 40))
    base = draw(st.floats(-30, 40))
    hours = tuple(
        draw(steps(first + timedelta(hours=step_h * i), step_h, base)) for i in range(count)
    )
    at = first + timedelta(minutes=draw(st.integers(-600, 60 * step_h * count)))
    seen = draw(st.none() | steps(at, 1, base))
    sunset = draw(st.none() | st.just(at + timedelta(hours=3)))
    return (
        Forecast(hours=hours, observation=seen, sunset=sunset),
        at,
        ZoneInfo(draw(st.sampled_from(ZONES))),
    )


@st.composite
def steps(draw: st.DrawFn, time: datetime, step_h: float, base_c: float) -> Hour:
    temperature_c = base_c + draw(st.floats(-8, 8))
    return Hour(
        time=time,
        step_h=step_h,
        temperature_c=temperature_c,
        feels_like_c=draw(st.none() | st.floats(temperature_c - 8, temperature_c + 8)),
        rain_mm=draw(amounts),
        snow_mm=draw(amounts) if temperature_c < 8 else 0.0,
        pop=draw(chances),
        wind_ms=draw(st.none() | st.floats(0, 30)),
        gust_ms=draw(st.none() | st.floats(0, 45)),
        cloud_percent=draw(st.none() | st.floats(0, 100)),
        visibility_m=draw(st.none() | st.sampled_from((50, 150, 500, 2000, 10000))),
        condition_ids=tuple(draw(st.lists(st.sampled_from(CODES), max_size=2))),
        uv_index=draw(st.none() | st.floats(0, 13)),
        air_quality_index=draw(st.none() | st.integers(1, 5)),
    )


def briefed(made: tuple[Forecast, datetime, ZoneInfo]) -> Briefing:
    try:
        return brief(made[0], made[1], made[1], made[2])
    except NoForecast:
        assume(False)
        raise


thorough = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow,
    HealthCheck.filter_too_much]
)  # fmt: skip


# The oracle: one step after the other, in BRIEFING's own words


def falls(hour: Hour) -> str | None:
    """Which kind of wet a step is, if it is worth a word on its own."""
    snow = 0.0 if hour.temperature_c > 5 else hour.snow_mm
    codes = [
        code for code in hour.condition_ids if not (600 <= code <= 699 and hour.temperature_c > 5)
    ]
    total = hour.rain_mm + snow
    if 511 in codes:
        kind = "freezing"
    elif [code for code in codes if code // 100 == 2]:
        kind = "thunder"
    elif [code for code in codes if 611 <= code <= 616] or (total and 0.2 <= snow / total <= 0.8):
        kind = "mix"
    elif total:
        kind = "snow" if snow / total > 0.5 else "rain"
    elif [code for code in codes if code // 100 == 6]:
        kind = "snow"
    elif [code for code in codes if code // 100 in (3, 5)]:
        kind = "rain"
    else:
        return None
    enough = total >= (0.1 if hour.step_h == 1 else 0.25)
    if hour.pop is None:
        return kind if enough else None
    least = 0.2 if kind in ("freezing", "thunder") else 0.3 if total else 0.5
    needs_amount = kind not in ("freezing", "thunder") and total > 0
    return kind if hour.pop >= least and (enough or not needs_amount) else None


def wet_in(period: Period) -> list[tuple[datetime, datetime, str, Hour]]:
    """The wet steps of a period, cut to it: those of which a third or more lies inside."""
    found = []
    for hour in period.hours:
        start = max(period.start, hour.time - timedelta(hours=hour.step_h))
        end = min(period.end, hour.time)
        kind = falls(hour)
        if kind and (end - start) >= timedelta(hours=hour.step_h) / 3:
            found.append((start, end, kind, hour))
    return found


def asleep(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether a stretch lies in one night, 22:00 to 6:00."""
    here = start.astimezone(zone)
    if 6 <= here.hour < 22:
        return False
    morning = here.date() + timedelta(days=here.hour >= 22)
    return end <= datetime(morning.year, morning.month, morning.day, 6, tzinfo=zone).astimezone(UTC)


def must_be_said(wet: list[tuple[datetime, datetime, str, Hour]], zone: ZoneInfo) -> set[str]:
    """Return kinds with a step that no night rule drops: by day, or not rain, or sure and much."""
    return {
        {"mix": "snow"}.get(kind, kind)
        for start, end, kind, hour in wet
        if kind != "rain" or not asleep(start, end, zone) or (
            (hour.pop is None or hour.pop >= 0.5)
            and (end - start) / timedelta(hours=hour.step_h) * hour.rain_mm >= 0.5
        )
    }  # fmt: skip


def covers(when: When, period: Period, start: datetime, end: datetime) -> bool:
    """Whether the hours that are said hold a stretch."""
    return any(
        (s.start or period.start) <= start and end <= (s.end or period.end) for s in when.spans
    )


def facts_of(briefing: Briefing, period: Period) -> dict[str, Fact]:
    return {fact.topic: fact for fact in briefing.facts if fact.period == period.index}


@given(forecasts())
@thorough
def test_rain_snow_and_thunder_are_said_if_and_only_if_they_are_worth_it(
    made: tuple[Forecast, datetime, ZoneInfo],
) -> None:
    briefing = briefed(made)
    for period in briefing.periods:
        wet, facts = wet_in(period), facts_of(briefing, period)
        said = {topic for topic in KINDS if topic in facts}
        worth = {{"mix": "snow"}.get(kind, kind) for _, _, kind, _ in wet}
        assert must_be_said(wet, made[2]) <= said <= worth


@given(forecasts())
@thorough
def test_the_hours_that_are_said_hold_every_wet_step(
    made: tuple[Forecast, datetime, ZoneInfo],
) -> None:
    briefing = briefed(made)
    for period in briefing.periods:
        facts = facts_of(briefing, period)
        for start, end, kind, _ in wet_in(period):
            topic = {"mix": "snow"}.get(kind, kind)
            fact = facts.get(topic)
            if fact and (topic != "rain" or not asleep(start, end, made[2])):
                assert fact.when is not None
                assert covers(fact.when, period, start, end), (fact.when, start, end)


@given(forecasts(), st.sampled_from(("US", "DE", "GB")), st.sampled_from(("imperial", "metric")))
@thorough
def test_high_and_low_are_those_of_the_moments_and_stand_in_the_text(
    made: tuple[Forecast, datetime, ZoneInfo], country: str, units: str
) -> None:
    briefing, style = briefed(made), style_for(country, units, words("en"))
    text = compose(briefing, "Place", style, words("en")).text
    for period in briefing.periods:
        seen = [
            hour.temperature_c for hour in made[0].hours if period.start <= hour.time <= period.end
        ]
        observed = made[0].observation
        if observed and period.start == made[1].astimezone(UTC):
            seen.append(observed.temperature_c)
        low, high = (style.temperature(edge(seen)) for edge in (min, max))
        unit = "F" if units == "imperial" else "C"
        assert (
            f"low {low}{unit}" in text
            or re.search(rf"(?<![\d-]){low}(-| to ){high}{unit}", text)
            or f"{low}{unit} all day" in text
        )


@given(
    forecasts(),
    st.sampled_from(LANGUAGES),
    st.sampled_from(("imperial", "metric")),
    st.text(max_size=60),
)
@thorough
def test_every_text_is_one_segment_with_its_heading_and_whole_words(
    made: tuple[Forecast, datetime, ZoneInfo], language: str, units: str, place: str
) -> None:
    spoken = words(language)
    message = compose(briefed(made), place, style_for("US", units, spoken), spoken)
    assert len(encode(message.text)) <= 160
    assert message.segments == 1
    assert ": " in message.text[:50]
    assert not re.search(r"(?<![\d])-0(?![\d.,])", message.text)
    assert message.text.endswith(".")
    assert not re.search(r"[{}\[\]]|\bNone\b", message.text.split(": ", 1)[1])


@given(forecasts())
@thorough
def test_nothing_contradicts_anything_else(made: tuple[Forecast, datetime, ZoneInfo]) -> None:
    briefing = briefed(made)
    for period in briefing.periods:
        facts = facts_of(briefing, period)
        topics = set(facts)
        if "sky" in topics:
            assert not topics & {"rain", "snow", "thunder", "freezing", "wet_now"}
            if facts["sky"].phrase == "sky_dry":
                assert all(
                    step.hour.pop is not None and step.hour.pop < 0.2 for step in period.steps
                )
        if "feels" in topics:
            felt = facts["feels"].temperature_c or 0.0
            assert not period.low_c <= felt <= period.high_c
        if "frost" in topics:
            assert period.low_c <= 0
        if any(fact.phrase == "heat" for fact in facts.values()):
            assert max(max(h.temperature_c, h.feels_like_c or -99) for h in period.moments) >= 27
    advice = [fact for fact in briefing.facts if fact.topic == "advice"]
    assert len(advice) <= 1
    if advice and advice[0].phrase in ("umbrella", "hood", "umbrella_maybe"):
        assert {fact.topic for fact in briefing.facts} & {
            "rain",
            "thunder",
            "snow",
            "freezing",
            "wet_now",
        }


@given(forecasts())
@thorough
def test_the_same_input_gives_the_same_text_and_units_change_no_fact(
    made: tuple[Forecast, datetime, ZoneInfo],
) -> None:
    briefing = briefed(made)
    assert briefed((replace(made[0]), made[1], made[2])).facts == briefing.facts
    style = style_for("US", None, words("en"))
    assert compose(briefing, "P", style, words("en")) == compose(briefing, "P", style, words("en"))


@given(forecasts())
@thorough
def test_the_hours_that_are_said_begin_and_end_wet_and_hold_no_dry_stretch(
    made: tuple[Forecast, datetime, ZoneInfo],
) -> None:
    briefing = briefed(made)
    for period in briefing.periods:
        wet = wet_in(period)
        kinds = {kind for _, _, kind, _ in wet}
        for topic, fact in facts_of(briefing, period).items():
            if topic not in KINDS or fact.when is None:
                continue
            mine = {"snow": {"snow", "mix"}, "rain": {"rain"} | ({"thunder"} & kinds)}.get(
                topic, {topic}
            )
            own = [(start, end) for start, end, kind, _ in wet if kind in mine]
            for span in fact.when.spans:
                begin, until = span.start or period.start, span.end or period.end
                assert span.start is None or span.start in [start for start, _ in own]
                assert span.end is None or span.end in [end for _, end in own]
                assert (
                    fact.when.on_and_off
                    or longest_gap(own, begin, until) < GAP[made[0].hours[0].step_h]
                )


GAP: dict[float, timedelta] = {3: timedelta(minutes=1), 1: timedelta(hours=3)}


def longest_gap(
    own: list[tuple[datetime, datetime]], begin: datetime, until: datetime
) -> timedelta:
    """The longest stretch between two wet steps inside a span."""
    inside = [(start, end) for start, end in own if begin <= start and end <= until]
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(inside)]
    return max(gaps, default=timedelta(0))
