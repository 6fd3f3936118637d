"""Twilio's answers about an account: state, numbers, verified callers, services, registrations.

Sources: Twilio's OpenAPI descriptions twilio_api_v2010 and twilio_messaging_v1.
"""

from __future__ import annotations

import re
from typing import Any

import httpx

ACCOUNT = re.compile(
    r"/2010-04-01/Accounts/[^/]+?(?:/(?P<list>IncomingPhoneNumbers|OutgoingCallerIds))?\.json"
)
LISTS = "PhoneNumbers|ShortCodes|AlphaSenders|Compliance/Usa2p"
MESSAGING = re.compile(rf"/v1/Services(?:/(?P<service>MG\w+)(?:/(?P<list>{LISTS}))?)?")
TOLLFREE = "/v1/Tollfree/Verifications"


class MiniAccount:
    """A paid, active account whose one number sends SMS and is in no Messaging Service's pool.

    Change it at will. `numbers`: capabilities by number. `pools`: the senders of each Messaging
    Service. `campaigns` and `tollfree`: the registrations' states by service and by number.
    """

    def __init__(
        self, account_sid: str, numbers: tuple[str, ...], services: tuple[str, ...]
    ) -> None:
        self.sid = account_sid
        self.kind, self.status = "Full", "active"
        self.numbers = {number: {"voice": True, "sms": True, "mms": True} for number in numbers}
        self.pools: dict[str, list[str]] = {service: [] for service in services}
        self.campaigns: dict[str, str] = {}
        self.tollfree: dict[str, str] = {}
        self.verified: list[str] = []

    def handle(self, request: httpx.Request) -> httpx.Response | None:
        """Answer one request, or None where there is no such thing."""
        if request.method != "GET":
            return None
        path, params = request.url.path, request.url.params
        if found := ACCOUNT.fullmatch(path):
            return self._account(found["list"], params)
        if path == TOLLFREE:
            sid = params.get("TollfreePhoneNumberSid")
            rows = [
                {"tollfree_phone_number_sid": _pn(n), "status": s} for n, s in self.tollfree.items()
            ]
            return _page(
                path,
                "verifications",
                [row for row in rows if sid in (None, row["tollfree_phone_number_sid"])],
            )
        found = MESSAGING.fullmatch(path)
        return self._messaging(found["service"], found["list"], path) if found else None

    def _account(self, what: str | None, params: httpx.QueryParams) -> httpx.Response:
        if what is None:
            account = {
                "sid": self.sid,
                "type": self.kind,
                "status": self.status,
                "friendly_name": "My account",
            }
            return httpx.Response(200, json=account)
        rows: list[dict[str, Any]] = (
            [
                {"sid": _pn(n), "phone_number": n, "capabilities": able}
                for n, able in self.numbers.items()
            ]
            if what == "IncomingPhoneNumbers"
            else [{"sid": _pn(n), "phone_number": n} for n in self.verified]
        )
        asked = params.get("PhoneNumber", "")
        key = "incoming_phone_numbers" if what == "IncomingPhoneNumbers" else "outgoing_caller_ids"
        shown = [row for row in rows if asked in row["phone_number"]]
        return httpx.Response(
            200, json={key: shown, "next_page_uri": None, "page": 0, "page_size": 50}
        )

    def _messaging(self, service: str | None, what: str | None, path: str) -> httpx.Response | None:
        if service is None:
            return _page(
                path, "services", [{"sid": sid, "friendly_name": "Weather"} for sid in self.pools]
            )
        if service not in self.pools:
            return None
        if what is None:
            return httpx.Response(200, json={"sid": service, "friendly_name": "Weather"})
        if what == "PhoneNumbers":
            pool = [
                {"sid": _pn(n), "phone_number": n} for n in self.pools[service] if n.startswith("+")
            ]
            return _page(path, "phone_numbers", pool)
        if what == "ShortCodes":
            codes = [
                {"sid": f"SC{n:0>32}", "short_code": n}
                for n in self.pools[service]
                if n.isdecimal()
            ]
            return _page(path, "short_codes", codes)
        if what == "AlphaSenders":
            names = [
                {"sid": f"AI{0:032}", "alpha_sender": n} for n in self.pools[service] if n.isalpha()
            ]
            return _page(path, "alpha_senders", names)
        state = self.campaigns.get(service)
        return _page(
            path,
            "compliance",
            [{"sid": "QE" + "0" * 32, "campaign_status": state}] if state else [],
        )


def _pn(number: str) -> str:
    return f"PN{number.lstrip('+'):0>32}"


def _page(path: str, key: str, rows: list[dict[str, Any]]) -> httpx.Response:
    url = f"https://messaging.twilio.com{path}"
    meta = {
        "page": 0,
        "page_size": 50,
        "first_page_url": url,
        "previous_page_url": None,
        "next_page_url": None,
    }
    return httpx.Response(200, json={key: rows, "meta": meta | {"url": url, "key": key}})
