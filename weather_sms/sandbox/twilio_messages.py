"""Twilio's Messages resource in miniature, strict on credentials, parameters, numbers and times.

Texts that are held leave at their time on its clock. The log lags behind as the real one does, in
content and in status, and in an order that is not documented.

Sources: Twilio's OpenAPI description (twilio_api_v2010) and https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from heapq import heappop, heappush
from typing import Any, Literal
from urllib.parse import parse_qs

import httpx

from weather_sms.sandbox.twilio_account import MiniAccount
from weather_sms.text import gsm7

E164 = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
MESSAGES = re.compile(
    r"/2010-04-01/Accounts/(?P<account>[^/]+)/Messages(/(?P<sid>SM[0-9a-f]{32}))?\.json"
)
SEND_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SOONEST, LATEST = timedelta(seconds=300), timedelta(days=35)
LARGEST_PAGE = 1000
# Newest created first, or by DateSent with the rows that have none before or after the others:
Order = Literal["created", "unsent first", "unsent last"]
WORDS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {path} was not found"),
    21211: (400, "The 'To' number {to} is not a valid phone number."),
    21212: (400,
    "The 'From' number {sender} is not a valid phone number, shortcode, "
    "or alphanumeric sender ID."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400,
    "The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number "
    "for your account."),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21701: (404, "The Messaging Service {service} does not exist"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    30409: (400, "The message cannot be canceled: it is {status}"),
    35114: (400,
    "SendAt must be more than 300 seconds and at most 35 days ahead, as YYYY-MM-DDTHH:MM:SSZ"),
}  # fmt: skip


class MiniTwilio:
    """One account with a number and a Messaging Service. `messages` is its log, oldest first.

    `key_may_list`, `key_may_look`: what the API key is allowed beside sending. `log_lag`: until a
    text is in the log; `status_lag`: until the log shows a text's change; `stale_for`: until a GET
    of one text does. `largest_page`: rows of the list, whatever is asked for.
    """

    account_sid = "AC" + "5a" * 16
    auth_token = "70" * 16
    api_key = "SK" + "6b" * 16
    api_secret = "s3" * 16
    numbers = ("+15550100200",)
    services = ("MG" + "7c" * 16,)

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.messages: list[dict[str, Any]] = []
        self.refusals: dict[str, tuple[int, int, str]] = {}
        self.fates: dict[str, tuple[str, int | None]] = {}
        self.log_lag = self.status_lag = self.stale_for = timedelta(0)
        self.order: Order = "created"
        self.largest_page = LARGEST_PAGE
        self.account = MiniAccount(self.account_sid, self.numbers, self.services)
        self.key_may_list = self.key_may_look = True
        self.left_at: dict[str, datetime] = {}
        self._by_sid: dict[str, dict[str, Any]] = {}
        self._by_receiver: dict[str, list[dict[str, Any]]] = {}
        self._leaving: list[tuple[datetime, str]] = []  # a heap
        self._made_at: dict[str, datetime] = {}
        self._leaves_at: dict[str, datetime] = {}
        self._earlier: dict[str, list[tuple[datetime, dict[str, Any]]]] = {}

    def refuse(self, receiver: str, code: int, status: int = 400, message: str = "Refused") -> None:
        """From now on, answer texts to a receiver (E.164) with an error."""
        self.refusals[receiver] = (status, code, message)

    @property
    def left(self) -> list[dict[str, Any]]:
        """The texts that have left for their receivers by now, in the order in which they did."""
        self._pass_time()
        gone = [message for message in self.messages if message["sid"] in self.left_at]
        return sorted(gone, key=lambda message: self.left_at[message["sid"]])

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        route = MESSAGES.fullmatch(request.url.path)
        if not self._authenticated(request):
            return self._error(20003)
        forbidden = not (
            self.key_may_look if route is None else self.key_may_list or request.method != "GET"
        )
        if forbidden and self._by_key(request):
            return self._error(20003)
        if request.url.path.startswith("/2010") and self.account_sid not in request.url.path:
            return self._error(20404, path=request.url.path)
        if route is None:
            return self.account.handle(request) or self._error(20404, path=request.url.path)
        self._pass_time()
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if route["sid"]:
            return self._one(request, route["sid"], form)
        return self._create(form) if request.method == "POST" else self._list(request)

    def _one(self, request: httpx.Request, sid: str, form: dict[str, str]) -> httpx.Response:
        message = self._by_sid.get(sid)
        if message is None:
            return self._error(20404, path=request.url.path)
        if request.method == "POST" and form.get("Status") == "canceled":
            if message["status"] != "scheduled":
                return self._error(30409, status=message["status"])
            self._change(message, self._now(), status="canceled")
            del self._leaves_at[sid]
            return httpx.Response(200, json=message)
        return httpx.Response(200, json=self._seen(message, self._now() - self.stale_for))

    def _list(self, request: httpx.Request) -> httpx.Response:
        params, now = request.url.params, self._now()
        size, page = int(params.get("PageSize", 50)), int(params.get("Page", 0))
        size = max(1, min(self.largest_page, size))
        of = self._by_receiver.get(params["To"], []) if "To" in params else self.messages
        logged = [each for each in of if self._made_at[each["sid"]] + self.log_lag <= now]
        shown = self._in_order([self._seen(each, now - self.status_lag) for each in logged])
        more = (
            f"{request.url.path}?{params.set('Page', str(page + 1))}"
            if len(shown) > (page + 1) * size
            else None
        )
        body = {
            "messages": shown[page * size : (page + 1) * size],
            "next_page_uri": more,
            "page": page,
        }
        return httpx.Response(200, json=body | {"page_size": size, "uri": request.url.path})

    def _in_order(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = sorted(rows, key=lambda row: self._made_at[row["sid"]], reverse=True)
        if self.order == "created":
            return rows
        unsent = [row for row in rows if row["date_sent"] is None]
        sent = [row for row in rows if row["date_sent"] is not None]
        sent.sort(key=lambda row: self.left_at[row["sid"]], reverse=True)
        return unsent + sent if self.order == "unsent first" else sent + unsent

    def _change(self, message: dict[str, Any], at: datetime, **changes: Any) -> None:
        self._earlier.setdefault(message["sid"], []).append((at, dict(message)))
        message.update(changes, date_updated=_rfc2822(at))

    def _seen(self, message: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """A message as it was at a moment, or as it was created."""
        earlier = self._earlier.get(message["sid"], ())
        return next((old for changed, old in earlier if changed > moment), message)

    def _pass_time(self) -> None:
        """Let the texts go whose time has come, and reach their fate."""
        while self._leaving and self._leaving[0][0] <= self._now():
            leaves, sid = heappop(self._leaving)
            if self._leaves_at.pop(sid, None) is None:
                continue
            message = self._by_sid[sid]
            self.left_at[sid] = leaves
            status, code = self.fates.get(message["to"], ("delivered", None))
            self._change(
                message,
                leaves,
                status=status,
                error_code=code,
                date_sent=_rfc2822(leaves),
                num_segments=str(gsm7.segments(message["body"])),
                **{"from": message["from"] or self.numbers[0]},
            )

    def _by_key(self, request: httpx.Request) -> bool:
        login = base64.b64encode(f"{self.api_key}:{self.api_secret}".encode()).decode()
        return bool(request.headers.get("Authorization") == f"Basic {login}")

    def _authenticated(self, request: httpx.Request) -> bool:
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        logins = (f"{self.account_sid}:{self.auth_token}", f"{self.api_key}:{self.api_secret}")
        return kind == "Basic" and encoded in [
            base64.b64encode(login.encode()).decode() for login in logins
        ]

    def _create(self, form: dict[str, str]) -> httpx.Response:
        to, body, sender, service = (
            form.get(key, "") for key in ("To", "Body", "From", "MessagingServiceSid")
        )
        checks = (
            (21604, not to),
            (21211, not E164.fullmatch(to)),
            (21602, not body),
            (21617, len(body) > LONGEST_BODY),
            (21603, not sender and not service),
            (21910, bool(sender) and sender.startswith("whatsapp:") != to.startswith("whatsapp:")),
            (21212, bool(sender) and not E164.fullmatch(sender)),
            (21606, bool(sender) and sender.removeprefix("whatsapp:") not in self.numbers),
            (21701, bool(service) and service not in self.services),
            (
                35114,
                bool(service)
                and form.get("ScheduleType") == "fixed"
                and not self._is_good_time(form.get("SendAt", "")),
            ),
        )
        if code := next((code for code, wrong in checks if wrong), None):
            return self._error(code, to=to, sender=sender, service=service)
        if to in self.refusals:
            return _envelope(*self.refusals[to])
        # Without a service the text leaves at once.
        held = bool(service) and form.get("ScheduleType") == "fixed"
        at = datetime.fromisoformat(form["SendAt"]) if held else None
        return httpx.Response(201, json=self._keep(to, body, sender or None, service or None, at))

    def _is_good_time(self, text: str) -> bool:
        if not SEND_AT.fullmatch(text):
            return False
        return SOONEST < datetime.fromisoformat(text) - self._now() <= LATEST

    def _keep(
        self, to: str, body: str, sender: str | None, service: str | None, at: datetime | None
    ) -> dict[str, Any]:
        sid = f"SM{len(self.messages) + 1:032x}"
        self._made_at[sid], self._leaves_at[sid] = self._now(), at or self._now()
        created = _rfc2822(self._now())
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
            "status": "scheduled" if at else "accepted" if service else "queued",
            "subresource_uris": {
                "media": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}/Media.json"
            },
            "to": to,
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}.json",
        }
        self.messages.append(message)
        self._by_sid[sid] = message
        self._by_receiver.setdefault(to, []).append(message)
        heappush(self._leaving, (self._leaves_at[sid], sid))
        return dict(message)

    def _error(self, code: int, **values: str) -> httpx.Response:
        status, words = WORDS[code]
        return _envelope(status, code, words.format(**values))


def _rfc2822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def _envelope(status: int, code: int, message: str) -> httpx.Response:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return httpx.Response(
        status, json={"code": code, "message": message, "more_info": more_info, "status": status}
    )
