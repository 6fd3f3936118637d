"""The ledger in one SQLite file: rollback journal, every commit on the disk.

See https://sqlite.org/pragma.html.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import RLock
from typing import Any

from weather_sms.ledger import SO, Ledger, LedgerError, migrations
from weather_sms.ledger.row import NAMES, Row, stored
from weather_sms.ledger.sqlite_file import COLUMNS, FAILURES, IN_MEMORY, cause, open_file, row_of

MOST_AT_ONCE = 400  # values in a statement: 999 was the limit of older versions
PLACES = ", ".join("?" * len(NAMES))
ASSIGNMENTS = ", ".join(f"{name} = ?" for name in NAMES)


@dataclass
class _Write:
    """`changed`: how many rows, once it is on the disk; or the `error` why it is not."""

    sql: str
    values: tuple[Any, ...]
    changed: int = -1
    error: LedgerError | None = None


class SqliteLedger(Ledger):
    """Whoever has another secret recognizes nothing in it but what is held.

    A damaged file is moved to the folder `aside`, without one beside the new one.
    """

    def __init__(
        self,
        path: str,
        now: datetime,
        aside: Path | None = None,
        steps: Sequence[Sequence[str]] = migrations.SQLITE,
    ) -> None:
        self._path, self._lock, self._waiting = Path(path), RLock(), deque[_Write]()
        folder = self._path.parent
        try:
            if path != IN_MEMORY:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(
                f"the ledger's folder {folder} cannot be made ({error.strerror})",
                "Make it, and let this user write in it, or point WEATHER_STATE at another file; "
                f"{SO}",
            ) from None
        try:
            self._db = open_file(self._path, now, aside or folder, steps)
        except FAILURES as error:
            raise cause(error, self._path) from None

    def server_id(self) -> None:
        """A file: other machines have theirs."""

    def get_all(self, keys: Sequence[str]) -> dict[str, Row]:
        """The rows of those occurrences that are known."""
        found = self._among(f"SELECT {COLUMNS} FROM occurrence WHERE key", keys)
        return {row.key: row for row in self._rows(found)}

    def insert(self, row: Row) -> bool:
        """Add a row; False if the key is there already."""
        sql = f"INSERT OR IGNORE INTO occurrence ({COLUMNS}) VALUES ({PLACES})"
        return self._write(sql, *_values(row)) == 1

    def swap(self, old: Row, new: Row) -> bool:
        """Replace a row if it is still at the old one's version; False if somebody was faster."""
        sql = f"UPDATE occurrence SET {ASSIGNMENTS} WHERE key = ? AND version = ?"
        return self._write(sql, *_values(new), old.key, old.version) == 1

    def upcoming(self, since: datetime) -> list[Row]:
        """All rows due after a moment, in order of time."""
        sql = f"SELECT {COLUMNS} FROM occurrence WHERE due > ? ORDER BY due"
        return list(self._rows(self._do(sql, since.timestamp())[1]))

    def recall_all(self, names: Sequence[str]) -> dict[str, str]:
        """Those of some small facts that are known."""
        return dict(self._among("SELECT name, value FROM memory WHERE name", names))

    def remember_all(self, facts: Mapping[str, str]) -> None:
        """Keep small facts, all in one transaction."""
        pairs = list(facts.items())
        with self._lock:
            self._do("BEGIN IMMEDIATE")
            for start in range(0, len(pairs), MOST_AT_ONCE):
                chunk = pairs[start : start + MOST_AT_ONCE]
                values = ", ".join(["(?, ?)"] * len(chunk))
                self._do(
                    f"INSERT OR REPLACE INTO memory (name, value) VALUES {values}",
                    *chain.from_iterable(chunk),
                )
            self._do("COMMIT")

    def add(self, name: str, amount: int) -> int:
        """Add to a number among the small facts."""
        sql = (
            "INSERT INTO memory (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
            "SET value = CAST(CAST(value AS INTEGER) + excluded.value AS TEXT) RETURNING value"
        )
        return int(self._do(sql, name, str(amount))[1][0][0])

    def prune(self, before: datetime) -> None:
        """Forget what was due before a moment."""
        self._do("DELETE FROM occurrence WHERE due < ?", before.timestamp())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _among(self, sql: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(names), MOST_AT_ONCE):
            chunk = names[start : start + MOST_AT_ONCE]
            yield from self._do(f"{sql} IN ({', '.join('?' * len(chunk))})", *chunk)[1]

    def _rows(self, found: Iterable[Sequence[Any]]) -> Iterator[Row]:
        try:
            yield from map(row_of, found)
        except FAILURES as error:
            raise cause(error, self._path) from None

    def _write(self, sql: str, *values: Any) -> int:
        """Return how many rows a statement changed.

        Threads that come meanwhile share one commit, which is what takes time.
        """
        mine = _Write(sql, values)
        self._waiting.append(mine)
        with self._lock:
            if mine.changed < 0 and mine.error is None:
                self._commit([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.error is not None:
            raise mine.error
        return mine.changed

    def _commit(self, together: list[_Write]) -> None:
        try:
            if len(together) > 1:
                self._do("BEGIN IMMEDIATE")
            changed = [self._do(each.sql, *each.values)[0] for each in together]
            if len(together) > 1:
                self._do("COMMIT")
        except LedgerError as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            for each in together:
                each.error = error
            return
        for each, count in zip(together, changed, strict=True):
            each.changed = count

    def _do(self, sql: str, *values: Any) -> tuple[int, list[tuple[Any, ...]]]:
        """Run a statement; return the number of rows it changed, and those it gave."""
        try:
            with self._lock:
                cursor = self._db.execute(sql, values)
                return cursor.rowcount, cursor.fetchall()
        except FAILURES as error:
            raise cause(error, self._path) from None


def _values(row: Row) -> list[Any]:
    """The values of COLUMNS; moments are seconds since 1970."""
    values = stored(row).values()
    return [each.timestamp() if isinstance(each, datetime) else each for each in values]
