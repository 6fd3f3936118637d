"""Asking a weather service: one GET, and its answer as a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeVar

import httpx
import msgspec

from weather_sms.http import network_failure, reading
from weather_sms.weather import SIDE_S, WeatherError

if TYPE_CHECKING:
    from weather_sms.clock import Clock

T = TypeVar("T")
# What a service may say without being taken for broken; wide enough for every record, narrow enough
# to count with
Instant = Annotated[int, msgspec.Meta(ge=0, le=4102444800)]  # Unix time, to the year 2100
Celsius = Annotated[float, msgspec.Meta(ge=-150, le=100)]
Quantity = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


def patiently(
    client: httpx.Client, service: str, url: str, params: Mapping[str, str], clock: Clock
) -> httpx.Response:
    """Any answer, asked for again after passing failures. Raises WeatherError where none comes."""
    try:
        return client.get(url, params=params, extensions={"retry": reading(clock)})
    except httpx.TransportError as error:
        raise WeatherError(network_failure(service, error)) from None
    except httpx.RequestError:  # such as a body that is not compressed as its header says
        raise _unreadable(service) from None


def once(
    client: httpx.Client,
    service: str,
    url: str,
    params: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return an answer with status 200, asked for once and with little time.

    Redirects are followed. Raises WeatherError.
    """
    try:
        response = client.get(
            url, params=params, headers=headers, timeout=SIDE_S, follow_redirects=True
        )
    except httpx.RequestError as error:
        raise WeatherError(
            f"{service} gave no answer that could be read ({type(error).__name__})"
        ) from None
    if response.status_code != 200:
        raise WeatherError(f"{service} answered with HTTP status {response.status_code}")
    return response


def decoded(service: str, response: httpx.Response, decoder: msgspec.json.Decoder[T]) -> T:
    """The body as a type. Raises WeatherError.

    Decoders are made when a module is imported, by one thread: two that meet a new type at once
    crash in msgspec.
    """
    try:
        return decoder.decode(response.content)
    except (ValueError, OverflowError, RecursionError):  # msgspec's own errors are ValueErrors
        raise _unreadable(service) from None


def _unreadable(service: str) -> WeatherError:
    return WeatherError(f"{service}'s answer could not be read. Try again later")
