"""The network below the client: connections, proxies and certificates."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from functools import cached_property
from threading import RLock
from typing import cast
from urllib.request import getproxies, proxy_bypass

# httpx would import it in the first thread that asks, beside Twilio's SDK:
import httpcore  # noqa: F401
import httpx

ANSWER_S = 10.0
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


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
            if proxy and not tls_failure(error):
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


def tls_failure(error: BaseException | None) -> ssl.SSLError | None:
    """The failure of TLS behind a failed connection, if that is the cause."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error
