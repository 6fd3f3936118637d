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
    "refreshing",
    "open",
    "sent",
    "rejected",
    "missed",
    "canceled",
    "skipped",
]
STATES = get_args(State)
# The stored names, in the order in which version 1 has them.
NAMES = (
    "key", "due", "state", "touched", "attempts", "version", "sid", "text", "refreshed", "fate",
    "code",
)  # fmt: skip
OPTIONAL = {str, type(None)}
KEY = re.compile("[0-9a-f]{64}")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Senseless(Exception):
    """Stored values that no version of this program wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Everything that the ledger knows of an occurrence.

    `touched`: when its state last changed. `attempts`: claims so far. `version` grows with every
    change. "open": known, but still to be handed over; `code` then says what went wrong. `fate` is
    the channel's last word on a text that left. `text` is an HMAC.
    """

    key: str
    due: datetime
    state: State
    touched: datetime
    attempts: int = 0
    version: int = 1
    sid: str | None = None
    text: str | None = None
    refreshed: bool = False
    fate: str | None = None
    code: str | None = None


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
        "refreshed": row.refreshed,
        "fate": row.fate,
        "code": row.code,
    }


def restored(values: Mapping[str, Any], moment: Callable[[Any], datetime]) -> Row:
    """Return the row of stored values; `moment` reads a stored moment. Raises Senseless."""
    if values.keys() != set(NAMES) or not _sensible(values):
        raise Senseless
    try:
        due, touched = moment(values["due"]), moment(values["touched"])
        if not (EARLIEST <= due < LATEST and EARLIEST <= touched < LATEST):
            raise Senseless
    except (TypeError, ValueError, OverflowError, OSError):
        raise Senseless from None
    return Row(
        key=values["key"],
        due=due,
        state=values["state"],
        touched=touched,
        attempts=values["attempts"],
        version=values["version"],
        sid=values["sid"],
        text=values["text"],
        refreshed=bool(values["refreshed"]),
        fate=values["fate"],
        code=values["code"],
    )


def _sensible(values: Mapping[str, Any]) -> bool:
    key, numbers = values["key"], (values["attempts"], values["version"])
    return (
        isinstance(key, str)
        and KEY.fullmatch(key) is not None
        and values["state"] in STATES
        and set(map(type, numbers)) == {int}
        and min(numbers) >= 0
        and {type(values[name]) for name in ("sid", "text", "fate", "code")} <= OPTIONAL
        and values["refreshed"] in (False, True)
    )
