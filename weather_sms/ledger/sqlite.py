"""The ledger in one SQLite file: rollback journal, every commit on the disk.

See https://sqlite.org/pragma.html.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from pathlib import Path
from threading import RLock
from typing import Any

from weather_sms.ledger import Ledger, LedgerError
from weather_sms.ledger.row import Row

SCHEMA_VERSION = 1
BUSY_S = 30
MOST_AT_ONCE = 400  # values in a statement: 999 was the limit of older versions
COLUMNS = tuple(field.name for field in fields(Row))
SCHEMA = (
    f"CREATE TABLE IF NOT EXISTS occurrence ({', '.join(COLUMNS)}, PRIMARY KEY (key))",
    "CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
TABLES = {"occurrence", "memory"}
NEWER = (
    "the ledger was written by a newer weather-sms. Update this one; until then it sends nothing"
)
NOT_OURS = (
    "WEATHER_STATE names another program's database. Name another file; nothing was "
    "touched, and nothing is sent"
)
VALUES = attrgetter(*COLUMNS)
PLACES = ", ".join("?" * len(COLUMNS))
IN_MEMORY = ":memory:"


@dataclass
class _Write:
    """`changed`: how many rows, once it is on the disk; or the `error` why it is not."""

    sql: str
    values: tuple[Any, ...]
    changed: int = -1
    error: LedgerError | None = None


class SqliteLedger(Ledger):
    """Whoever has another secret recognizes nothing in it but what is held."""

    def __init__(self, path: str, now: datetime) -> None:
        self._path, self._lock, self._waiting = Path(path), RLock(), deque[_Write]()
        try:
            if path != IN_MEMORY:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._opened(path, now)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None

    def incarnation(self) -> None:
        """A file: other machines have theirs."""

    def get_all(self, keys: Sequence[str]) -> dict[str, Row]:
        """The rows of those occurrences that are known."""
        return {
            row.key: row
            for row in map(_row, self._among("SELECT * FROM occurrence WHERE key", keys))
        }

    def insert(self, row: Row) -> bool:
        """Add a row; False if the key is there already."""
        return (
            self._write(f"INSERT OR IGNORE INTO occurrence VALUES ({PLACES})", *_values(row)) == 1
        )

    def swap(self, old: Row, new: Row) -> bool:
        """Replace a row if it is still at the old one's version; False if somebody was faster."""
        assignments = ", ".join(f"{name} = ?" for name in COLUMNS)
        sql = f"UPDATE occurrence SET {assignments} WHERE key = ? AND version = ?"
        return self._write(sql, *_values(new), old.key, old.version) == 1

    def upcoming(self, since: datetime) -> list[Row]:
        """All rows due after a moment, in order of time."""
        sql = "SELECT * FROM occurrence WHERE due > ? ORDER BY due"
        return [_row(found) for found in self._do(sql, since.timestamp())[1]]

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
                    f"INSERT OR REPLACE INTO memory VALUES {values}", *chain.from_iterable(chunk)
                )
            self._do("COMMIT")

    def add(self, name: str, amount: int) -> int:
        """Add to a number among the small facts."""
        sql = (
            "INSERT INTO memory VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
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
        """How many rows a statement changed, and what it gave."""
        try:
            with self._lock:
                cursor = self._db.execute(sql, values)
                return cursor.rowcount, cursor.fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def _opened(self, path: str, now: datetime) -> sqlite3.Connection:
        db = self._connected(path)
        try:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            tables = {
                name
                for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            }
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            db.close()
            self._set_aside(now)
            return self._opened(path, now)
        if tables and not tables >= TABLES:
            db.close()
            raise LedgerError(NOT_OURS)
        if version > SCHEMA_VERSION:
            db.close()
            raise LedgerError(NEWER)
        # All at once: a file with half of it looks like somebody else's.
        db.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA:
            db.execute(statement)
        db.execute("COMMIT")
        return db

    def _connected(self, path: str) -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        # A file that is no database is found out by the next query.
        with contextlib.suppress(sqlite3.DatabaseError):
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("PRAGMA synchronous = FULL")
        return db

    def _set_aside(self, now: datetime) -> None:
        """Move an unreadable file out of its folder, which may be a cache; raise OSError."""
        aside = self._path.parent.parent / f"{self._path.name}.{now:%Y%m%dT%H%M%S}.bad"
        self._path.rename(aside)
        logging.getLogger(__name__).warning(
            "The ledger could not be read. It is now %s; a new one begins.", aside
        )

    def _unusable(self, error: Exception) -> LedgerError:
        return LedgerError(
            f"the ledger cannot be used ({type(error).__name__}: {error}). Make its folder "
            "writable, or point "
            "WEATHER_STATE at another file; without it nothing is sent, because it could be "
            "sent twice"
        )


def _values(row: Row) -> tuple[Any, ...]:
    return tuple(
        value.timestamp() if isinstance(value, datetime) else value for value in VALUES(row)
    )


def _row(values: tuple[Any, ...]) -> Row:
    named = dict(zip(COLUMNS, values, strict=True))
    moments = {name: datetime.fromtimestamp(named[name], UTC) for name in ("due", "touched")}
    return Row(**(named | moments | {"refreshed": bool(named["refreshed"])}))
