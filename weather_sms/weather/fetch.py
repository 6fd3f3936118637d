"""Asking a weather service: one GET, and its answer as a type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import httpx
import msgspec

from weather_sms import __version__
from weather_sms.http import READ, SURELY_NOT_PROCESSED, Policy, network_trouble, send
from weather_sms.weather import SIDE_S, TOO_LATE, UNREADABLE, NoAnswer, WeatherError

if TYPE_CHECKING:
    from weather_sms.clock import Clock

T = TypeVar("T")
# For what stands beside the weather, which waits SIDE_S seconds at most.
QUICK = Policy(
    statuses=frozenset({408, 429, *range(500, 600)}),
    failures=(httpx.RequestError,),
    pauses_s=(0.2, 0.5),  # "the second or third attempt usually succeeds": weather-gov/api#160
    patience_s=SIDE_S,
    real_time=True,
    obeys_retry_after=False,
    follows_redirects=True,
)
QUICK_ONCE = replace(QUICK, pauses_s=())
# What a service may say without being taken for broken: wide enough for every record, and narrow
# enough to count with.
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
    request = client.build_request("GET", url, params=params, headers=headers)
    try:
        return send(client, request, READ, clock)
    except httpx.TransportError as error:
        raise WeatherError(*network_trouble(service, error)) from None
    except httpx.RequestError:  # such as a body that is not compressed as its header says
        raise _unreadable(service) from None


def quickly(
    client: httpx.Client,
    service: str,
    url: str,
    params: Mapping[str, str],
    clock: Clock,
    policy: Policy = QUICK_ONCE,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Return an answer with status 200 that took little time. Raises NoAnswer."""
    request = client.build_request("GET", url, params=params, headers=headers)
    try:
        response = send(client, request, policy, clock)
    except httpx.RequestError as error:
        raise NoAnswer(service, _reason(error), passing=True) from None
    status = response.status_code
    if status != 200:
        raise NoAnswer(service, f"HTTP status {status}", passing=status in policy.statuses)
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


def _reason(error: httpx.RequestError) -> str:
    """Say why no answer came, in words that name nobody."""
    if isinstance(error, SURELY_NOT_PROCESSED):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return TOO_LATE
    return "the connection broke" if isinstance(error, httpx.TransportError) else UNREADABLE


def _unreadable(service: str) -> WeatherError:
    return WeatherError(f"{service}'s answer could not be read", "Try again later")
