"""The weather and the channel: opened when first needed, asked at once, and each thing once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from weather_sms.channels.open import Channels
from weather_sms.forecast import Forecast, Place
from weather_sms.place import Coordinates, Query
from weather_sms.place import country as country_of
from weather_sms.place import timezone as zone_of
from weather_sms.weather import SIDE_S, NoSuchPlace, WeatherError
from weather_sms.weather.extras import Asked, Senses

if TYPE_CHECKING:
    import httpx

    from weather_sms.clock import Clock
    from weather_sms.github_api import GitHubApi
    from weather_sms.settings import Settings
    from weather_sms.weather.known_places import Atlas
    from weather_sms.weather.nws import Nws
    from weather_sms.weather.open_meteo import OpenMeteo
    from weather_sms.weather.openweather import OpenWeather

REQUESTS_AT_ONCE = 16
T = TypeVar("T")
Known = Mapping[Query, tuple[Place, Forecast]]


class Services:
    """The weather and the channel, opened when they are first needed.

    Every place and every log is asked once. OpenWeather is asked first; where it fails, or without
    a key, Open-Meteo. `atlas`: the places that are known.
    """

    atlas: Atlas | None = None

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        transport: httpx.BaseTransport | None,
        known: Known | None = None,
    ) -> None:
        self._settings, self._clock, self._transport = settings, clock, transport
        self._stack, self._lock = ExitStack(), RLock()
        self._places: dict[Query, Future[Place]] = {}
        self._forecasts: dict[Query, Future[Forecast]] = {}
        self._senses: dict[Query, Senses] = {}
        self._senses_until: float | None = None
        self._ready: dict[Query, Forecast] = {}
        self._kept: set[Query] = set()
        self._troubles: dict[Query, list[WeatherError]] = {}
        self.known: Known = known or {}
        for query, (place, forecast) in self.known.items():
            self._places[query], self._ready[query] = _done(place), forecast
        self._turns: dict[Query, RLock] = {}

    def close(self) -> None:
        """Close what was opened, without waiting for what stands beside the weather."""
        if "channels" in self.__dict__:
            self.channels.close()
        self._stack.close()

    def ask_early(self, queries: Iterable[Query]) -> None:
        """Ask for places and their weather, all at once, without waiting for the answers."""
        for query in dict.fromkeys(queries):
            if query not in self._ready:
                self._forecast(query)

    def ask_where(self, queries: Iterable[Query]) -> None:
        """Ask where places are, all at once, without waiting for the answers."""
        for query in queries:
            self._place(query)

    def load(self, sending: bool) -> None:
        """Import what is slow while answers are on their way: tzfpy's polygons and Twilio's SDK."""
        zone_of(0, 0)
        if sending:
            for each in self._settings.subscriptions:
                self.channels.of(each.to)

    def place(self, query: Query) -> Place:
        """Return a place, as last found if no geocoder can be had; raise WeatherError."""
        with self._turn(query):
            try:
                place = self._place(query).result()
            except NoSuchPlace:
                raise
            except WeatherError as error:
                return self._found_otherwise(query, error)
            if self.atlas and query not in self._kept:
                self.atlas.keep(query, place)
                self._kept.add(query)
            return place

    def forecast(self, query: Query) -> Forecast:
        """The weather there, with what could be learned beside it. Raises WeatherError."""
        with self._turn(query):
            if query not in self._ready:
                from weather_sms.weather.feels_like import filled

                place = self.place(query)
                forecast = filled(self._forecast(query).result())
                forecast = self._senses[query].added_to(forecast, self._patience)
                if not _is_covered(place):  # what nobody gives there is not missing
                    forecast = forecast.without_gap("alerts")
                self._ready[query] = forecast
            return self._ready[query]

    def _turn(self, query: Query) -> RLock:
        """Texts of one place take turns, so that whatever has to be done for it is done once."""
        with self._lock:
            return self._turns.setdefault(query, RLock())

    def trouble(self, query: Query) -> str:
        """Return why another service had to stand in, for a public log; empty if none had to."""
        return ". ".join(dict.fromkeys(error.public for error in self._troubles.get(query, ())))

    def try_key(self) -> None:
        """Ask OpenWeather, and nobody else, for some weather. Raises WeatherError."""
        self._openweather.forecast(51.48, 0.0)

    def github(self, api_url: str, token: str) -> GitHubApi:
        """GitHub's API, for the job's own token."""
        from weather_sms.github_api import GitHubApi

        return GitHubApi(self._client, self._clock, api_url, token)

    def _place(self, query: Query) -> Future[Place]:
        if query not in self._places:
            service = self._openweather if self._has_key else self._open_meteo
            self._places[query] = self._pool.submit(service.locate, query)
        return self._places[query]

    def _found_otherwise(self, query: Query, error: WeatherError) -> Place:
        """Return a place as last found, else from Open-Meteo; its weather is then asked anew."""
        place = self.atlas.recall(query) if self.atlas else None
        if place is None and self._has_key:
            with suppress(WeatherError):
                place = self._open_meteo.locate(query)
        if place is None:
            raise error
        self._troubles.setdefault(query, []).append(error)
        self._places[query] = Future()
        self._places[query].set_result(place)
        if not isinstance(query, Coordinates):
            self._forecasts.pop(query, None)
        return place

    def _forecast(self, query: Query) -> Future[Forecast]:
        if query not in self._forecasts:
            place = self._place(query)
            self._forecasts[query] = self._pool.submit(self._fetch, query, place)
            self._senses[query] = self._ask_beside(query, place)
        return self._forecasts[query]

    def _fetch(self, query: Query, place: Future[Place]) -> Forecast:
        where = _point(query, place)
        if not self._has_key:
            return self._open_meteo.forecast(*where)
        from weather_sms.weather.openweather import enough

        try:
            return enough(self._openweather.forecast(*where), self._clock.now())
        except WeatherError as error:
            self._troubles.setdefault(query, []).append(error)
            try:
                return self._open_meteo.forecast(*where)
            except WeatherError as other:
                raise other.after(error) from None

    def _ask_beside(self, query: Query, place: Future[Place]) -> Senses:
        """Threads of their own, so that none of this is in the weather's way."""
        from weather_sms.weather import nws, open_meteo, openweather

        ask, official, meteo = self._side_pool.submit, self._nws, self._open_meteo
        found = ask(
            lambda: official.alerts(*_point(query, place)) if _is_american(query, place) else None
        )
        alerts = Asked(nws.NAME, found)
        if not self._has_key:  # then Open-Meteo gives the weather, and all it has with it
            return Senses(alerts, None, None)
        air = ask(lambda: self._openweather.air(*_point(query, place)))
        sun = ask(lambda: meteo.beside(*_point(query, place)))
        return Senses(alerts, Asked(openweather.NAME, air), Asked(open_meteo.NAME, sun))

    def _patience(self) -> float:
        """Seconds that are left for answers that are late, for all texts together."""
        if self._senses_until is None:
            self._senses_until = time.monotonic() + SIDE_S
        return self._senses_until - time.monotonic()

    @cached_property
    def channels(self) -> Channels:
        """The channels of these settings."""
        settings = self._settings
        logins = {"twilio": settings.twilio} if settings.twilio else {}
        return Channels(lambda: self._client, self._clock, settings.channel_origins, logins)

    @property
    def _has_key(self) -> bool:
        return bool(self._settings.openweather_api_key.reveal())

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(REQUESTS_AT_ONCE))

    @cached_property
    def _side_pool(self) -> ThreadPoolExecutor:
        pool = ThreadPoolExecutor(REQUESTS_AT_ONCE)
        self._stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        return pool

    @cached_property
    def _client(self) -> httpx.Client:
        from weather_sms.http import open_client

        return self._stack.enter_context(open_client(self._transport))

    @cached_property
    def _openweather(self) -> OpenWeather:
        from weather_sms.weather.openweather import OpenWeather

        settings = self._settings
        key = settings.openweather_api_key.reveal()
        return OpenWeather(self._client, key, settings.openweather_base_url, self._clock)

    @cached_property
    def _open_meteo(self) -> OpenMeteo:
        from weather_sms.weather.open_meteo import OpenMeteo

        return OpenMeteo(self._client, self._settings.open_meteo_base_url, self._clock)

    @cached_property
    def _nws(self) -> Nws:
        from weather_sms.weather.nws import Nws

        settings = self._settings
        return Nws(self._client, settings.nws_base_url, settings.repository, self._clock)


def _point(query: Query, place: Future[Place]) -> tuple[float, float]:
    """Latitude and longitude: coordinates need not wait for their name."""
    where = query if isinstance(query, Coordinates) else place.result()
    return where.latitude, where.longitude


def _is_american(query: Query, place: Future[Place]) -> bool:
    """Whether the NWS may have warnings there; coordinates must not wait for their name."""
    from weather_sms.weather.nws import COUNTRIES, may_cover

    country = "" if isinstance(query, Coordinates) else place.result().country
    return country in COUNTRIES if country else may_cover(*_point(query, place))


def _is_covered(place: Place) -> bool:
    """Whether official warnings can be missed there; a place is asked about before it is known."""
    from weather_sms.weather.nws import COUNTRIES

    found = place.country or country_of(place.timezone)
    return not found or found in COUNTRIES


def _done(value: T) -> Future[T]:
    future = Future[T]()
    future.set_result(value)
    return future
