"""The bad line to the services: calls take time and fail, logs lag, and the runner may die.

Each decision has the name of its call (run, service, method, resource, receiver) and the number of
such calls before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import httpx

from tests.simulation.chance import Chance
from tests.simulation.github import Unkindness
from tests.simulation.turns import Died, RunnerClock
from weather_sms.sandbox import Sandbox

SID = re.compile(r"SM[0-9a-f]{32}")
WAYS = (
    "503", "503, processed", "429", "timeout", "timeout, processed", "refused", "cut",
)  # fmt: skip
SURELY_NOT = ("429", "refused")  # the text was surely not taken
PROCESSED = ("503, processed", "timeout, processed", "cut")
SLOW, SLOW_S, MOST_DEATHS_AT = 0.01, 8.0, 10
LONGEST_LAG = timedelta(minutes=14, seconds=45)
LONGEST_STALE_S, IS_STALE = 8, 0.3

Note = Callable[[httpx.Request, str, str, httpx.Response | None], None]  # who, how it failed


class Line(httpx.BaseTransport):
    """The transport of one run. `note` is told of every call."""

    def __init__(
        self,
        sandbox: Sandbox,
        clock: RunnerClock,
        chance: Chance,
        unkind: Unkindness,
        run: str,
        note: Note,
    ) -> None:
        self._sandbox, self._clock, self._note = sandbox, clock, note
        self._chance, self._unkind, self._run = chance, unkind, run
        self._calls = Counter[tuple[str, ...]]()
        dies = chance("dies", run) < unkind.dies
        self._dies_at = 1 + int(chance("dies at", run) * MOST_DEATHS_AT) if dies else 0
        self.is_dead = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer or fail, before or after the work is done; the runner may die on either side."""
        if self.is_dead:
            raise Died
        request.read()
        service, who = _service(request), receiver(request, self._sandbox)
        name = (self._run, service, request.method, SID.sub("", request.url.path), who)
        self._calls[name] += 1
        decision = (*name, self._calls[name])
        self._clock.sleep(self._takes_s(decision))
        how = self._failure(service, decision)
        dies = self._calls.total() == self._dies_at
        if dies:
            how = self._chance.choice(("timeout", "timeout, processed"), "death", *decision)
        self._lag(decision)
        done = self._sandbox.handle(request) if not how or how in PROCESSED else None
        self._note(request, who, "dies, " * dies + how, done)
        if dies:
            self.is_dead = True
            raise Died
        return self._answer(request, how, done)

    def _takes_s(self, decision: tuple[object, ...]) -> float:
        slow = self._chance("slow", *decision) < SLOW and self._unkind.calls_fail > 0
        return SLOW_S if slow else self._chance.between(0.05, 0.6, "takes", *decision)

    def _failure(self, service: str, decision: tuple[object, ...]) -> str:
        if self._is_out(service, self._clock.now()):
            return self._chance.choice(("timeout", "timeout, processed", "503"), "out", *decision)
        fails = self._chance("fails", *decision) < self._unkind.calls_fail
        return self._chance.choice(WAYS, "way", *decision) if fails else ""

    def _is_out(self, service: str, moment: datetime) -> bool:
        """Whether a service has one of its outages."""
        day = moment.toordinal()
        if self._chance("outage", service, day) >= self._unkind.outages:
            return False
        began = self._chance.between(0, 23 * 60, "outage at", service, day)
        minute = moment.hour * 60 + moment.minute
        return 0 <= minute - began < self._chance.between(30, 90, "outage for", service, day)

    def _lag(self, decision: tuple[object, ...]) -> None:
        twilio = self._sandbox.twilio
        twilio.log_lag = LONGEST_LAG * self._chance("lag", *decision)
        twilio.status_lag = LONGEST_LAG * self._chance("status lag", *decision)
        self._sandbox.ntfy.log_lag = twilio.log_lag
        stale = self._chance("stale", *decision)
        twilio.stale_for = timedelta(seconds=LONGEST_STALE_S * (stale < IS_STALE))

    def _answer(
        self, request: httpx.Request, how: str, done: httpx.Response | None
    ) -> httpx.Response:
        if how.startswith("timeout"):
            self._clock.sleep(request.extensions.get("timeout", {}).get("read") or 10.0)
            raise httpx.ReadTimeout("slow", request=request)
        if how == "refused":
            raise httpx.ConnectError("down", request=request)
        if how[:3].isdigit():
            return httpx.Response(int(how[:3]))
        assert done is not None
        if how == "cut":
            return httpx.Response(done.status_code, content=done.content[: len(done.content) // 2])
        return done


def receiver(request: httpx.Request, sandbox: Sandbox) -> str:
    """The receiver that a call is about, as the settings have it; for the weather, the place."""
    url, sid = request.url, SID.search(request.url.path)
    if _service(request) == "ntfy":
        return f"ntfy://{url.path.split('/')[1]}"
    if sid:
        known = (each["to"] for each in sandbox.twilio.messages if each["sid"] == sid[0])
        return next(known, "")
    form = parse_qs(request.content.decode()) if request.method == "POST" else {}
    to = (form.get("To") or [url.params.get("To", "")])[0]
    return to or ",".join(v for k, v in url.params.items() if k in ("lat", "latitude", "zip", "q"))


def _service(request: httpx.Request) -> str:
    host = request.url.host
    return "twilio" if "twilio" in host else "ntfy" if "ntfy" in host else host
