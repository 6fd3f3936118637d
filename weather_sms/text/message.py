"""Pure: facts -> one text in one SMS segment, in reading order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from weather_sms.text import gsm7
from weather_sms.text.briefing import Briefing, Fact, Period
from weather_sms.text.phrases import Phrases
from weather_sms.text.style import ClockFace, Style
from weather_sms.text.words import Words

PLACE_SEPTETS = 24
MUST_SAY = 76
# What a name that is cut must not end in, as gsm7 writes it: articles, prepositions, "and", "Saint"
LEADS_ON = frozenset({
    "&", "a", "a.d", "aan", "al", "am", "an", "and", "at", "au", "aux", "bei", "by", "chez", "d",
    "da", "das", "de", "degli", "dei", "del", "dell", "della", "delle", "den", "der", "des", "di",
    "die", "do", "dos", "du", "e", "el", "em", "en", "et", "het", "i", "i.d", "il", "im", "in",
    "la", "las", "le", "les", "lez", "lo", "los", "lès", "na", "no", "o", "of", "och", "og", "on",
    "op", "près", "på", "saint", "sainte", "san", "sankt", "santa", "santo", "sao", "sous", "st",
    "ste", "sul", "sulla", "sur", "te", "the", "und", "under", "unter", "upon", "v.d", "van", "ved",
    "vom", "von", "vor", "y", "zu", "zum", "zur", "à",
})  # fmt: skip
WORD = re.compile(r"[^ /-]+")
LONG_FORM = 240  # characters; room for a fact or two more, and still read at a glance
HEAD = ("feels", "now", "sky")
ORDER = (
    ("colder",), ("yesterday",), ("wet_now",), ("freezing",), ("snow", "rain"), ("first",),
    ("thunder",), ("ice", "frost"), ("storm",), ("wind",), ("fog",), ("air", "uv"), ("extreme",),
    ("sunset",), ("ahead",), ("advice",),
)  # fmt: skip
RANK = {topic: rank for rank, topics in enumerate(ORDER) for topic in topics}

Chosen = dict[Fact, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A text and what it costs."""

    text: str

    @property
    def segments(self) -> int:
        """SMS segments it is billed as."""
        return gsm7.segments(self.text)

    @property
    def septets(self) -> int:
        """Its length, in septets while it is GSM-7."""
        return gsm7.septets(self.text)

    @property
    def encoding(self) -> gsm7.Encoding:
        """The alphabet it needs."""
        return gsm7.encoding(self.text)


def compose(
    briefing: Briefing,
    place: str,
    style: Style,
    words: Words,
    with_time: bool = False,
    *,
    long: bool = False,
) -> Message:
    """Write the heading, each period's high and low, and the main facts that fit into one segment.

    `long`: for a channel without segments, which also takes every letter of the language.
    """
    spelled = words if long else words.in_gsm7
    phrases = Phrases(briefing, style, spelled)
    start = heading(
        place, briefing.occurrence.astimezone(briefing.zone), style, words, with_time, long=long
    )
    wordings = {fact: phrases.wordings(fact) for fact in briefing.facts}

    def text(chosen: Chosen) -> str:
        return start + " ".join(
            f"{sentence}." for sentence in _sentences(briefing.periods, phrases, chosen)
        )

    def fits(chosen: Chosen) -> bool:
        whole = text(chosen)
        return len(whole) <= LONG_FORM if long else gsm7.segments(whole) == 1

    return Message(text(_pack(wordings, fits)))


def heading(
    place: str,
    occurrence: datetime,
    style: Style,
    words: Words,
    with_time: bool = False,
    *,
    long: bool = False,
) -> str:
    """Return `Place Mon Nov 23: ` for the occurrence's local date.

    The same place and date give the same heading.
    `with_time` adds the clock time: the heading of a text that stands for no occurrence.
    """
    spelled = words if long else words.in_gsm7
    template = spelled.heading_12h if style.clock_12h else spelled.heading_24h
    day, month = spelled.days[occurrence.weekday()], spelled.months[occurrence.month - 1]
    name = place_name(place, spelled.weather)
    start = template.format(place=name, day=day, month=month, date=occurrence.day)
    return f"{start} {ClockFace(style, spelled).exact(occurrence)}: " if with_time else f"{start}: "


def place_name(place: str, nameless: str = "Weather") -> str:
    """A place's name in the SMS alphabet, short enough for a heading.

    It goes to the first comma, without colons, in whole words to 24 septets.
    A word ends at a space, a hyphen or a slash; only one that is too long by itself is cut.
    `nameless` stands where nothing of the name can be written.
    """
    plain = gsm7.transliterate(place.split(",")[0].replace(":", " "))
    return (
        _cut(" ".join(word for word in plain.replace(":", " ").split() if word.strip("?")))
        or nameless
    )


def _cut(name: str) -> str:
    if _fits_heading(name):
        return name
    words = list(WORD.finditer(name))
    ends = [word.end() for word in words if word[0].strip(".(").lower() not in LEADS_ON]
    whole = [name[:end] for end in ends if _fits_heading(name[:end])]
    return (
        whole[-1]
        if whole
        else next(filter(_fits_heading, (name[:end] for end in range(len(name), 0, -1))))
    )


def _fits_heading(name: str) -> bool:
    return gsm7.septets(name) <= PLACE_SEPTETS


def _pack(wordings: dict[Fact, list[str]], fits: Callable[[Chosen], bool]) -> Chosen:
    """Choose what must be said, at its shortest, then everything that fits, by importance."""
    chosen: Chosen = {}
    for fact, choices in wordings.items():
        if (
            fact.importance >= MUST_SAY
            and _allowed(fact, chosen)
            and fits({**chosen, fact: choices[-1]})
        ):
            chosen[fact] = choices[-1]
    for fact, choices in wordings.items():
        longest = next(
            (c for c in choices if _allowed(fact, chosen) and fits({**chosen, fact: c})), None
        )
        if longest is not None:
            chosen[fact] = longest
    return chosen


def _allowed(fact: Fact, chosen: Chosen) -> bool:
    beside = (
        o.topic
        for o in chosen
        if o.period == fact.period and (o.topic != "snow" or o.label == "mix")
    )
    return not fact.needs or any(topic in fact.needs for topic in beside)


def _sentences(periods: tuple[Period, ...], phrases: Phrases, chosen: Chosen) -> list[str]:
    sentences = [words for fact, words in chosen.items() if fact.topic == "alert"]
    for period in periods:
        own = {fact: words for fact, words in chosen.items() if fact.period == period.index}
        head = [words for topic in HEAD for fact, words in own.items() if fact.topic == topic]
        sentences.append(", ".join([phrases.high_low(period), *head]))
        body = sorted((fact for fact in own if fact.topic in RANK), key=_reading_order)
        sentences += [own[fact] for fact in body]
    return sentences


def _reading_order(fact: Fact) -> tuple[int, float]:
    return RANK[fact.topic], fact.starts.timestamp() if fact.starts else 0.0
