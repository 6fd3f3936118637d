"""The rules for every text of the corpus, computed again from the weather."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.corpus import Text, cases, texts
from tests.support.gsm0338 import encode
from weather_sms.forecast import Hour

SKIES = ("sunny", "cloudy", "sun and clouds", "sun then clouds", "clouds then sun")
WET_WORDS = ("rain", "drizzle", "shower", "snow", "thunder")
ADVICE = (
    "Stay off the roads", "Keep away from trees", "Stay inside", "Wear boots", "Watch your step",
    "Hood, not umbrella",
    "Take an umbrella", "Umbrella just in case", "Umbrella", "Drink water, find shade",
    "Wear a mask", "Tie down loose things",
    "Scrape the car", "Wear sunscreen", "Hat and gloves", "Warm coat", "Dress in layers",
    "Bring a jacket", "Light jacket",
    "T-shirt weather", "No coat needed",
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus() -> list[Text]:
    return list(texts(cases()))


def spoken(text: Text) -> list[str]:
    """The sentences after the heading, without the look ahead, which is about another day."""
    body = text.message.text.split(": ", 1)[1]
    sentences = re.split(r"\. ", body.removesuffix("."))
    return [
        s
        for s in sentences
        if not re.search(r"weekend ahead|Saturday|Sunday|Rain tomorrow|Snow tomorrow", s)
    ]


def degrees(celsius: float, text: Text) -> int:
    value = celsius * 9 / 5 + 32 if text.units == "imperial" else celsius
    return int(abs(value) + 0.5 + 1e-9) * (-1 if value < 0 else 1)


def moments(text: Text, start: datetime, end: datetime) -> Iterator[float]:
    """Temperatures from `start` to `end`, found without the product's periods."""
    seen = text.case.forecast.observation
    if seen and start == text.at and abs(seen.time - text.at) <= timedelta(hours=2):
        yield seen.temperature_c
    yield from (
        hour.temperature_c for hour in text.case.forecast.hours if start <= hour.time <= end
    )


def local(day: datetime, hour: int, days: int, zone: ZoneInfo) -> datetime:
    """An hour of a day's wall clock, as an instant."""
    wall = datetime(day.year, day.month, day.day, hour, tzinfo=zone) + timedelta(days=days)
    return wall.astimezone(UTC)


def expected_high_low(text: Text) -> list[str]:
    zone, unit = text.case.zone, "F" if text.units == "imperial" else "C"
    here = text.at.astimezone(zone)
    if here.hour < 17:
        end = max(local(here, 0, 1, zone), text.at + timedelta(hours=12))
        return [_range(list(moments(text, text.at, end)), text, unit)]
    morning = local(here, 6, 1, zone)
    tonight = list(moments(text, text.at, morning))
    tomorrow = list(moments(text, morning, local(here, 0, 2, zone)))
    found = (
        [f"Tonight low {min(degrees(t, text) for t in tonight)}{unit}"] if len(tonight) > 1 else []
    )
    return found + ([f"Tomorrow {_range(tomorrow, text, unit)}"] if len(tomorrow) > 1 else [])


def _range(temperatures: list[float], text: Text, unit: str) -> str:
    low, high = degrees(min(temperatures), text), degrees(max(temperatures), text)
    return (
        f"{low}{unit} all day" if low == high else f"{low}{' to ' if low < 0 else '-'}{high}{unit}"
    )


def test_there_are_texts(corpus: list[Text]) -> None:
    assert len(corpus) > 100


def test_one_segment_of_the_sms_alphabet(corpus: list[Text]) -> None:
    for text in corpus:
        assert len(encode(text.message.text)) == text.message.septets <= 160
        assert text.message.segments == 1


def test_the_heading_comes_first_and_the_sentences_end(corpus: list[Text]) -> None:
    for text in corpus:
        day = text.at.astimezone(text.case.zone)
        date = f"{day:%b} {day.day}" if text.style.clock_12h else f"{day.day} {day:%b}"
        assert re.match(rf"[^:]+ {day:%a} {date}: ", text.message.text), text.message.text
        assert re.search(r"[a-z0-9)CFmh]\.$", text.message.text), text.message.text


def test_high_and_low_are_those_of_the_hours_ahead(corpus: list[Text]) -> None:
    for text in corpus:
        said = [s.split(",")[0] for s in spoken(text)]
        for expected in expected_high_low(text):
            assert expected in said, (expected, text.case.name, text.message.text)


def test_nothing_is_minus_nothing(corpus: list[Text]) -> None:
    assert [
        text.message.text for text in corpus if re.search(r"-0(?![\d.])", text.message.text)
    ] == []


