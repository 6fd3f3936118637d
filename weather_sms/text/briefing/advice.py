"""One piece of advice: the first that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from math import inf

from weather_sms.text.briefing.conditions import at_least
from weather_sms.text.briefing.fact import Fact, Topic
from weather_sms.text.briefing.period import MORNING_H, Period, local_midnight
from weather_sms.text.briefing.wet import (
    NIGHT_STARTS_H,
    UMBRELLA_POP,
    Spell,
    Wet,
    highest_pop,
    snow_depth_cm,
)

BOOTS_CM = 1.5
HOOD_GUST_MS = 15.6  # 35 mph
HOT_C = 32.0  # NWS: heat index "extreme caution", 90 F
SCRAPE_C = -1.0
WET_TOPICS: frozenset[Topic] = frozenset({"rain", "thunder", "snow", "wet_now"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """The material for advice: a period, its wet steps and facts, even those an alert silences."""

    period: Period
    wet: Spell
    facts: dict[Topic, Fact]

    def importance(self, topic: Topic) -> int:
        """Importance of the period's fact on a topic, 0 without one."""
        return self.facts[topic].importance if topic in self.facts else 0

    def felt_c(self) -> list[float]:
        """The felt temperatures by day (else those measured), in C."""
        return [
            h.temperature_c if h.feels_like_c is None else h.feels_like_c
            for h in self.period.waking()
        ]

    def umbrella_pop(self) -> float:
        """The chance by day of what an umbrella helps against, 0 to 1; unknown counts as 1."""
        if "wet_now" in self.facts and self.facts["wet_now"].phrase != "snowing_now":
            return 1.0
        mixed = "snow" in self.facts and self.facts["snow"].label == "mix"
        kinds = ("rain", "thunder", "mix") if mixed else ("rain", "thunder")
        day = tuple(w for w in self.wet if w.kind in kinds and _by_day(w, self.period))
        pop = highest_pop(day)
        return 0.0 if not day else 1.0 if pop is None else pop

    def snow(self) -> Spell:
        """The steps that are told as snow."""
        return tuple(w for w in self.wet if w.kind in ("snow", "mix"))

    def gust_ms(self) -> float:
        """The strongest gust of the period."""
        return max((hour.gust_ms or 0 for hour in self.period.moments), default=0)

    def hottest_c(self) -> float:
        """The highest temperature, felt or measured, between 6:00 and 20:00."""
        day = (
            h for h in self.period.moments if time(6) <= self.period.local(h.time).time() < time(20)
        )
        both = (
            (h.temperature_c, h.temperature_c if h.feels_like_c is None else h.feels_like_c)
            for h in day
        )
        return max((max(pair) for pair in both), default=-inf)

    def frost_c(self) -> float:
        """The temperature of the frost, above zero without one."""
        frost = self.facts.get("frost")
        return 1.0 if frost is None or frost.temperature_c is None else frost.temperature_c


def _by_day(wet: Wet, period: Period) -> bool:
    start, end, zone = wet.step.start, wet.step.end, period.zone
    days = {period.local(start).date(), period.local(end).date()}
    return any(
        start < local_midnight(d, zone, NIGHT_STARTS_H) and end > local_midnight(d, zone, MORNING_H)
        for d in days
    )


Rule = tuple[int, str, Callable[[Outlook], bool]]
RULES: tuple[Rule, ...] = (
    (80, "take_shelter", lambda o: o.importance("storm") == 95),
    (80, "stay_off_roads", lambda o: "freezing" in o.facts),
    (80, "stay_inside", lambda o: o.importance("wind") == 94),
    (80, "boots", lambda o: snow_depth_cm(o.snow()) >= BOOTS_CM),
    (80, "watch_step", lambda o: "ice" in o.facts),
    (80, "hood", lambda o: o.umbrella_pop() >= UMBRELLA_POP and o.gust_ms() >= HOOD_GUST_MS),
    (80, "umbrella", lambda o: o.umbrella_pop() >= UMBRELLA_POP),
    (80, "drink_water", lambda o: o.hottest_c() >= HOT_C),
    (80, "mask", lambda o: "air" in o.facts),
    (77, "tie_down", lambda o: o.importance("wind") == 78),
    (77, "umbrella_maybe", lambda o: o.umbrella_pop() > 0 and o.gust_ms() < HOOD_GUST_MS),
    (65, "scrape_car", lambda o: o.frost_c() <= SCRAPE_C),
    (49, "sunscreen", lambda o: "uv" in o.facts),
)  # fmt: skip


def advice(outlooks: list[Outlook]) -> Fact | None:
    """The first rule that holds in any period, else what to wear; tomorrow comes before tonight."""
    for importance, phrase, holds in RULES:
        for outlook in reversed(outlooks):
            if holds(outlook):
                return _fact(importance, phrase, outlook)
    felt = [
        (outlook, min(felt), max(felt))
        for outlook in reversed(outlooks)
        if (felt := outlook.felt_c())
    ]
    suits = (
        (phrase, outlook)
        for phrase, suit in CLOTHES
        for outlook, low, high in felt
        if suit(low, high)
    )
    return next((_fact(45, phrase, outlook) for phrase, outlook in suits), None)


# For the lowest and highest felt temperature by day (judgement)
CLOTHES: tuple[tuple[str, Callable[[float, float], bool]], ...] = (
    ("hat_and_gloves", lambda low_c, _: low_c <= -10),
    ("warm_coat", lambda low_c, high_c: low_c <= 2 and high_c <= 10),
    ("layers", lambda low_c, high_c: at_least(high_c - low_c, 10)),
    ("jacket", lambda low_c, _: low_c <= 10),
    ("light_jacket", lambda low_c, high_c: low_c <= 17 and high_c < 25),
    ("tshirt", lambda _, high_c: high_c >= 25),
    ("no_coat", lambda *_: True),
)


def _fact(importance: int, phrase: str, outlook: Outlook) -> Fact:
    needs = WET_TOPICS if phrase in ("umbrella", "hood", "umbrella_maybe") else frozenset[Topic]()
    return Fact(
        topic="advice",
        importance=importance,
        phrase=phrase,
        period=outlook.period.index,
        needs=needs,
    )
