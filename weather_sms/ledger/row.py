"""A row of the ledger: the stored form of what is known of an occurrence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the ledger knows of an occurrence.

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
