"""Extras, requested together with the forecast and dropped if they take more than 3 s.

Official warnings, air quality, and ultraviolet with the past week: each of the first service in
the list that offers it and covers the place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weather_sms.forecast import Forecast, Gap, Place, Provider, Topic
from weather_sms.place import Coordinates, Query
from weather_sms.weather import TOO_LATE, UNREADABLE, NoAnswer, zones

if TYPE_CHECKING:
    from weather_sms.weather import WeatherService

Answer = tuple["Provider", Any] | Gap | None


@dataclass(frozen=True, slots=True)
class Where:
    """A place that is being looked for; coordinates do not wait for their name."""

    query: Query
    place: Future[Place]

    def point(self) -> tuple[float, float]:
        """Latitude and longitude."""
        found = self.query if isinstance(self.query, Coordinates) else self.place.result()
        return found.latitude, found.longitude

    def covered(self, services: Sequence[WeatherService]) -> list[WeatherService]:
        """Those of some services that may know the place."""
        country = "" if isinstance(self.query, Coordinates) else self.place.result().country
        return [each for each in services if each.covers(*self.point(), country)]


@dataclass(frozen=True, slots=True)
class Extra:
    """Something beside the forecast: how a service is asked for it, and what it adds."""

    topic: Topic
    ask: Callable[[WeatherService, tuple[float, float]], Any]
    add: Callable[[Forecast, Any], Forecast]


def _sun(service: WeatherService, latitude: float, longitude: float) -> Forecast:
    return service.sun(latitude, longitude).by(service.provider)


EXTRAS = (
    Extra("alerts", lambda service, point: service.alerts(*point), Forecast.with_alerts),
    Extra("air", lambda service, point: service.air(*point), Forecast.with_air),
    Extra("sun", lambda service, point: _sun(service, *point), Forecast.with_sun),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An extra that was asked for; None is the answer where no service covers the place."""

    extra: Extra
    services: Sequence[WeatherService]
    answer: Future[Answer]

    def within(self, seconds: float, place: Place) -> Answer:
        """Return the answer, or a gap; what nobody gives there is not missing."""
        country = place.country or zones.country(place.timezone)
        names = [
            each.provider.name
            for each in self.services
            if each.covers(place.latitude, place.longitude, country)
        ]
        try:
            answer = self.answer.result(max(0.0, seconds))
        except TimeoutError:
            answer = _gap(self.extra, "".join(names[:1]), TOO_LATE)
        return None if isinstance(answer, Gap) and answer.service not in names else answer


@dataclass(frozen=True, slots=True)
class Extras:
    """Answers that are on their way."""

    asked: Sequence[Asked]

    def added_to(self, forecast: Forecast, place: Place, patience: Callable[[], float]) -> Forecast:
        """Add the answers that come within `patience` seconds, and note which do not."""
        gaps = []
        for each in self.asked:
            answer = each.within(patience(), place)
            if isinstance(answer, Gap):
                gaps.append(answer)
            elif answer is not None:
                provider, found = answer
                forecast = each.extra.add(forecast, found).crediting(provider)
        return replace(forecast, gaps=tuple(gaps))


def ask(services: Sequence[WeatherService], where: Where, threads: Executor) -> Extras:
    """Ask for everything that some service offers, without waiting for the answers.

    What the first forecast brings with it is not asked for.
    """
    first = next((each for each in services if "forecast" in each.offers), None)
    asked = []
    for extra in EXTRAS:
        offering = [each for each in services if extra.topic in each.offers]
        if offering and not (extra.topic == "sun" and first in offering):
            answer = threads.submit(_answer, extra, offering, where)
            asked.append(Asked(extra, offering, answer))
    return Extras(asked)


def _answer(extra: Extra, services: Sequence[WeatherService], where: Where) -> Answer:
    """Ask the first of some services that covers the place."""
    provider = services[0].provider
    try:
        for service in where.covered(services)[:1]:
            provider = service.provider
            return provider, extra.ask(service, where.point())
    except NoAnswer as error:
        return _gap(extra, provider.name, error.why, passing=error.passing)
    except Exception:  # whatever it is, even a fault of ours: it must not cost anybody the text
        return _gap(extra, provider.name, UNREADABLE)
    return None


def _gap(extra: Extra, service: str, why: str, *, passing: bool = True) -> Gap:
    return Gap(topic=extra.topic, service=service, why=why, passing=passing)
