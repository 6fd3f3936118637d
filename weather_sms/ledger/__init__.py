"""The ledger remembers what was handed over, so that nothing is sent twice.

It may lie where others can read it: keys, zones and texts are HMAC-SHA-256 of a secret; SIDs, due
times and codes are stored as they are.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from weather_sms.errors import Explained
from weather_sms.ledger.row import Row

SO = "without it nothing is sent, because it could be sent twice"


class LedgerError(Explained):
    """The ledger cannot be used, so nothing may be sent."""


class Newer(LedgerError):
    """A newer version wrote it."""

    def __init__(self) -> None:
        super().__init__(
            "the ledger was written by a newer weather-sms",
            "Update this one; until then it sends nothing",
        )


class Ledger(Protocol):
    """The methods of every ledger, for several threads.

    All changes are atomic, and kept when the methods return.
    """

    def server_id(self) -> str | None:
        """The server's id, which changes with a restart that may have lost writes.

        None: it is not shared. Raises LedgerError where rows may be dropped at any time.
        """
        ...

    def get_all(self, keys: Sequence[str]) -> dict[str, Row]:
        """The rows of those occurrences that are known."""
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

    def recall_all(self, names: Sequence[str]) -> dict[str, str]:
        """Those of some small facts that are known."""
        ...

    def remember_all(self, facts: Mapping[str, str]) -> None:
        """Keep small facts."""
        ...

    def add(self, name: str, amount: int) -> int:
        """Add to a number among the small facts (0 if it is not known). Gives the sum."""
        ...

    def prune(self, before: datetime) -> None:
        """Forget what was due before a moment."""
        ...

    def close(self) -> None:
        """Let go of the file or the connection."""
        ...

    def get(self, key: str) -> Row | None:
        """The row of an occurrence."""
        return self.get_all([key]).get(key)

    def recall(self, name: str) -> str | None:
        """A small fact, by name."""
        return self.recall_all([name]).get(name)

    def remember(self, name: str, value: str) -> None:
        """Keep a small fact."""
        self.remember_all({name: value})


class KeyedHash:
    """HMACs under one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __call__(self, *parts: str) -> str:
        """The HMAC of some texts, in hex."""
        return hmac.digest(self._secret, "\0".join(parts).encode(), "sha256").hex()

    def opened(self, kind: str, candidates: Iterable[str]) -> dict[str, str]:
        """By its HMAC, each of the candidates."""
        return {self(kind, each): each for each in candidates}


def first_tick(seal: KeyedHash) -> str:
    """The name of the fact that a tick has used the ledger with this secret."""
    return f"ticked:{seal('ticked')}"


def zone_names() -> list[str]:
    """All IANA time zones."""
    return files("tzdata").joinpath("zones").read_text("utf-8").split()


def open_ledger(url: str, seal: KeyedHash, now: datetime, aside: Path | None = None) -> Ledger:
    """Open the ledger at `sqlite:///` + absolute path or a Redis URL; raise LedgerError.

    A damaged file is moved to the folder `aside`, without one beside the new one.
    """
    if not url.startswith("sqlite:///"):
        from weather_sms.ledger.redis import RedisLedger

        return RedisLedger(url, seal("ledger"))
    from weather_sms.ledger.sqlite import SqliteLedger

    return SqliteLedger(url.removeprefix("sqlite:///"), now, aside)
