"""The one HTTP client: timeouts, retries, quiet loggers, and network failures as sentences."""

from __future__ import annotations

import copy
import logging
import re
import ssl
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, cast

# httpx would import it in the first thread that asks, beside Twilio's SDK:
import httpcore  # noqa: F401
import httpx
from httpx_retries import Retry, RetryTransport

from weather_sms import __version__

if TYPE_CHECKING:
    from weather_sms.clock import Clock

CONNECT_S, ANSWER_S = 5.0, 10.0
PATIENCE_S = 20.0  # no attempt starts later, so a request ends within about 30 s
FIRST_BACKOFF_S = 0.5
ATTEMPTS = 4
SURELY_NOT_PROCESSED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
NUMBER = re.compile(r"\+?\d[\d ().-]{5,}\d")
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
IDENTIFIER = re.compile(r"\b[A-Z]{2}[0-9a-fA-F]{32}\b")
# They log URLs with keys in them:
TALKATIVE_LOGGERS = ("httpx", "httpcore", "httpx_retries", "twilio.http_client")


def open_client(transport: httpx.BaseTransport | None) -> httpx.Client:
    """Open a client on the given transport (the network without one), for all services.

    Close it after use.
    """
    for name in TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(
        transport=RetryTransport(transport or Network(), Retry(total=0)),
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        headers={"User-Agent": f"weather-sms/{__version__}"},
    )


class Network(httpx.BaseTransport):
    """The real network, with a connection for each request under way; a free one is used again.

    One pool for all would look through all its connections at each request, which with dozens takes
    longer than the request. Loading the certificates takes a while: it waits for the first https
    request.
    """

    def __init__(self) -> None:
        self._free: defaultdict[str, list[httpx.HTTPTransport]] = defaultdict(list)
        self._lock, self._closed = Lock(), False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read the answer; its body may take as long as its beginning."""
        free = self._free[f"{request.url.scheme}://{request.url.netloc.decode()}"]
        with self._lock:
            connection = (
                free.pop() if free else httpx.HTTPTransport(verify=self._trust(request.url.scheme))
            )
        try:
            response = connection.handle_request(request)
            body = cast(httpx.SyncByteStream, response.stream)
            response.stream = InTime(body, request.extensions["timeout"]["read"] or ANSWER_S)
            response.read()
        finally:
            with self._lock:
                free.append(connection)
            if self._closed:
                self.close()
        return response

    def close(self) -> None:
        """Close all connections; those under way when their answers are there."""
        with self._lock:
            self._closed = True
            for free in self._free.values():
                while free:
                    free.pop().close()

    def _trust(self, scheme: str) -> ssl.SSLContext:
        return self._world if scheme == "https" else NOBODY

    @cached_property
    def _world(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()


class InTime(httpx.SyncByteStream):
    """A body that has to be there within some seconds: httpx's own timeouts are for each read."""

    def __init__(self, body: httpx.SyncByteStream, seconds: float) -> None:
        self._body, self._until = body, time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        for part in self._body:
            yield part
            if time.monotonic() > self._until:
                self.close()
                raise httpx.ReadTimeout("the body takes too long")

    def close(self) -> None:
        """Let go of the connection."""
        self._body.close()


class Patience(Retry):
    """When to try again, on the caller's clock, with an end. One for each request."""

    def __init__(
        self, clock: Clock, statuses: tuple[int, ...], failures: tuple[type[Exception], ...]
    ) -> None:
        super().__init__(
            total=ATTEMPTS - 1,
            allowed_methods=("GET", "POST"),
            status_forcelist=statuses,
            retry_on_exceptions=failures,
            backoff_factor=FIRST_BACKOFF_S,
            backoff_jitter=0,
        )
        self._clock = clock
        self._until: datetime = clock.now() + timedelta(seconds=PATIENCE_S)

    def is_exhausted(self) -> bool:
        """Whether no further attempt may start."""
        return super().is_exhausted() or self._clock.now() >= self._until

    def increment(self) -> Patience:
        """The same, one attempt later."""
        later = copy.copy(self)
        later.attempts_made += 1
        return later

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait as the service asks, else a little longer each time, but never past the end."""
        left = (self._until - self._clock.now()).total_seconds()
        self._clock.sleep(max(0.0, min(self._asked(response) or self.backoff_strategy(), left)))

    def _asked(self, response: httpx.Response | Exception) -> float:
        header = (
            response.headers.get("Retry-After", "") if isinstance(response, httpx.Response) else ""
        )
        try:
            return self.parse_retry_after(header)
        except (ValueError, OverflowError):
            return 0.0


def reading(clock: Clock) -> Patience:
    """For a GET: again after network failures, 429 and 5xx."""
    return Patience(clock, (429, 500, 502, 503, 504), (httpx.TransportError,))


def posting(clock: Clock) -> Patience:
    """For a POST that must not happen twice: again only where it was surely not processed."""
    return Patience(clock, (429,), SURELY_NOT_PROCESSED)


def network_failure(service: str, error: httpx.TransportError) -> str:
    """What a failure of the network means, in a sentence without addresses."""
    if isinstance(error, SURELY_NOT_PROCESSED):
        return f"{service} could not be reached. Check the network, then try again"
    if isinstance(error, httpx.TimeoutException):
        return f"{service} did not answer within {ANSWER_S:g} s. Try again later"
    return f"the connection to {service} broke. Try again later"


def redacted(text: str) -> str:
    """A service's words without control characters, phone numbers and identifiers."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return NUMBER.sub("(number)", IDENTIFIER.sub("(identifier)", text))
