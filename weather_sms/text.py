"""One text, as its subscription wants it: its forecast -> briefing -> message."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from weather_sms.forecast import Forecast, Place
    from weather_sms.settings import Subscription
    from weather_sms.style import Style


@dataclass(frozen=True, slots=True)
class Words:
    """A text for an occurrence, and the part of it that is the same whenever it is composed."""

    text: str = field(repr=False)
    heading: str = field(repr=False)
    segments: int | None  # None where nobody counts them
    wanted: bool | None = True  # whether its condition holds; None: no service can tell


def style_of(subscription: Subscription, place: Place) -> Style:
    """Units and clock, as the subscription says, or as the place's country has them."""
    from weather_sms.style import style_for
    from weather_sms.words import words

    return style_for(place.country, subscription.units, words(subscription.language))


def compose(
    subscription: Subscription,
    place: Place,
    forecast: Forecast,
    zone: ZoneInfo,
    occurrence: datetime,
    now: datetime,
    with_time: bool = False,
    long: bool = False,
) -> Words:
    """The text for an occurrence, in the words, units and clock of its subscription. Raises NoForecast.

    `long`: the receiver's channel takes more than a segment, degree signs, and every letter.
    """
    from weather_sms import message
    from weather_sms.briefing import brief
    from weather_sms.briefing.only_if import met
    from weather_sms.words import words

    language, style = words(subscription.language), style_of(subscription, place)
    forecast = forecast.seen_from(max(occurrence, now).astimezone(zone).date(), zone)
    style = replace(style, degree="\N{DEGREE SIGN}") if long else style
    told = brief(forecast, occurrence, now, zone)
    made = message.compose(told, place.name, style, language, with_time, long=long)
    heading = message.heading(place.name, occurrence.astimezone(zone), style, language, with_time, long=long)
    wanted = met(subscription.only_if, told, forecast.alerts_known)
    return Words(made.text, heading, None if long else made.segments, wanted)
