"""Twilio SMS, through its official SDK on our HTTP client."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from weather_sms.channels import Accepted, NotAccepted, Unanswered
from weather_sms.channels.twilio_errors import explain
from weather_sms.http import SURELY_NOT_PROCESSED, network_failure, posting, redacted

if TYPE_CHECKING:
    from weather_sms.clock import Clock

SDK_PREFIX = re.compile(r"^Unable to create record: ")


class ErrorEnvelope(msgspec.Struct):
    """What the SDK does not pass on of Twilio's error envelope."""

    more_info: str | None = None


class SdkHttp(HttpClient):
    """The SDK's way out: our client, which has timeouts, and repeats a POST only if it was surely not processed."""

    def __init__(self, client: httpx.Client, clock: Clock) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), is_async=False, timeout=None)
        self._client, self._clock = client, clock
        self.last_body = b""

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 the client has its own
        allow_redirects: bool = False,
    ) -> Response:
        """One request of the SDK's. Raises httpx.TransportError."""
        response = self._client.request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            extensions={"retry": posting(self._clock)},
            follow_redirects=allow_redirects,
        )
        self.last_body = response.content
        return Response(response.status_code, response.text, dict(response.headers))


class Twilio:
    """An account, and the sender or Messaging Service its texts come from (the service where both are set)."""

    def __init__(
        self,
        client: httpx.Client,
        clock: Clock,
        base_url: str,
        *,
        account_sid: str,
        username: str,
        password: str,
        sender: str | None,
        messaging_service_sid: str | None,
    ) -> None:
        self._http = SdkHttp(client, clock)
        self._sdk = Client(username, password, account_sid, http_client=self._http)  # type: ignore[no-untyped-call]
        self._sdk.api.base_url = base_url
        self._from = {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": sender}

    def hand_over(self, to: str, text: str) -> Accepted:
        """POST one text to a number (E.164), once. Raises NotAccepted or Unanswered."""
        try:
            message = self._sdk.messages.create(to=to, body=text, **self._from)
        except httpx.TransportError as error:
            raise self._no_answer(error) from None
        except (TwilioRestException, TwilioServiceException) as error:
            raise self._refusal(error) from None
        except (TwilioException, ValueError, TypeError, KeyError, AttributeError):
            raise Unanswered("Twilio's answer could not be read, so the text may have gone out") from None
        return self._accepted(message)

    def _no_answer(self, error: httpx.TransportError) -> Exception:
        if isinstance(error, SURELY_NOT_PROCESSED):
            return NotAccepted(f"{network_failure('Twilio', error)}. Nothing was sent")
        return Unanswered(f"{network_failure('Twilio', error)}; the text may have gone out all the same")

    def _refusal(self, error: TwilioRestException | TwilioServiceException) -> Exception:
        if error.status >= 500:
            return Unanswered(f"Twilio failed (HTTP status {error.status}), so the text may have gone out")
        words = error.msg if isinstance(error, TwilioRestException) else error.detail or error.title
        code = int(error.code) if error.code and str(error.code).isdigit() else error.status
        return NotAccepted(explain(code, redacted(SDK_PREFIX.sub("", words)), redacted(self._more_info())))

    def _more_info(self) -> str:
        try:
            return msgspec.json.decode(self._http.last_body, type=ErrorEnvelope).more_info or ""
        except msgspec.DecodeError:
            return ""

    def _accepted(self, message: MessageInstance) -> Accepted:
        if not message.sid:
            raise Unanswered("Twilio's answer names no message, so the text may have gone out")
        if message.error_code:
            raise NotAccepted(explain(int(message.error_code), redacted(message.error_message or "")))
        return Accepted(message.sid, str(message.status))
