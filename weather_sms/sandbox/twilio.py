"""Twilio's Messages resource in miniature, strict about credentials, parameters and numbers.

Sources: Twilio's OpenAPI description (twilio_api_v2010) and https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

import base64
import re
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

import httpx

from weather_sms import gsm7

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
MESSAGES = re.compile(r"/2010-04-01/Accounts/(?P<account>[^/]+)/Messages\.json")
WORDS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {path} was not found"),
    21211: (400, "The 'To' number {to} is not a valid phone number."),
    21212: (400, "The 'From' number {sender} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number for your account."),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21701: (404, "The Messaging Service {service} does not exist"),
}  # fmt: skip


class MiniTwilio:
    """One account with a number and a Messaging Service. `messages` is its log, oldest first."""

    account_sid = "AC" + "5a" * 16
    auth_token = "70" * 16
    api_key = "SK" + "6b" * 16
    api_secret = "s3" * 16
    numbers = ("+15550100200",)
    services = ("MG" + "7c" * 16,)

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refusals: dict[str, tuple[int, int, str]] = {}

    def refuse(self, receiver: str, code: int, status: int = 400, message: str = "Refused") -> None:
        """From now on, answer texts to a receiver (E.164) with an error."""
        self.refusals[receiver] = (status, code, message)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        route = MESSAGES.fullmatch(request.url.path)
        if not self._authenticated(request):
            return self._error(20003)
        if route is None or request.method != "POST" or route["account"] != self.account_sid:
            return self._error(20404, path=request.url.path)
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        return self._create(form)

    def _authenticated(self, request: httpx.Request) -> bool:
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        logins = (f"{self.account_sid}:{self.auth_token}", f"{self.api_key}:{self.api_secret}")
        return kind == "Basic" and encoded in [base64.b64encode(login.encode()).decode() for login in logins]

    def _create(self, form: dict[str, str]) -> httpx.Response:
        to, body, sender, service = (form.get(key, "") for key in ("To", "Body", "From", "MessagingServiceSid"))
        checks = (
            (21604, not to),
            (21211, not E164.fullmatch(to)),
            (21602, not body),
            (21617, len(body) > LONGEST_BODY),
            (21603, not sender and not service),
            (21212, bool(sender) and not E164.fullmatch(sender)),
            (21606, bool(sender) and sender not in self.numbers),
            (21701, bool(service) and service not in self.services),
        )
        if code := next((code for code, wrong in checks if wrong), None):
            return self._error(code, to=to, sender=sender, service=service)
        if to in self.refusals:
            return _envelope(*self.refusals[to])
        return httpx.Response(201, json=self._keep(to, body, sender or None, service or None))

    def _keep(self, to: str, body: str, sender: str | None, service: str | None) -> dict[str, Any]:
        sid = f"SM{len(self.messages) + 1:032x}"
        created = formatdate(usegmt=True).replace("GMT", "+0000")
        message = {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": created,
            "date_sent": None,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": None if service else sender,
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": "0" if service else str(gsm7.segments(body)),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}/Media.json"},
            "to": to,
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}.json",
        }
        self.messages.append(message)
        return message

    def _error(self, code: int, **values: str) -> httpx.Response:
        status, words = WORDS[code]
        return _envelope(status, code, words.format(**values))


def _envelope(status: int, code: int, message: str) -> httpx.Response:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return httpx.Response(status, json={"code": code, "message": message, "more_info": more_info, "status": status})
