"""A fact: what it is about, how much it matters, and its values in SI units. Words come later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Topic = Literal[
    "alert", "feels", "now", "sky", "colder", "yesterday", "wet_now", "freezing", "snow", "rain",
    "first", "thunder", "ice", "frost", "storm", "wind", "fog", "air", "uv", "extreme", "sunset",
    "ahead", "advice",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time from `start` to `end` (UTC).

    Either is None where it coincides with that end of the period, or passes it.
    """

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class When:
    """One spell, two spells, or more.

    Of more, `spans` holds the first to the last, and `on_and_off` is set.
    `doubtful`: of two, the index of one that may well not come, beside one that surely does.
    """

    spans: tuple[Span, ...]
    on_and_off: bool = False
    doubtful: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that a text may say, by names in a words file and values.

    `phrase` and `label` are those names; the rest are values a phrase may use, None if unknown.
    `period` is the index of the period it belongs to. `starts` orders rain and snow. `needs`: said
    only beside one of these topics. `rest` counts alerts not named.
    """

    topic: Topic
    importance: int
    phrase: str
    period: int = 0
    label: str | None = None
    part: str | None = None
    name: str | None = None
    severe: bool = False
    when: When | None = None
    peak: Span | None = None
    begins: datetime | None = None
    at: datetime | None = None
    starts: datetime | None = None
    temperature_c: float | None = None
    difference_c: float | None = None
    gust_ms: float | None = None
    mean_ms: float | None = None
    rain_mm: float | None = None
    snow_cm: float | None = None
    pop: float | None = None
    index: float | None = None
    rest: int | None = None
    needs: frozenset[Topic] = frozenset()
