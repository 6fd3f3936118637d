"""The official SDK's way to the network: through our client."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import httpx
from twilio.http import HttpClient
from twilio.http.response import Response

from weather_sms.http import POST_ONCE, READ, send

if TYPE_CHECKING:
    from weather_sms.clock import Clock


class Last(threading.local):
    """The last answer in this thread."""

    body, status = b"", 0


class SdkHttp(HttpClient):
    """The SDK's way out through our client, which has timeouts.

    A POST is repeated only if it was surely not processed.
    """

    def __init__(self, client: httpx.Client, clock: Clock) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), is_async=False, timeout=None)
        self._client, self._clock, self._last = client, clock, Last()

    @property
    def last_body(self) -> bytes:
        """The body of the last answer in this thread; empty if none came."""
        return self._last.body

    @property
    def last_status(self) -> int:
        """The status of the last answer in this thread; 0 if none came."""
        return self._last.status

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 the client has its own
        allow_redirects: bool = False,  # noqa: ARG002 the SDK never asks for it
    ) -> Response:
        """One request of the SDK's. Raises httpx.TransportError."""
        self._last.body, self._last.status = b"", 0
        request = self._client.build_request(method, url, params=params, data=data, headers=headers)
        policy = READ if method.upper() == "GET" else POST_ONCE
        response = send(self._client, request, policy, self._clock, auth=auth)
        self._last.body, self._last.status = response.content, response.status_code
        return Response(response.status_code, response.text, dict(response.headers))
