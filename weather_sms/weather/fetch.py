"""Asking a weather service: one GET, and its answer as a type."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeVar

import httpx
import msgspec

from weather_sms import __version__
from weather_sms.http import SURELY_NOT_PROCESSED, network_trouble, reading
from weather_sms.weather import SIDE_S, TOO_LATE, UNREADABLE, NoAnswer, WeatherError

if TYPE_CHECKING:
    from weather_sms.clock import Clock

T = TypeVar("T")
PAUSES_S = (0.2, 0.5)  # "the second or third attempt usually succeeds": weather-gov/api#160
LEAST_S = 0.3  # with less time left it is not worth to try again
BUSY = (408, 429)
# What a service may say without being taken for broken; wide enough for every record, narrow enough
# to count with
Instant = Annotated[int, msgspec.Meta(ge=0, le=4102444800)]  # Unix time, to the year 2100
Celsius = Annotated[float, msgspec.Meta(ge=-150, le=100)]
Quantity = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


def identified(contact: str) -> dict[str, str]:
    """Return the header that says who asks, and where on GitHub they can be reached."""
    return {"User-Agent": f"weather-sms/{__version__} (+https://github.com/{contact})"}


def patiently(
    client: httpx.Client,
    service: str,
    url: str,
    params: Mapping[str, str],
    clock: Clock,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Any answer, asked for again after passing failures. Raises WeatherError where none comes."""
    try:
        extensions = {"retry": reading(clock)}
        return client.get(url, params=params, headers=headers, extensions=extensions)
    except httpx.TransportError as error:
        raise WeatherError(*network_trouble(service, error)) from None
    except httpx.RequestError:  # such as a body that is not compressed as its header says
        raise _unreadable(service) from None


def once(
    client: httpx.Client,
    service: str,
    url: str,
    params: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    seconds: float = SIDE_S,
) -> httpx.Response:
    """Return an answer with status 200, asked for once and with little time.

    Redirects are followed. Raises NoAnswer.
    """
    try:
        response = client.get(
            url, params=params, headers=headers, timeout=seconds, follow_redirects=True
        )
    except httpx.RequestError as error:
        raise NoAnswer(service, _reason(error), passing=True) from None
    status = response.status_code
    if status != 200:
        raise NoAnswer(service, f"HTTP status {status}", passing=status in BUSY or status >= 500)
    return response


def quickly(
    client: httpx.Client,
    service: str,
    url: str,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    clock: Clock,
) -> httpx.Response:
    """Return an answer with status 200, asked for again after passing failures.

    All attempts together take SIDE_S seconds at most, whatever the service wishes by Retry-After.
    Raises NoAnswer.
    """
    until = time.monotonic() + SIDE_S
    left = SIDE_S
    for pause in PAUSES_S:
        try:
            return once(client, service, url, params, headers, left)
        except NoAnswer as error:
            if not error.passing or time.monotonic() + pause + LEAST_S > until:
                raise
        clock.sleep(pause)
        left = max(LEAST_S, until - time.monotonic())
    return once(client, service, url, params, headers, left)


def decoded(service: str, response: httpx.Response, decoder: msgspec.json.Decoder[T]) -> T:
    """The body as a type. Raises WeatherError.

    Decoders are made when a module is imported, by one thread: two that meet a new type at once
    crash in msgspec.
    """
    try:
        return decoder.decode(response.content)
    except (ValueError, OverflowError, RecursionError):  # msgspec's own errors are ValueErrors
        raise _unreadable(service) from None


def _reason(error: httpx.RequestError) -> str:
    """Why no answer came, in words that name nobody."""
    if isinstance(error, SURELY_NOT_PROCESSED):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return TOO_LATE
    return "the connection broke" if isinstance(error, httpx.TransportError) else UNREADABLE


def _unreadable(service: str) -> WeatherError:
    return WeatherError(f"{service}'s answer could not be read", "Try again later")
