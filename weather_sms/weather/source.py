"""Places and forecasts, each asked for once: of the first service in the list that has it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock, RLock
from typing import TYPE_CHECKING

from weather_sms.forecast import Forecast, Place
from weather_sms.place import Coordinates, Query
from weather_sms.weather import (
    SERVICES,
    SIDE_S,
    NoSuchPlace,
    Offer,
    WeatherError,
    WeatherService,
    extras,
    service_class,
)
from weather_sms.weather.extras import Extras, Where
from weather_sms.weather.feels_like import filled

if TYPE_CHECKING:
    from weather_sms.clock import Clock
    from weather_sms.weather.known_places import KnownPlaces

REQUESTS_AT_ONCE = 16
# Below this no text can be made of a forecast:
FEWEST_HOURS, SHORTEST_REACH = 2, timedelta(hours=12)
Weather = Mapping[Query, tuple[Place, Forecast] | WeatherError]


class Source:
    """Finds places and their weather. `known`: weather that is there, or why it is not.

    `known_places`: where places were found before.
    """

    known_places: KnownPlaces | None = None

    def __init__(
        self,
        opened: Callable[[], Sequence[WeatherService]],
        clock: Clock,
        known: Weather | None = None,
    ) -> None:
        self.known = known or {}
        self._panel, self._lock = Panel(opened, clock), Lock()
        self._inquiries: dict[Query, Inquiry] = {}

    def close(self) -> None:
        """End the threads, without waiting for extras."""
        self._panel.close()

    def ask_early(self, queries: Iterable[Query]) -> None:
        """Ask for places and their weather, all at once, without waiting for the answers."""
        for query in queries:
            if query not in self.known:
                self._inquiry(query).ask()

    def ask_where(self, queries: Iterable[Query]) -> None:
        """Ask where places are, all at once, without waiting for the answers."""
        for query in queries:
            self._inquiry(query).ask_where()

    def place(self, query: Query) -> Place:
        """Return a place, as last found if no geocoder can be had; raise WeatherError."""
        return self._inquiry(query).place(self.known_places)

    def at(self, query: Query) -> tuple[Place, Forecast]:
        """Return a place and its forecast, with the extras. Raises WeatherError."""
        return self._inquiry(query).weather(self.known_places)

    def trouble(self, query: Query) -> str:
        """Return why another service had to stand in, for a public log; empty if none had to."""
        troubles = self._inquiry(query).troubles
        return ". ".join(dict.fromkeys(error.public for error in troubles))

    def _inquiry(self, query: Query) -> Inquiry:
        with self._lock:
            if query not in self._inquiries:
                self._inquiries[query] = Inquiry(query, self._panel, self.known.get(query))
            return self._inquiries[query]


class Panel:
    """The services that can be used, opened when first needed, and the threads that ask them."""

    def __init__(self, opened: Callable[[], Sequence[WeatherService]], clock: Clock) -> None:
        self._opened, self.clock, self._stack = opened, clock, ExitStack()
        self._extras_until: float | None = None

    @cached_property
    def services(self) -> Sequence[WeatherService]:
        """All of them, in the order of the list."""
        return self._opened()

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """For places and forecasts."""
        return self._stack.enter_context(ThreadPoolExecutor(REQUESTS_AT_ONCE))

    @cached_property
    def side_threads(self) -> ThreadPoolExecutor:
        """For the extras, so that none of them is in the weather's way."""
        threads = ThreadPoolExecutor(REQUESTS_AT_ONCE)
        self._stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        return threads

    def close(self) -> None:
        """End the threads, without waiting for the extras."""
        self._stack.close()

    def offering(self, offer: Offer) -> list[WeatherService]:
        """The services that have something to offer."""
        return [each for each in self.services if offer in each.offers]

    def patience(self) -> float:
        """Seconds that are left for extras, for all texts together."""
        if self._extras_until is None:
            self._extras_until = time.monotonic() + SIDE_S
        return self._extras_until - time.monotonic()


