"""Twilio: SMS and WhatsApp through its SDK, the account behind them, its error codes in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from weather_sms.errors import Explained

API = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class TwilioLogin:
    """The sender's login: an account SID or an API key's SID, and its secret. Numbers are E.164."""

    account_sid: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)
    sender: str | None = field(repr=False)
    messaging_service_sid: str | None = field(repr=False)

    @property
    def can_hold(self) -> bool:
        """Whether texts can be held until their time, which takes a Messaging Service."""
        return self.messaging_service_sid is not None


class Refused(Explained):
    """Twilio refuses to tell. `code` is Twilio's."""

    def __init__(self, wrong: str, fix: str, code: int) -> None:
        super().__init__(wrong, fix)
        self.code = code
