"""The one HTTP client: timeouts, retries, quiet loggers, and network failures as sentences."""

from __future__ import annotations

import copy
import logging
import re
import ssl
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, cast
from urllib.request import getproxies, proxy_bypass

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
SURELY_NOT_PROCESSED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)
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
    """The real network: a pool of connections for what is asked directly, and one for each proxy.

    Loading the certificates takes a while, so it waits for the first https request.
    """

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str], httpx.HTTPTransport] = {}
        self._lock = RLock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read the answer.

        Its body may take as long as its beginning might have.
        """
        proxy = proxy_for(request.url)
        try:
            response = self._pool(request.url.scheme, proxy).handle_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if proxy and not _tls_failure(error):
                raise httpx.ProxyError("the proxy cannot be reached") from error
            raise
        body = cast(httpx.SyncByteStream, response.stream)
        response.stream = InTime(body, request.extensions["timeout"]["read"] or ANSWER_S)
        response.read()
        return response

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            while self._pools:
                self._pools.popitem()[1].close()

    def _pool(self, scheme: str, proxy: str) -> httpx.HTTPTransport:
        with self._lock:
            if (scheme, proxy) not in self._pools:
                trust = self._world if "https" in (scheme, proxy.split(":")[0]) else NOBODY
                try:
                    pool = httpx.HTTPTransport(verify=trust, proxy=proxy or None, limits=LIMITS)
                except (ValueError, ImportError) as error:  # a scheme that httpx does not speak
                    raise httpx.ProxyError(str(error)) from None
                self._pools[scheme, proxy] = pool
            return self._pools[scheme, proxy]

    @cached_property
    def _world(self) -> ssl.SSLContext:
        """The authorities that the system or SSL_CERT_FILE names; made once, under the lock."""
        return httpx.create_ssl_context()


def proxy_for(url: httpx.URL) -> str:
    """The proxy for a URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; empty without one."""
    if proxy_bypass(url.netloc.decode("ascii")):
        return ""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all", "")
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"


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

    def is_retryable_exception(self, exception: Exception) -> bool:
        """Whether a failure may pass; a certificate that is not trusted stays so."""
        return super().is_retryable_exception(exception) and _tls_failure(exception) is None

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
    """What a failure of the network means, and what to do, without addresses."""
    return ". ".join(network_trouble(service, error))


def network_trouble(service: str, error: httpx.TransportError) -> tuple[str, str]:
    """Return what a failure of the network means, and what to do about it."""
    if tls := _tls_failure(error):
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


def _tls_failure(error: BaseException | None) -> ssl.SSLError | None:
    """The failure of TLS behind a failed connection, if that is the cause."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def redacted(text: str) -> str:
    """A service's words without control characters, phone numbers and identifiers."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return NUMBER.sub("(number)", IDENTIFIER.sub("(identifier)", text))