class Inquiry:
    """All that is asked about one place. Its texts take turns, so that nothing is asked twice.

    `troubles`: why another service than the first was asked, or a place taken as last found.
    """

    def __init__(
        self, query: Query, panel: Panel, known: tuple[Place, Forecast] | WeatherError | None
    ) -> None:
        self._query, self._panel, self._turn = query, panel, RLock()
        self._place: Future[Place] | None = None
        self._asked: tuple[Future[Forecast], Extras] | None = None
        self._ready: Forecast | WeatherError | None = None
        self._is_kept = False
        self.troubles: list[WeatherError] = []
        if isinstance(known, tuple):
            place, self._ready = known
            self._place = _done(place)
        else:
            self._ready = known

    def ask_where(self) -> Future[Place]:
        """Ask for the place."""
        if self._place is None:
            service = self._panel.offering("locate")[0]
            self._place = self._panel.threads.submit(service.locate, self._query)
        return self._place

    def ask(self) -> tuple[Future[Forecast], Extras]:
        """Ask for the place, and its weather with the extras."""
        if self._asked is None:
            panel, where = self._panel, Where(self._query, self.ask_where())
            forecast = panel.threads.submit(self._forecast, where)
            self._asked = forecast, extras.ask(panel.services, where, panel.side_threads)
        return self._asked

    def place(self, places: KnownPlaces | None) -> Place:
        """Return the place, as last found if no geocoder can be had; raise WeatherError."""
        with self._turn:
            try:
                place = self.ask_where().result()
            except NoSuchPlace:
                raise
            except WeatherError as error:
                place = self._found_otherwise(places, error)
            if places and not self._is_kept:
                places.keep(self._query, place)
                self._is_kept = True
            return place

    def weather(self, places: KnownPlaces | None) -> tuple[Place, Forecast]:
        """Return the place and its forecast, with the extras. Raises WeatherError."""
        with self._turn:
            if isinstance(self._ready, WeatherError):
                raise self._ready
            place = self.place(places)
            if self._ready is None:
                forecast, beside = self.ask()
                found = filled(forecast.result())
                self._ready = beside.added_to(found, place, self._panel.patience)
            return place, self._ready

    def _found_otherwise(self, places: KnownPlaces | None, error: WeatherError) -> Place:
        """Return a place as last found, else from another service; its weather is asked anew."""
        place = (places and places.recall(self._query)) or self._found_elsewhere()
        if place is None:
            raise error
        self.troubles.append(error)
        self._place = _done(place)
        if not isinstance(self._query, Coordinates):
            self._asked = None
        return place

    def _found_elsewhere(self) -> Place | None:
        for service in self._panel.offering("locate")[1:]:
            with suppress(WeatherError):
                return service.locate(self._query)
        return None

    def _forecast(self, where: Where) -> Forecast:
        services = where.covered(self._panel.offering("forecast"))
        return self._first(services, where.point())

    def _first(self, services: Sequence[WeatherService], point: tuple[float, float]) -> Forecast:
        """Return the first forecast that is enough for a text; of the last service, any."""
        service, *others = services
        try:
            found = service.forecast(*point)
            if others and not _is_enough(found, self._panel.clock.now()):
                ends = f"{service.provider.name}'s forecast is empty or ends too soon for a text"
                raise WeatherError(ends, "Try again later")
        except WeatherError as error:
            if not others:
                raise
            self.troubles.append(error)
            try:
                return self._first(others, point)
            except WeatherError as other:
                raise other.after(error) from None
        is_usual = isinstance(service, service_class(SERVICES[0]))
        return found.by(service.provider, stands_in=not is_usual)


def _is_enough(forecast: Forecast, now: datetime) -> bool:
    """Whether enough of a forecast is after `now` (aware) to tell of the day."""
    ahead = [hour.time for hour in forecast.hours if hour.time > now]
    return len(ahead) >= FEWEST_HOURS and ahead[-1] >= now + SHORTEST_REACH


def _done(place: Place) -> Future[Place]:
    future = Future[Place]()
    future.set_result(place)
    return future
