"""The account at Twilio, its senders and their registrations: only read, at no cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from weather_sms.channels import Unanswered
from weather_sms.channels.answers import asking, decoded
from weather_sms.channels.twilio import Refused
from weather_sms.channels.twilio.errors import explained
from weather_sms.http import redacted

if TYPE_CHECKING:
    from twilio.rest import Client

    from weather_sms.channels.twilio.sdk import SdkHttp

MOST_SERVICES = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """`trial`: it can only send Twilio's own templates. `status`: active, suspended or closed."""

    trial: bool
    status: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account's (E.164)."""

    sid: str
    sms: bool


class Envelope(msgspec.Struct):
    """Twilio's error body."""

    code: int = 0
    message: str = ""


ENVELOPE = msgspec.json.Decoder(Envelope)


class TwilioAccount:
    """One account. Every method raises Refused, or Unanswered where Twilio gave no answer."""

    def __init__(self, sdk: Client, http: SdkHttp) -> None:
        self._sdk, self._http = sdk, http

    def list_one_message(self) -> None:
        """Read the log of messages; raises Refused if this key may not."""
        self._ask(lambda: self._sdk.messages.list(limit=1, page_size=1))

    def account(self) -> Account:
        """The account's kind and state."""
        found = self._ask(lambda: self._sdk.api.v2010.accounts(self._sdk.account_sid or "").fetch())
        return Account(trial=str(found.type) == "Trial", status=str(found.status))

    def number(self, e164: str) -> Number | None:
        """A number of this account's."""
        rows = self._ask(lambda: self._sdk.incoming_phone_numbers.list(phone_number=e164, limit=20))
        found = next((row for row in rows if row.phone_number == e164), None)
        can: Any = found.capabilities if found else None
        return Number(found.sid or "", bool((can or {}).get("sms"))) if found else None

    def is_verified(self, e164: str) -> bool:
        """Whether a trial account may text a receiver."""
        rows = self._ask(lambda: self._sdk.outgoing_caller_ids.list(phone_number=e164, limit=20))
        return any(row.phone_number == e164 for row in rows)

    def services(self) -> list[str]:
        """The SIDs of the Messaging Services."""
        rows = self._ask(lambda: self._sdk.messaging.v1.services.list(limit=MOST_SERVICES))
        return [row.sid for row in rows if row.sid]

    def pool(self, service_sid: str) -> list[str]:
        """Return a Messaging Service's numbers (E.164), or else its short codes and names."""
        service = self._sdk.messaging.v1.services(service_sid)
        numbers = [
            row.phone_number for row in self._ask(lambda: service.phone_numbers.list(limit=400))
        ]
        if numbers:
            return [number for number in numbers if number]
        codes = [row.short_code for row in self._ask(lambda: service.short_codes.list(limit=20))]
        names = [
            row.alpha_sender for row in self._ask(lambda: service.alpha_senders.list(limit=20))
        ]
        return [sender for sender in (*codes, *names) if sender]

    def campaign(self, service_sid: str) -> str | None:
        """The state of the service's A2P 10DLC campaign, such as VERIFIED; None without one."""
        rows = self._ask(
            lambda: self._sdk.messaging.v1.services(service_sid).us_app_to_person.list(limit=1)
        )
        return str(rows[0].campaign_status) if rows else None

    def tollfree(self, number_sid: str) -> str | None:
        """Return the status of a toll-free verification, such as TWILIO_APPROVED, or None."""
        list_of = self._sdk.messaging.v1.tollfree_verifications.list
        rows = self._ask(lambda: list_of(tollfree_phone_number_sid=number_sid, limit=1))
        return str(rows[0].status) if rows else None

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            with asking("Twilio did not answer"):
                return question()
        except Unanswered:
            if not 400 <= self._http.last_status < 500 or self._http.last_status == 429:
                raise
            raise self._refused() from None

    def _refused(self) -> Refused:
        envelope = decoded(ENVELOPE, self._http.last_body, Envelope())
        code = envelope.code or self._http.last_status
        return Refused(*explained(code, redacted(envelope.message)), code)
