"""The ledger in one SQLite file: rollback journal, every commit on the disk (https://sqlite.org/pragma.html)."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from weather_sms.due import Row
from weather_sms.ledger import LedgerError

SCHEMA_VERSION = 1
BUSY_S = 30
COLUMNS = tuple(field.name for field in fields(Row))
SCHEMA = (
    f"CREATE TABLE IF NOT EXISTS occurrence ({', '.join(COLUMNS)}, PRIMARY KEY (key))",
    "CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
PLACES = ", ".join("?" * len(COLUMNS))
IN_MEMORY = ":memory:"


class SqliteLedger:
    """`check` is an HMAC that only the right secret makes: a file with another one is not ours."""

    def __init__(self, path: str, check: str, now: datetime) -> None:
        self._path = Path(path)
        try:
            if path != IN_MEMORY:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._opened(path, check, now)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None

    def get(self, key: str) -> Row | None:
        """The row of an occurrence."""
        found = self._do("SELECT * FROM occurrence WHERE key = ?", key).fetchone()
        return _row(found) if found else None

    def insert(self, row: Row) -> bool:
        """Add a row; False if the key is there already."""
        return self._do(f"INSERT OR IGNORE INTO occurrence VALUES ({PLACES})", *_values(row)).rowcount == 1

    def swap(self, old: Row, new: Row) -> bool:
        """Replace a row if it is still at the old one's version; False if somebody was faster."""
        assignments = ", ".join(f"{name} = ?" for name in COLUMNS)
        sql = f"UPDATE occurrence SET {assignments} WHERE key = ? AND version = ?"
        return self._do(sql, *_values(new), old.key, old.version).rowcount == 1

    def upcoming(self, since: datetime) -> list[Row]:
        """All rows due after a moment, in order of time."""
        return [_row(r) for r in self._do("SELECT * FROM occurrence WHERE due > ? ORDER BY due", since.timestamp())]

    def recall(self, name: str) -> str | None:
        """A small fact, by name."""
        found = self._do("SELECT value FROM memory WHERE name = ?", name).fetchone()
        return str(found[0]) if found else None

    def remember(self, name: str, value: str) -> None:
        """Keep a small fact."""
        self._do("INSERT OR REPLACE INTO memory VALUES (?, ?)", name, value)

    def prune(self, before: datetime) -> None:
        """Forget what was due before a moment."""
        self._do("DELETE FROM occurrence WHERE due < ?", before.timestamp())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _do(self, sql: str, *values: Any) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def _opened(self, path: str, check: str, now: datetime) -> sqlite3.Connection:
        db = self._connected(path)
        try:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            ours = version == 0 or db.execute("SELECT value FROM memory WHERE name = 'check'").fetchone() == (check,)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "no such table" not in str(error):
                raise
            version, ours = 0, False
        if version > SCHEMA_VERSION:
            db.close()
            raise LedgerError(
                "the ledger was written by a newer weather-sms. Update this one; until then it sends nothing"
            )
        if not ours:
            db.close()
            self._set_aside(now)
            db = self._connected(path)
        db.execute("BEGIN IMMEDIATE")  # all at once: a file without its check looks like somebody else's
        for statement in SCHEMA:
            db.execute(statement)
        db.execute("INSERT OR IGNORE INTO memory VALUES ('check', ?)", (check,))
        db.execute("COMMIT")
        return db

    def _connected(self, path: str) -> sqlite3.Connection:
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        with contextlib.suppress(sqlite3.DatabaseError):  # a file that is no database is found out by the next query
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("PRAGMA synchronous = FULL")
        return db

    def _set_aside(self, now: datetime) -> None:
        """Move a file that is not ours out of its folder, which may be a cache."""
        name = f"{self._path.name}.{now:%Y%m%dT%H%M%S}.bad"
        for folder in (self._path.parent.parent, Path(tempfile.gettempdir())):
            with contextlib.suppress(OSError):
                self._path.rename(folder / name)
                return
        self._path.unlink()

    def _unusable(self, error: Exception) -> LedgerError:
        return LedgerError(
            f"the ledger cannot be used ({type(error).__name__}: {error}). Make its folder writable, or point "
            "WEATHER_STATE at another file; without it nothing is sent, because it could be sent twice"
        )


def _values(row: Row) -> tuple[Any, ...]:
    return tuple(value.timestamp() if isinstance(value, datetime) else value for value in astuple(row))


def _row(values: tuple[Any, ...]) -> Row:
    named = dict(zip(COLUMNS, values, strict=True))
    moments = {name: datetime.fromtimestamp(named[name], UTC) for name in ("due", "touched")}
    return Row(**(named | moments | {"refreshed": bool(named["refreshed"])}))
