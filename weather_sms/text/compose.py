"""One text, as its receiver wants it: a forecast -> briefing -> message."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from weather_sms.forecast import Forecast, Place
from weather_sms.text import message
from weather_sms.text.briefing import brief
from weather_sms.text.briefing.only_if import met
from weather_sms.text.style import Style, style_for
from weather_sms.text.words import words


class Wishes(Protocol):
    """A receiver's wishes for the text: the part of a subscription that its words depend on."""

    @property
    def units(self) -> str | None:
        """`imperial` or `metric`; None: as the place's country has them."""
        ...

    @property
    def language(self) -> str:
        """One of `words.LANGUAGES`."""
        ...

    @property
    def only_if(self) -> tuple[str, ...]:
        """Conditions, any of which is enough; without one every day is good."""
        ...


@dataclass(frozen=True, slots=True)
class Composed:
    """A text for an occurrence, and the part of it that is the same whenever it is composed."""

    text: str = field(repr=False)
    heading: str = field(repr=False)
    segments: int | None  # None where nobody counts them
    wanted: bool | None = True  # whether its condition holds; None: no service can tell
    urgent: bool = False  # whether an official warning is in force when it comes


def style_of(wishes: Wishes, place: Place) -> Style:
    """Units and clock, as the receiver wishes, or as the place's country has them."""
    return style_for(place.country, wishes.units, words(wishes.language))


def compose(
    wishes: Wishes,
    place: Place,
    forecast: Forecast,
    zone: ZoneInfo,
    occurrence: datetime,
    now: datetime,
    with_time: bool = False,
    long: bool = False,
) -> Composed:
    """The text for an occurrence, in the words, units and clock of its wishes. Raises NoForecast.

    `long`: the receiver's channel takes more than a segment, degree signs, and every letter.
    """
    language, style = words(wishes.language), style_of(wishes, place)
    forecast = forecast.seen_from(max(occurrence, now).astimezone(zone).date(), zone)
    style = replace(style, degree="\N{DEGREE SIGN}") if long else style
    told = brief(forecast, occurrence, now, zone)
    made = message.compose(told, place.name, style, language, with_time, long=long)
    heading = message.heading(
        place.name, occurrence.astimezone(zone), style, language, with_time, long=long
    )
    wanted = met(wishes.only_if, told, forecast.alerts_known)
    segments = None if long else made.segments
    return Composed(made.text, heading, segments, wanted, told.warning_in_force)
