"""The product, as a story: weather -> briefing -> message -> hand over -> report."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weather_sms.clock import Clock, SystemClock
from weather_sms.forecast import Forecast, NoForecast, Place
from weather_sms.place import Coordinates, Query
from weather_sms.report import Outcome, Report
from weather_sms.settings import Settings, Subscription

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from weather_sms.channels.twilio import Twilio
    from weather_sms.message import Message
    from weather_sms.weather.openweather import OpenWeather

PLACES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Weather:
    """A place and what is ahead there."""

    place: Place
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Preview:
    """A text that could be sent now."""

    message: Message
    place: Place
    source: str = "openweather"


def tick(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    send_now: bool = False,  # noqa: ARG001 part of the contract; there is no schedule yet that it could overrule
    dry_run: bool = False,
) -> Report:
    """Hand over every text that is due; one failure does not stop the others.

    There is no schedule yet: every subscription is due, as with `send_now`. All HTTP goes through `transport`,
    all time through `clock`. Failures end up in the report, not in an exception.
    """
    clock = clock or SystemClock()
    now = clock.now()
    with _network(settings, clock, transport) as (client, openweather), ThreadPoolExecutor(PLACES_AT_ONCE) as pool:
        weather = {query: pool.submit(_weather, openweather, query) for query in _places(settings)}
        _import_while_waiting()
        channel = None if dry_run else _twilio(settings, client, clock)
        outcomes = [
            _serve(number, subscription, weather[subscription.place], channel, now)
            for number, subscription in enumerate(settings.subscriptions, 1)
        ]
    return Report(tuple(outcomes))


def preview(settings: Settings, *, clock: Clock | None = None, transport: httpx.BaseTransport | None = None) -> Preview:
    """The text the first subscription would get now. Raises WeatherError or NoForecast with a sentence."""
    clock = clock or SystemClock()
    subscription = settings.subscriptions[0]
    with _network(settings, clock, transport) as (_, openweather):
        weather = _weather(openweather, subscription.place)
    return Preview(_compose(subscription, weather, clock.now()), weather.place)


def _serve(
    number: int, subscription: Subscription, found: Future[Weather], channel: Twilio | None, now: datetime
) -> Outcome:
    """One subscription, from its weather to its outcome."""
    from weather_sms.channels import NotAccepted, Unanswered
    from weather_sms.weather import WeatherError

    about = Outcome(
        subscription=number, occurrence=now.isoformat(timespec="seconds"), status="sent", receiver=subscription.to
    )
    try:
        weather = found.result()
        message = _compose(subscription, weather, now)
    except NoForecast as error:
        return replace(about, status="no_weather", detail=str(error))
    except WeatherError as error:
        return replace(about, status="no_weather", detail=str(error), public_detail=error.public)
    local = now.astimezone(_zone(subscription, weather.place))
    about = replace(
        about,
        occurrence=local.isoformat(timespec="seconds"),
        segments=message.segments,
        text=message.text,
        place=weather.place.name,
    )
    if channel is None:
        return replace(about, status="dry_run")
    try:
        return replace(about, sid=channel.hand_over(subscription.to, message.text).sid)
    except NotAccepted as error:
        return replace(about, status="rejected", detail=str(error))
    except Unanswered as error:
        return replace(about, status="unknown", detail=str(error))


def _places(settings: Settings) -> Iterator[Query]:
    """Each place once, however many subscribe to it."""
    return iter(dict.fromkeys(subscription.place for subscription in settings.subscriptions))


def _weather(openweather: OpenWeather, query: Query) -> Weather:
    """Find the place and fetch its weather; with coordinates both at the same time."""
    if not isinstance(query, Coordinates):
        place = openweather.locate(query)
        return Weather(place, openweather.forecast(place.latitude, place.longitude))
    with ThreadPoolExecutor(1) as side:
        forecast = side.submit(openweather.forecast, query.latitude, query.longitude)
        place = openweather.locate(query)
    return Weather(place, forecast.result())


def _compose(subscription: Subscription, weather: Weather, now: datetime) -> Message:
    from weather_sms.briefing import brief
    from weather_sms.message import compose
    from weather_sms.style import style_for
    from weather_sms.words import words

    language = words(subscription.language)
    style = style_for(weather.place.country, subscription.units, language)
    briefing = brief(weather.forecast, now, now, _zone(subscription, weather.place))
    return compose(briefing, weather.place.name, style, language)


def _zone(subscription: Subscription, place: Place) -> ZoneInfo:
    return ZoneInfo(subscription.timezone or place.timezone)


def _import_while_waiting() -> None:
    """What is needed once the weather is there, and takes a while to load: the zones' polygons above all."""
    from weather_sms import briefing, message, place, style  # noqa: F401

    place.timezone(0, 0)


@contextmanager
def _network(
    settings: Settings, clock: Clock, transport: httpx.BaseTransport | None
) -> Iterator[tuple[httpx.Client, OpenWeather]]:
    from weather_sms.http import open_client
    from weather_sms.weather.openweather import OpenWeather

    with open_client(transport) as client:
        yield (
            client,
            OpenWeather(client, settings.openweather_api_key.reveal(), settings.openweather_base_url, clock),
        )


def _twilio(settings: Settings, client: httpx.Client, clock: Clock) -> Twilio:
    """The channel. Its SDK is slow to import, which is done here, while the weather is on its way."""
    from weather_sms.channels.twilio import Twilio

    login = settings.twilio
    assert login is not None, "settings for sending hold Twilio's"
    return Twilio(
        client,
        clock,
        settings.twilio_base_url,
        account_sid=login.account_sid,
        username=login.username,
        password=login.password.reveal(),
        sender=login.sender,
        messaging_service_sid=login.messaging_service_sid,
    )
