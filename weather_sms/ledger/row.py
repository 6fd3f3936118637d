"""A row of the ledger, and its stored form, whose names outlive those of the class."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

State = Literal[
    "claimed",
    "unknown",
    "held",
    "canceling",
    "open",
    "sent",
    "rejected",
    "missed",
    "canceled",
    "skipped",
]
STATES = get_args(State)
# The stored names, in the order in which version 2 has them.
NAMES = (
    "key", "due", "state", "touched", "attempts", "version", "sid", "text", "for_good", "fate",
    "code", "headings", "posted", "looked", "told",
)  # fmt: skip
TEXTS = ("sid", "text", "fate", "code", "headings", "told")
OPTIONAL = {str, type(None)}
KEY = re.compile("[0-9a-f]{64}")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Senseless(Exception):
    """Stored values that no version of this program wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Everything that the ledger knows of an occurrence.

    `touched`: when its state last changed. `attempts`: POSTs in doubt, one after the other.
    `version` grows with every change. "open": known, but still to be handed over; `code` then says
    what went wrong. "canceling": being taken back, `for_good` or to be made anew. `fate` is the
    channel's last word on a text that left. `text` is an HMAC, `headings` those of every heading
    that was POSTed. `posted`: when a POST last ended. `looked`: when a held text was last looked
    at. `told`: the trouble that was last reported.
    """

    key: str
    due: datetime
    state: State
    touched: datetime
    attempts: int = 0
    version: int = 1
    sid: str | None = None
    text: str | None = None
    for_good: bool = False
    fate: str | None = None
    code: str | None = None
    headings: str | None = None
    posted: datetime | None = None
    looked: datetime | None = None
    told: str | None = None


def stored(row: Row) -> dict[str, Any]:
    """Return a row's values by their stored names; moments are UTC."""
    return {
        "key": row.key,
        "due": row.due.astimezone(UTC),
        "state": row.state,
        "touched": row.touched.astimezone(UTC),
        "attempts": row.attempts,
        "version": row.version,
        "sid": row.sid,
        "text": row.text,
        "for_good": row.for_good,
        "fate": row.fate,
        "code": row.code,
        "headings": row.headings,
        "posted": row.posted and row.posted.astimezone(UTC),
        "looked": row.looked and row.looked.astimezone(UTC),
        "told": row.told,
    }


def restored(values: Mapping[str, Any], moment: Callable[[Any], datetime]) -> Row:
    """Return the row of stored values; `moment` reads a stored moment. Raises Senseless."""
    if values.keys() != set(NAMES) or not _sensible(values):
        raise Senseless
    try:
        moments = {name: moment(values[name]) for name in ("due", "touched")}
        moments |= {
            name: moment(values[name]) for name in ("posted", "looked") if values[name] is not None
        }
        if not all(EARLIEST <= each < LATEST for each in moments.values()):
            raise Senseless
    except (TypeError, ValueError, OverflowError, OSError):
        raise Senseless from None
    return Row(
        key=values["key"],
        due=moments["due"],
        state=values["state"],
        touched=moments["touched"],
        attempts=values["attempts"],
        version=values["version"],
        sid=values["sid"],
        text=values["text"],
        for_good=bool(values["for_good"]),
        fate=values["fate"],
        code=values["code"],
        headings=values["headings"],
        posted=moments.get("posted"),
        looked=moments.get("looked"),
        told=values["told"],
    )


def _sensible(values: Mapping[str, Any]) -> bool:
    key, numbers = values["key"], (values["attempts"], values["version"])
    return (
        isinstance(key, str)
        and KEY.fullmatch(key) is not None
        and values["state"] in STATES
        and set(map(type, numbers)) == {int}
        and min(numbers) >= 0
        and {type(values[name]) for name in TEXTS} <= OPTIONAL
        and values["for_good"] in (False, True)
    )
