"""Pure: one fact -> its wordings, from long to short, in the words of a language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from weather_sms.text import gsm7
from weather_sms.text.briefing import Briefing, Fact, Period, Span, When
from weather_sms.text.style import DUSTING_CM, ClockFace, Style, hour_after, hour_before, rounded
from weather_sms.text.words import Words

OPTIONAL = re.compile(r"\[([^]]*)\]")
NAME = re.compile(r"\{(\w+)\}")
LONG_ALERT = 30
WEEKDAYS_ARE_CLEAR = timedelta(days=6)  # from then on a weekday is taken for the one before

T = TypeVar("T")
Values = dict[str, str | None]


class Phrases:
    """Puts the facts of one briefing into words."""

    def __init__(self, briefing: Briefing, style: Style, words: Words) -> None:
        self._briefing, self._style, self._words = briefing, style, words
        self._clock = ClockFace(style, words)

    def high_low(self, period: Period) -> str:
        """The lowest and highest temperature of a period; of the night, the lowest."""
        low, high = self._style.temperature(period.low_c), self._style.temperature(period.high_c)
        templates = self._words.temperatures
        if period.name == "tonight":
            return templates["tonight"].format(low=low, unit=self._style.unit)
        name = "same" if low == high else "range_below_zero" if low < 0 else "range"
        spoken = templates[name].format(low=low, high=high, unit=self._style.unit)
        if period.name != "day":
            return templates["tomorrow"].format(range=spoken)
        if period.begins_on_day_of(self._briefing.occurrence):
            return spoken
        return f"{self._words.days[period.local(period.start).weekday()]} {spoken}"

    def wordings(self, fact: Fact) -> list[str]:
        """Every way to say a fact, from long to short, without repetition."""
        values = self._values(fact)
        phrases = self._words.phrases
        ways = phrases.get(f"{fact.phrase} {fact.label}", phrases[fact.phrase])
        return list(dict.fromkeys(fill(phrase, values) for phrase in ways))

    def _values(self, fact: Fact) -> Values:
        words, style = self._words, self._style
        label, short = self._labels(fact)
        amount, about = self._amount(fact)
        return {
            "label": label,
            "short": short,
            "Label": maybe(label, _capital),
            "Short": maybe(short, _capital),
            "dry": self._dry(fact),
            "name": maybe(fact.name, lambda name: alert_name(name, fact.severe, words)),
            "hours": self._alert_hours(fact)
            or maybe(fact.when, lambda when: self._when(when, fact)),
            "most": maybe(
                fact.peak, lambda peak: words.hours["most"].format(hours=self._span(peak))
            ),
            "part": maybe(fact.part, lambda part: words.parts[part]),
            "time": maybe(fact.at, lambda at: self._clock.alone(self._local(at))),
            "from": maybe(fact.at, lambda at: self._clock.said("from", self._local(at))),
            "exact_time": maybe(fact.at, lambda at: self._clock.exact(self._local(at))),
            "temperature": maybe(fact.temperature_c, lambda c: str(style.temperature(c))),
            "degrees": maybe(fact.temperature_c, lambda c: f"{style.temperature(c)}{style.unit}"),
            "difference": maybe(fact.difference_c, lambda c: str(style.difference(c))),
            "gust": maybe(fact.gust_ms, self._wind),
            "mean": maybe(fact.mean_ms, self._wind),
            "amount": amount,
            "about": about,
            "percent": maybe(fact.pop, lambda pop: f"{rounded(pop * 100, 10)}%"),
            "index": maybe(fact.index, lambda index: str(rounded(index))),
            "rest": maybe(fact.rest, str),
        }

    def _labels(self, fact: Fact) -> tuple[str | None, str | None]:
        labels = self._words.labels[fact.label] if fact.label else None
        return (labels[0], labels[-1]) if labels else (None, None)

    def _dry(self, fact: Fact) -> str | None:
        return self._words.labels[f"{fact.label} dry"][0] if fact.phrase == "sky_dry" else None

    def _amount(self, fact: Fact) -> tuple[str | None, str | None]:
        if fact.snow_cm is not None and fact.snow_cm < DUSTING_CM:
            return self._words.dusting, self._words.dusting
        if fact.snow_cm is None and fact.rain_mm is None:
            return None, None
        number = (
            self._style.rain(fact.rain_mm)
            if fact.rain_mm is not None
            else self._style.snow(fact.snow_cm or 0)
        )
        amount = number.replace(".", self._words.decimal)
        return amount, self._words.about.format(amount=amount)

    def _wind(self, speed_ms: float) -> str:
        return self._style.wind(speed_ms).replace("km/h", self._words.km_h)

    def _when(self, when: When, fact: Fact) -> str:
        spans = [self._span(span, fact) for span in when.spans]
        if when.on_and_off:
            return self._words.hours["on_and_off"].format(hours=spans[0])
        if len(spans) == 1:
            return spans[0]
        if when.doubtful is not None:
            return self._words.hours["two_maybe"].format(
                sure=spans[1 - when.doubtful], maybe=spans[when.doubtful]
            )
        return self._words.hours["two"].format(first=spans[0], second=spans[1])

    def _span(self, span: Span, fact: Fact | None = None) -> str:
        hours = self._words.hours
        if span.start is None and span.end is None:
            night = fact is not None and self._briefing.periods[fact.period].name == "tonight"
            return hours["all_night" if night else "all_day"]
        start = span.start and hour_before(self._local(span.start))
        end = span.end and hour_after(self._local(span.end))
        if start and end:
            return self._clock.range(start, end)
        if start:
            return self._clock.said("from", start)
        assert end is not None
        return self._clock.said("until", end)

    def _alert_hours(self, fact: Fact) -> str | None:
        if fact.topic != "alert" or fact.at is None:
            return None
        end = hour_after(self._local(fact.at))
        if fact.at - self._briefing.periods[0].start > WEEKDAYS_ARE_CLEAR:
            return None
        if fact.begins is None:
            return self._on_its_day("until", end)
        start = hour_before(self._local(fact.begins))
        values = {"from": self._on_its_day("from", start), "until": self._on_its_day("until", end)}
        return self._words.hours["alert"].format(
            start=self._on_its_day("on", start), end=self._on_its_day("on", end), **values
        )

    def _on_its_day(self, how: Literal["from", "until", "on"], moment: datetime) -> str:
        """A time, with its weekday unless it is the day of the text.

        Midnight belongs to the day it ends.
        """
        day = (
            (moment - timedelta(minutes=1)).date()
            if (moment.hour, moment.minute) == (0, 0)
            else moment.date()
        )
        if day != self._local(self._briefing.periods[0].start).date():
            return self._clock.said(f"{how}_day", moment, day=self._words.days[day.weekday()])
        return self._clock.alone(moment) if how == "on" else self._clock.said(how, moment)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._briefing.zone)


def maybe(value: T | None, write: Callable[[T], str]) -> str | None:
    """A value in words, or None where there is none."""
    return None if value is None else write(value)


def fill(phrase: str, values: Values) -> str:
    """Fill a phrase; what stands in brackets goes where one of its values is not known."""

    def known(match: re.Match[str]) -> str:
        return match[1] if all(values.get(name) for name in NAME.findall(match[1])) else ""

    return NAME.sub(lambda match: values[match[1]] or "", OPTIONAL.sub(known, phrase))


def alert_name(event: str, severe: bool, words: Words) -> str:
    """A warning's name in the SMS alphabet, in capitals if severe, shortened by rule if long."""
    name = gsm7.transliterate(event)
    if len(name) > LONG_ALERT:
        for long, short in words.alert_short.items():
            name = name.replace(long, short)
    return gsm7.transliterate(name.upper()) if severe else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