def _steps(text: Text, index: int) -> list[Hour]:
    return [step.hour for step in text.briefing.periods[index].steps]


def _by_period(text: Text) -> list[list[str]]:
    """Sentences, the alert aside, by period: the second begins with "Tomorrow"."""
    parts: list[list[str]] = [[]]
    for sentence in spoken(text):
        if (
            sentence.startswith("Tomorrow ")
            and not sentence.startswith("Tomorrow colder")
            and parts[0]
        ):
            parts.append([])
        parts[-1].append(sentence)
    return parts


def test_dry_is_said_only_if_every_probability_is_known_and_small(corpus: list[Text]) -> None:
    for text in corpus:
        for index, sentences in enumerate(_by_period(text)):
            if any(re.search(r"\bdry\b", s) for s in sentences):
                assert all(h.pop is not None and h.pop < 0.2 for h in _steps(text, index)), (
                    text.message.text
                )


def test_no_sky_beside_rain_or_snow(corpus: list[Text]) -> None:
    for text in corpus:
        for sentences in _by_period(text):
            sky = [s for s in sentences if any(word in s for word in SKIES)]
            wet = [
                s
                for s in sentences
                if s not in sky and any(word in s.lower() for word in WET_WORDS)
            ]
            assert not (sky and wet), text.message.text


def test_an_umbrella_or_a_hood_needs_rain_in_the_text(corpus: list[Text]) -> None:
    for text in corpus:
        said = ". ".join(spoken(text))
        if re.search(r"[Uu]mbrella", said):
            assert re.search(r"[Rr]ain|[Dd]rizzle|[Ss]howers|[Tt]hunder|[Ss]now", said), (
                text.message.text
            )


def test_one_piece_of_advice_at_most_and_it_comes_last(corpus: list[Text]) -> None:
    for text in corpus:
        given = [sentence for sentence in spoken(text) if sentence in ADVICE]
        assert len(given) <= 1, text.message.text


def test_feels_like_is_said_only_outside_high_and_low(corpus: list[Text]) -> None:
    for text in corpus:
        for found in re.finditer(
            r"(-?\d+)(?:-| to )(-?\d+)[CF], feels (?:like )?(-?\d+)", text.message.text
        ):
            low, high, felt = map(int, found.groups())
            assert not low <= felt <= high, text.message.text


def test_no_heat_in_the_cold_and_no_frost_in_the_warm(corpus: list[Text]) -> None:
    for text in corpus:
        for index, sentences in enumerate(_by_period(text)):
            temperatures = [hour.temperature_c for hour in text.briefing.periods[index].moments]
            if "Dangerous heat" in sentences:
                assert max(temperatures) >= 27
            if any(s.startswith("Frost") and not s.startswith("Frostbite") for s in sentences):
                assert min(temperatures) <= 0


def test_rain_and_snow_are_said_if_and_only_if_they_are_worth_it(corpus: list[Text]) -> None:
    """Check the thresholds again, roughly: far above them something is said, far below nothing."""
    for text in corpus:
        parts = _by_period(text)
        if len(parts) != len(text.briefing.periods):
            continue
        for index, sentences in enumerate(parts):
            steps = text.briefing.periods[index].steps
            falls = [
                s.hour.rain_mm + (s.hour.snow_mm if s.hour.temperature_c <= 5 else 0) for s in steps
            ]
            day = [
                fall > 1 and (step.hour.pop is None or step.hour.pop >= 0.5)
                for fall, step in zip(falls, steps, strict=True)
            ]
            said = [
                s
                for s in sentences
                if re.search(r"\b(rain|drizzle|showers|snow|thunder\w*)\b", s, re.IGNORECASE)
            ]
            said = [s for s in said if "unlikely" not in s]
            if any(day):
                assert said or text.message.septets > 130, text.message.text
            if (
                not any(falls)
                and all((s.hour.pop or 0) < 0.2 for s in steps)
                and not text.case.forecast.observation
            ):
                assert not said, text.message.text


def test_the_same_weather_gives_the_same_text(corpus: list[Text]) -> None:
    again = texts({text.case.name: text.case for text in corpus}.values())
    assert [text.message.text for text in again] == [text.message.text for text in corpus]


def test_units_change_no_fact(corpus: list[Text]) -> None:
    for imperial, metric in zip(corpus[::2], corpus[1::2], strict=True):
        assert (imperial.units, metric.units) == ("imperial", "metric")
        assert imperial.briefing.facts == metric.briefing.facts
