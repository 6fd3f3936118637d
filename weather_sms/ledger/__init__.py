"""The ledger remembers what was handed over, so that nothing is sent twice. It may lie where others can read it.

Keys, zones and texts are HMAC-SHA-256 of a secret; SIDs, due times and codes are stored as they are.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from weather_sms.due import Row


class LedgerError(Exception):
    """The ledger cannot be used; the sentence says why and what to do. Nothing may be sent."""


class Ledger(Protocol):
    """What every ledger can do. All changes are atomic, and on the disk when they return."""

    def get(self, key: str) -> Row | None:
        """The row of an occurrence."""
        ...

    def insert(self, row: Row) -> bool:
        """Add a row; False if the key is there already."""
        ...

    def swap(self, old: Row, new: Row) -> bool:
        """Replace a row if it is still at the old one's version; False if somebody was faster."""
        ...

    def upcoming(self, since: datetime) -> list[Row]:
        """All rows due after a moment, in order of time."""
        ...

    def recall(self, name: str) -> str | None:
        """A small fact, by name."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Keep a small fact."""
        ...

    def prune(self, before: datetime) -> None:
        """Forget what was due before a moment."""
        ...

    def close(self) -> None:
        """Let go of the file or the connection."""
        ...


class Seal:
    """HMACs under one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __call__(self, *parts: str) -> str:
        """The HMAC of some texts, in hex."""
        return hmac.digest(self._secret, "\0".join(parts).encode(), "sha256").hex()

    def find(self, sealed: str, kind: str, candidates: Iterable[str]) -> str | None:
        """Which of the candidates an HMAC was made from."""
        return next((each for each in candidates if self(kind, each) == sealed), None)


def zone_names() -> list[str]:
    """All IANA time zones."""
    from importlib.resources import files

    return files("tzdata").joinpath("zones").read_text("utf-8").split()


def open_ledger(url: str, seal: Seal, now: datetime) -> Ledger:
    """The ledger at `sqlite:///` + absolute path, made if it is not there. Raises LedgerError."""
    from weather_sms.ledger.sqlite import SqliteLedger

    return SqliteLedger(url.removeprefix("sqlite:///"), seal("ledger"), now)
