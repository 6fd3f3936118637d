"""The text that would be sent now, without sending it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weather_sms.clock import Clock, SystemClock
from weather_sms.delivery.services import Services
from weather_sms.report.preview import Preview
from weather_sms.settings import Settings
from weather_sms.text.compose import compose, style_of

if TYPE_CHECKING:
    import httpx


def preview(
    settings: Settings, *, clock: Clock | None = None, transport: httpx.BaseTransport | None = None
) -> Preview:
    """Return the text the first subscription would get now; raise WeatherError or NoForecast."""
    clock = clock or SystemClock()
    subscription = settings.subscriptions[0]
    with closing(Services(settings, clock, transport)) as services:
        services.weather.ask_early([subscription.place])
        place, forecast = services.weather.at(subscription.place)
        zone = ZoneInfo(subscription.timezone or place.timezone)
        long = subscription.to.takes_long
        words = compose(subscription, place, forecast, zone, clock.now(), clock.now(), long=long)
        style = style_of(subscription, place)
        trouble = services.weather.trouble(subscription.place)
        return Preview(words.text, words.segments, place, forecast, style, zone, trouble)
