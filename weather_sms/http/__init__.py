"""All HTTP: one client, one way to send, quiet loggers, and network failures as sentences."""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from weather_sms import __version__
from weather_sms.http.network import ANSWER_S, Network, tls_failure

if TYPE_CHECKING:
    from weather_sms.clock import Clock

CONNECT_S = 5.0
LEAST_S = 0.3  # with less time left it is not worth to try again
SURELY_NOT_PROCESSED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
NUMBER = re.compile(r"\+?\d[\d ().-]{5,}\d")
IDENTIFIER = re.compile(r"\b[A-Z]{2}[0-9a-fA-F]{32}\b")
# They log URLs with keys in them:
TALKATIVE_LOGGERS = ("httpx", "httpcore", "twilio.http_client")


def open_client(transport: httpx.BaseTransport | None) -> httpx.Client:
    """Open a client on the given transport (the network without one), for all services.

    Close it after use.
    """
    for name in TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(
        transport=transport or Network(),
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        headers={"User-Agent": f"weather-sms/{__version__}"},
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules for sending again: after these statuses and failures, once for each pause.

    No attempt starts after `patience_s` on the caller's clock, so 20 s end within about 30 s. With
    `real_time` the patience is real time and bounds the answers too.
    """

    statuses: frozenset[int] = frozenset()
    failures: tuple[type[httpx.RequestError], ...] = ()
    pauses_s: tuple[float, ...] = ()
    patience_s: float = 20.0
    real_time: bool = False
    obeys_retry_after: bool = True
    follows_redirects: bool = False


ONCE = Policy()
# For a GET:
READ = Policy(
    statuses=frozenset({429, 500, 502, 503, 504}),
    failures=(httpx.TransportError,),
    pauses_s=(1.0, 2.0, 4.0),
)
POST_ONCE = replace(READ, statuses=frozenset({429}), failures=SURELY_NOT_PROCESSED)


def send(
    client: httpx.Client,
    request: httpx.Request,
    policy: Policy,
    clock: Clock,
    *,
    auth: httpx.Auth | tuple[str, str] | None = None,
) -> httpx.Response:
    """Send a request as often as its policy allows; return the last answer.

    Raises httpx.RequestError.
    """

    def attempt(seconds: float) -> httpx.Response:
        timed = _within(seconds, request) if policy.real_time else request
        return client.send(timed, auth=auth, follow_redirects=policy.follows_redirects)

    left, seconds = _countdown(policy, clock), policy.patience_s
    for pause in policy.pauses_s:
        needed = pause + LEAST_S if policy.real_time else 0.0
        try:
            response = attempt(seconds)
        except policy.failures as error:
            if _is_lasting(error) or left() <= needed:
                raise
        else:
            if response.status_code not in policy.statuses or left() <= needed:
                return response
            pause = _asked_s(response, policy, clock) or pause
        clock.sleep(max(0.0, min(pause, left())))
        seconds = max(LEAST_S, left())
    return attempt(seconds)


def _within(seconds: float, request: httpx.Request) -> httpx.Request:
    """Return the same request with another timeout."""
    timeout = httpx.Timeout(seconds).as_dict()
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "timeout": timeout},
    )


def _countdown(policy: Policy, clock: Clock) -> Callable[[], float]:
    """Return a function that tells how many seconds of a policy's patience are left."""
    if policy.real_time:
        end = time.monotonic() + policy.patience_s
        return lambda: end - time.monotonic()
    until = clock.now() + timedelta(seconds=policy.patience_s)
    return lambda: (until - clock.now()).total_seconds()


def _asked_s(response: httpx.Response, policy: Policy, clock: Clock) -> float:
    """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3); 0 where it asks nothing."""
    wish = response.headers.get("Retry-After", "").strip() if policy.obeys_retry_after else ""
    if wish.isascii() and wish.isdigit():
        return float(wish)
    try:
        return max(0.0, (parsedate_to_datetime(wish) - clock.now()).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _is_lasting(error: httpx.RequestError) -> bool:
    """Whether another attempt would fail alike: TLS, or a redirect to what is no URL."""
    return tls_failure(error) is not None or isinstance(error.__context__, httpx.InvalidURL)


def network_failure(service: str, error: httpx.TransportError) -> str:
    """Say in one text what a failure of the network means and what to do, without addresses."""
    return ". ".join(network_trouble(service, error))


def network_trouble(service: str, error: httpx.TransportError) -> tuple[str, str]:
    """Return what a failure of the network means, and what to do about it."""
    if tls := tls_failure(error):
        if isinstance(tls, ssl.SSLCertVerificationError):
            return (
                f"{service}'s certificate could not be verified ({tls.verify_message})",
                "If a proxy reads what passes it, name the file with its certificate in "
                "SSL_CERT_FILE",
            )
        return f"TLS with {service} failed ({tls.reason})", "Check the address and the proxy"
    if isinstance(error, httpx.ProxyError):
        fix = "Check HTTPS_PROXY, or name the service in NO_PROXY"
        return f"the proxy did not let a request to {service} pass", fix
    if isinstance(error, SURELY_NOT_PROCESSED):
        return f"{service} could not be reached", "Check the network, then try again"
    if isinstance(error, httpx.TimeoutException):
        return f"{service} did not answer within {ANSWER_S:g} s", "Try again later"
    return f"the connection to {service} broke", "Try again later"


def redacted(text: str) -> str:
    """A service's words without control characters, phone numbers and identifiers."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return NUMBER.sub("(number)", IDENTIFIER.sub("(identifier)", text))
