"""ntfy: push to a phone without an account (https://docs.ntfy.sh/publish/).

The occurrence's key is the sequence id. With it a repeated POST replaces a waiting text instead of
adding one (servers since 2.16; older ones ignore it).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.header import Header
from typing import Annotated, Any

import httpx
import msgspec

from weather_sms.channels import (
    NTFY_SID,
    Accepted,
    Access,
    Logged,
    NoLog,
    Unanswered,
    titled,
)
from weather_sms.channels.answers import asking, decoded, failure, posting_to
from weather_sms.http import ONCE, POST_ONCE, READ, Policy, send
from weather_sms.receiver import NtfyTopic

DELAY_REFUSED = frozenset({40002, 40003, 40004, 40005, 40006})  # refusals to hold, not to send
# Below 4 a sleeping Android phone shows a text late (https://docs.ntfy.sh/subscribe/phone/).
HIGH, MAX = "4", "5"
Instant = Annotated[int, msgspec.Meta(ge=0, le=4102444800)]  # Unix time, to the year 2100
MEANINGS = {
    401: (
        "ntfy wants a login for this topic",
        "Put an access token in WEATHER_TO: ntfy://:tk_...@host/topic",
    ),
    403: (
        "ntfy does not let this login write to the topic",
        "Choose another topic, or a token that may",
    ),
    404: ("ntfy knows no such topic or address", "Check the host in WEATHER_TO"),
    413: ("the text is longer than ntfy takes", "This should never happen: please report it"),
    429: (
        "ntfy had too many messages from this address",
        "Nothing was sent; it is tried again",
    ),
}
REFUSED = "ntfy refused the text", "Its codes are in https://docs.ntfy.sh/publish"


class Event(msgspec.Struct):
    """One line of a topic's log; `time` is when a text left, or will leave."""

    id: str
    time: Instant
    event: str = "message"
    title: str = ""
    message: str = ""
    sequence_id: str = ""

    @property
    def sid(self) -> str:
        """The name of the text; an older server has one of its own."""
        return self.sequence_id or self.id


class ErrorCode(msgspec.Struct):
    """ntfy's error body. Its words may name the topic, so only the code is passed on."""

    code: int = 0


EVENT, ERROR_CODE = msgspec.json.Decoder(Event), msgspec.json.Decoder(ErrorCode)


class Ntfy:
    """Topics on any server."""

    name = "ntfy"
    can_hold = replaces = True

    def __init__(self, access: Access) -> None:
        self._client, self._clock, self._origin = access.client, access.clock, access.origin

    def hand_over(
        self,
        to: NtfyTopic,
        text: str,
        heading: str,
        key: str,
        send_at: datetime | None = None,
        *,
        urgent: bool = False,
    ) -> Accepted:
        """POST one text, held until `send_at` (aware) if given; raise NotAccepted or Unanswered."""
        title, body = titled(text, heading)
        later = {"At": str(int(send_at.timestamp()))} if send_at else {}
        headers = {
            "Title": Header(title, maxlinelen=998).encode(),
            "Priority": MAX if urgent else HIGH,
            "X-Sequence-ID": key,
        }
        with posting_to("ntfy"):
            response = self._request(
                POST_ONCE, "POST", to, headers=headers | later, content=body.encode()
            )
            if not response.is_success:
                raise _failure(response)
            event = EVENT.decode(response.content)
        if not NTFY_SID.fullmatch(event.sid):
            raise Unanswered(
                "ntfy's answer names the text as no ntfy does, so it may have gone out"
            )
        return Accepted(event.sid)

    def cancel(self, to: NtfyTopic, sid: str) -> bool:
        """Ask ntfy once to forget a held text. It confirms that also of one that has left."""
        if NTFY_SID.fullmatch(sid):
            with suppress(Exception):
                return self._request(ONCE, "DELETE", to, f"/{sid}").is_success
        return False

    def fetch(self, to: NtfyTopic, sid: str) -> Logged:
        """Return a text's newest log entry; raise Unanswered, also if the log has none any more."""
        if not NTFY_SID.fullmatch(sid):
            raise Unanswered("this is no text of ntfy's")
        try:
            found = [each for each in self._events(to) if sid in (each.id, each.sequence_id)]
        except NoLog:
            found = []
        if not found:
            raise Unanswered("ntfy's log does not hold the text")
        return self._logged(max(found, key=lambda each: each.time))

    def log(self, to: NtfyTopic, since: datetime) -> list[Logged]:
        """Return a topic's texts that left or will leave from a moment on.

        Raises NoLog or Unanswered.
        """
        newest: dict[str, Event] = {}
        for each in sorted(self._events(to), key=lambda each: each.time):
            newest[each.sid] = each
        return [self._logged(each) for each in newest.values() if each.time >= since.timestamp()]

    def explain(self, code: int | None) -> str:  # noqa: ARG002 there are none
        """A text that ntfy took has no failure that it would tell of."""
        return "ntfy gave no reason"

    def _events(self, to: NtfyTopic) -> list[Event]:
        params = {"poll": "1", "since": "all", "sched": "1"}
        with asking("ntfy's log could not be read"):
            answer = self._request(READ, "GET", to, "/json", params=params)
            if answer.status_code in (401, 403, 404):
                raise NoLog("ntfy does not let this login read the topic")
            answer.raise_for_status()
            events = [EVENT.decode(line) for line in answer.content.splitlines() if line.strip()]
        known = [each for each in events if each.event in ("message", "message_delete")]
        return [each for each in known if NTFY_SID.fullmatch(each.sid)]

    def _logged(self, event: Event) -> Logged:
        moment = datetime.fromtimestamp(event.time, UTC)
        reached = "delivered" if moment <= self._clock.now() else "scheduled"
        status = "canceled" if event.event == "message_delete" else reached
        text = f"{event.title}: {event.message}"
        return Logged(sid=event.sid, status=status, text=text, created=moment)

    def _request(
        self,
        policy: Policy,
        method: str,
        to: NtfyTopic,
        path: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """One request about a topic, logged in as its address says. Raises httpx.TransportError."""
        token = {"Authorization": f"Bearer {to.password}"} if to.password and not to.user else {}
        login = httpx.BasicAuth(to.user, to.password) if to.user else None
        url = f"{self._origin or f'https://{to.host}'}/{to.name}{path}"
        request = self._client.build_request(method, url, headers=(headers or {}) | token, **more)
        return send(self._client, request, policy, self._clock, auth=login)


def _failure(response: httpx.Response) -> Exception:
    status = response.status_code
    code = decoded(ERROR_CODE, response.content, ErrorCode()).code
    wrong, fix = MEANINGS.get(status, REFUSED)
    wrong = f"{wrong} (ntfy error {code or status})"
    return failure("ntfy", status, wrong, fix, only_later=code in DELAY_REFUSED)
