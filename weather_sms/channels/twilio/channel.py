"""Twilio SMS, through its official SDK on our HTTP client."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from weather_sms.channels import (
    TWILIO_SID,
    Accepted,
    Access,
    Logged,
    NoLog,
    NotAccepted,
    Unanswered,
)
from weather_sms.channels.answers import asking, decoded, posting_to
from weather_sms.channels.twilio import API, TwilioLogin
from weather_sms.channels.twilio.account import TwilioAccount
from weather_sms.channels.twilio.errors import explain, explained
from weather_sms.channels.twilio.sdk import SdkHttp
from weather_sms.http import redacted
from weather_sms.receiver import Phone, WhatsApp

SDK_PREFIX = re.compile(r"^Unable to (create|update|fetch) record: ")
REFUSED = (401, 403, 404)
TOO_MANY = (429, 20429)  # of requests
PAGE, MOST_LOGGED = 1000, 20_000
# Refusals to hold, not to send:
SCHEDULE_CODES = frozenset({35118, 35125, 21703, *range(35110, 35120)})


class ErrorEnvelope(msgspec.Struct):
    """The part of Twilio's error envelope that the SDK does not pass on."""

    more_info: str | None = None


ENVELOPE = msgspec.json.Decoder(ErrorEnvelope)


class Twilio:
    """An account and its texts' sender or Messaging Service (the service, if both are set)."""

    name = "Twilio"
    replaces = False

    def __init__(self, access: Access) -> None:
        login: TwilioLogin = access.login
        assert login is not None, "settings for sending to a phone hold Twilio's"
        self._http = SdkHttp(access.client, access.clock)
        who = (login.username, login.password, login.account_sid)
        self._sdk = Client(*who, http_client=self._http)  # type: ignore[no-untyped-call]
        self._sdk.api.base_url = self._origin = access.origin
        service = login.messaging_service_sid
        self._from = {"messaging_service_sid": service} if service else {"from_": login.sender}

    @property
    def can_hold(self) -> bool:
        """Whether Twilio can hold texts until their time, which takes a Messaging Service."""
        return "messaging_service_sid" in self._from

    def account(self) -> TwilioAccount:
        """Return the account itself; its Messaging Services are on another host of Twilio's."""
        if self._origin != API:
            self._sdk.messaging.base_url = self._origin
        return TwilioAccount(self._sdk, self._http)

    def hand_over(
        self,
        to: Phone | WhatsApp,
        text: str,
        heading: str = "",  # noqa: ARG002 an SMS has no title
        key: str = "",  # noqa: ARG002 Twilio has no idempotency key
        send_at: datetime | None = None,
        *,
        urgent: bool = False,  # noqa: ARG002 an SMS has no priority
    ) -> Accepted:
        """POST one text to a number (E.164, for WhatsApp with `whatsapp:` before it), once.

        With `send_at` (aware) it is held until then.

        Raises NotAccepted or Unanswered.
        """
        later = {"schedule_type": "fixed", "send_at": send_at.astimezone(UTC)} if send_at else {}
        with posting_to("Twilio"):
            try:
                message = self._sdk.messages.create(
                    to=to.address, body=text, **self._sender_for(to), **later
                )
            except (TwilioRestException, TwilioServiceException) as error:
                raise self._refusal(error) from None
            return self._accepted(message)

    def cancel(self, to: Phone | WhatsApp, sid: str) -> bool:  # noqa: ARG002 the SID is enough
        """Ask Twilio to forget a held text; return whether it says that it did."""
        if TWILIO_SID.fullmatch(sid):
            with suppress(Exception):
                return str(self._sdk.messages(sid).update(status="canceled").status) == "canceled"
        return False

    def fetch(self, to: Phone | WhatsApp, sid: str) -> Logged:  # noqa: ARG002 the SID is enough
        """Return the fate of a text. Raises Unanswered."""
        if not TWILIO_SID.fullmatch(sid):
            raise Unanswered("this is no text of Twilio's")
        with asking("Twilio did not say what became of the text"):
            return self._logged(self._sdk.messages(sid).fetch())

    def log(self, to: Phone | WhatsApp, since: datetime) -> list[Logged]:
        """Return the texts to a number (E.164) created at or after a moment, in any order.

        Twilio does not promise one, so all pages are read. Raises NoLog or Unanswered.
        """
        found: list[Logged] = []
        with asking("Twilio's log of messages could not be read"):
            try:
                for message in self._sdk.messages.stream(
                    to=to.address, page_size=PAGE, limit=MOST_LOGGED
                ):
                    logged = self._logged(message)
                    is_old = logged.created is None or logged.created < since
                    if TWILIO_SID.fullmatch(logged.sid) and not is_old:
                        found.append(logged)
            except TwilioException:
                if self._http.last_status in REFUSED:
                    raise NoLog("Twilio does not let this key read the log of messages") from None
                raise
        return found

    def explain(self, code: int | None) -> str:
        """An error code of a text that was accepted and then failed."""
        return explain(code) if code else "Twilio gave no reason"

    def _sender_for(self, to: Phone | WhatsApp) -> dict[str, Any]:
        """A WhatsApp message comes from the WhatsApp side of the same sender."""
        number = self._from.get("from_")
        if number and isinstance(to, WhatsApp):
            return {"from_": WhatsApp(number).address}
        return self._from

    def _logged(self, message: MessageInstance) -> Logged:
        return Logged(
            sid=message.sid or "",
            status=str(message.status or ""),
            text=message.body or "",
            created=message.date_created,
            code=int(message.error_code) if message.error_code else None,
        )

    def _refusal(self, error: TwilioRestException | TwilioServiceException) -> Exception:
        status = self._http.last_status
        if not 400 <= status < 500:
            return Unanswered(
                f"Twilio failed (HTTP status {status}), so the text may have gone out"
            )
        words = error.msg if isinstance(error, TwilioRestException) else error.detail or error.title
        code = int(error.code) if error.code and str(error.code).isdigit() else status
        return NotAccepted(
            *explained(code, redacted(SDK_PREFIX.sub("", words)), redacted(self._more_info())),
            code,
            again=code in TOO_MANY,
            only_later=code in SCHEDULE_CODES,
        )

    def _more_info(self) -> str:
        return decoded(ENVELOPE, self._http.last_body, ErrorEnvelope()).more_info or ""

    def _accepted(self, message: MessageInstance) -> Accepted:
        if not TWILIO_SID.fullmatch(str(message.sid)):
            raise Unanswered("Twilio's answer names no message, so the text may have gone out")
        if message.error_code:
            code = int(message.error_code)
            raise NotAccepted(*explained(code, redacted(message.error_message or "")), code)
        return Accepted(message.sid)
