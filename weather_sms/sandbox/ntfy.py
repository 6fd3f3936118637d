"""A strict ntfy server in miniature: publish, hold (`At`), replace and delete by sequence id, poll.

Source: https://docs.ntfy.sh/publish/ and https://docs.ntfy.sh/subscribe/api/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from typing import Any

import httpx

NAME = re.compile(r"[-_A-Za-z0-9]{1,64}")
LONGEST_BYTES = 4096
SOONEST, LATEST = timedelta(seconds=10), timedelta(days=3)
CACHED = timedelta(hours=12)
PRIORITIES = ("1", "2", "3", "4", "5")


class MiniNtfy:
    """`events` is every topic's log. `old`: a server before 2.16, which knows no sequence ids.

    `log_lag`: until the log shows what is new, and hides what is gone.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.events: list[dict[str, Any]] = []
        self.old = False
        self.token = ""
        self.log_lag = timedelta(0)
        self._made = 0
        self._made_at: dict[str, datetime] = {}
        self._gone: list[tuple[datetime, dict[str, Any]]] = []

    @property
    def left(self) -> list[dict[str, Any]]:
        """The texts on phones by now, one for each sequence, with `body` as one line."""
        gone = [
            each
            for each in self.events
            if each["event"] == "message" and each["time"] <= self._now().timestamp()
        ]
        shown = {
            each.get("sequence_id") or each["id"]: each
            for each in sorted(gone, key=lambda each: each["time"])
        }
        return [each | {"body": f"{each['title']}: {each['message']}"} for each in shown.values()]

    def left_at(self, text: dict[str, Any]) -> datetime:
        """Return the moment at which a text reached the phone."""
        return datetime.fromtimestamp(text["time"], UTC)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        topic, *rest = request.url.path.strip("/").split("/")
        if not NAME.fullmatch(topic):
            return _problem(404, 40401, "page not found")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return _problem(403, 40301, "forbidden")
        if request.method == "GET" and rest == ["json"]:
            return self._poll(topic, request)
        if request.method == "POST" and not rest:
            return self._publish(topic, request)
        if request.method == "DELETE" and len(rest) == 1 and not self.old:
            return self._delete(topic, rest[0])
        return _problem(404, 40401, "page not found")

    def _publish(self, topic: str, request: httpx.Request) -> httpx.Response:
        sequence = request.headers.get("X-Sequence-ID", "")
        if len(request.content) > LONGEST_BYTES:
            return _problem(413, 41301, "attachment too large")
        if not self.old and sequence and not NAME.fullmatch(sequence):
            return _problem(400, 40049, "invalid request: sequence ID invalid")
        priority = request.headers.get("Priority", "3")
        if priority not in PRIORITIES:
            return _problem(400, 40007, "invalid priority parameter")
        at = request.headers.get("At")
        now = self._now().astimezone(UTC)
        time = datetime.fromtimestamp(int(at), UTC) if at else now
        if at and time - now < SOONEST:
            return _problem(400, 40005, "invalid delay parameter: too small")
        if at and time - now > LATEST:
            return _problem(400, 40006, "invalid delay parameter: too large")
        title = str(make_header(decode_header(request.headers.get("Title", ""))))
        event = self._event("message", topic, time, title=title, message=request.content.decode())
        event["priority"] = int(priority)
        if sequence and not self.old:
            self._forget_waiting(topic, sequence)
            event["sequence_id"] = sequence
        self.events.append(event)
        return httpx.Response(200, json=event)

    def _delete(self, topic: str, sequence: str) -> httpx.Response:
        self._forget_waiting(topic, sequence)
        event = self._event("message_delete", topic, self._now(), sequence_id=sequence)
        self.events.append(event)
        return httpx.Response(200, json=event)

    def _poll(self, topic: str, request: httpx.Request) -> httpx.Response:
        params, now = request.url.params, self._now()
        if params.get("poll") != "1":
            return _problem(400, 40000, "the real one would never end: this one only polls")
        lines = [
            json.dumps(each)
            for each in self._logged(now - self.log_lag)
            if each["topic"] == topic
            and (params.get("sched") == "1" or each["time"] <= now.timestamp())
            and each["time"] > (now - CACHED).timestamp()
        ]
        return httpx.Response(
            200, text="\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
        )

    def _logged(self, moment: datetime) -> list[dict[str, Any]]:
        """The events as they were at a moment."""
        since_gone = [each for gone, each in self._gone if gone > moment]
        known = [*since_gone, *self.events]
        return [each for each in known if self._made_at.get(each["id"], moment) <= moment]

    def _forget_waiting(self, topic: str, sequence: str) -> None:
        now = self._now()
        waiting = [
            each
            for each in self.events
            if each["topic"] == topic
            and each["time"] > now.timestamp()
            and sequence in (each.get("sequence_id"), each["id"])
        ]
        self._gone += [(now, each) for each in waiting]
        self.events = [each for each in self.events if each not in waiting]

    def _event(self, kind: str, topic: str, time: datetime, **more: str) -> dict[str, Any]:
        self._made += 1
        name, stamp = f"m{self._made:011}", int(time.timestamp())
        self._made_at[name] = self._now()
        return {"id": name, "time": stamp, "event": kind, "topic": topic, **more}


def _problem(status: int, code: int, words: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "http": status, "error": words})
