"""The file of the ledger: opened, checked, brought to today's version.

A damaged one is set aside, and a new one begins. Another program's, or one of a newer version, is
left alone.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from weather_sms.ledger import SO, LedgerError, Newer, facts
from weather_sms.ledger.row import NAMES, Row, Senseless, restored

if sys.platform != "win32":
    import fcntl

IN_MEMORY = ":memory:"
BUSY_S = 30
TABLES = {"occurrence", "memory"}
COLUMNS = ", ".join(NAMES)
# Of a file: sqlite3 cannot even say some errors, because they quote what is damaged.
FAILURES = (sqlite3.Error, UnicodeDecodeError, Senseless)
LAST_VERSION = 999  # beyond it a version is no version
NOT_OURS = (
    "WEATHER_STATE names another program's database",
    "Name another file; nothing was touched, and nothing is sent",
)
ELSEWHERE = "or point WEATHER_STATE at another file"
# Failures that say nothing about what is in the file (https://sqlite.org/rescode.html), and what to
# do. {file} and {folder} are the ledger's.
CAUSES = {
    sqlite3.SQLITE_BUSY: (
        f"another process holds the ledger {{file}} for more than {BUSY_S} s",
        "Wait until it is done, or end it",
    ),
    sqlite3.SQLITE_FULL: ("the disk of the ledger {file} is full", f"Free some space, {ELSEWHERE}"),
    sqlite3.SQLITE_READONLY: (
        "the ledger {file} may not be written",
        f"Give this user write permission for the file and for its folder {{folder}}, {ELSEWHERE}",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the ledger {file} cannot be opened",
        "Check that it is a file, and that this user may read and write it and its folder "
        f"{{folder}}, {ELSEWHERE}",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk of the ledger {file} gives errors ({name})",
        f"Check the disk, {ELSEWHERE}",
    ),
    sqlite3.SQLITE_NOMEM: ("there is too little memory for the ledger {file}", "Free some"),
}
CAUSES |= {
    sqlite3.SQLITE_LOCKED: CAUSES[sqlite3.SQLITE_BUSY],
    sqlite3.SQLITE_PROTOCOL: CAUSES[sqlite3.SQLITE_BUSY],
    sqlite3.SQLITE_PERM: CAUSES[sqlite3.SQLITE_READONLY],
}


def open_file(
    path: Path, now: datetime, aside: Path, migrations: Sequence[Sequence[str]]
) -> sqlite3.Connection:
    """Return a connection to a sound ledger of today's version.

    A damaged file is moved to the folder `aside`, and named after `now`. Raises LedgerError, or
    what `cause` puts into words.
    """
    with _one_at_a_time(path.parent):
        try:
            return _opened(path, migrations)
        except FAILURES as error:
            if not is_damage(error, path):
                raise
        _set_aside(path, aside / f"{path.name}.{now:%Y%m%dT%H%M%S}.bad")
        return _opened(path, migrations)


def row_of(values: Sequence[Any]) -> Row:
    """Return the row of the values of COLUMNS; raise Senseless."""
    named = dict(zip(NAMES, values, strict=True))
    return restored(named, lambda seconds: datetime.fromtimestamp(seconds, UTC))


def is_damage(error: Exception, path: Path) -> bool:
    """Whether an error comes from what is in the file, and not from what is around it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK):
        return True  # its header says that nobody may write it
    return code & 0xFF not in CAUSES


def cause(error: Exception, path: Path) -> LedgerError:
    """Say what is wrong, and what to do."""
    if is_damage(error, path):
        return LedgerError(
            f"the ledger {path} is damaged",
            f"The next run sets it aside and begins a new one; {SO}",
        )
    code, name = getattr(error, "sqlite_errorcode", 0), getattr(error, "sqlite_errorname", "")
    wrong, fix = (
        words.format(file=path, folder=path.parent, name=name) for words in CAUSES[code & 0xFF]
    )
    return LedgerError(wrong, f"{fix}; {SO}")


def _opened(path: Path, migrations: Sequence[Sequence[str]]) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA synchronous = FULL")
        # All at once: a file with half of it looks like somebody else's.
        db.execute("BEGIN IMMEDIATE")
        version = _version(db, len(migrations))
        if version:
            _check_pages(db)
        _migrate(db, path, version, migrations)
        _check_values(db)
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection, newest: int) -> int:
    """The version of a ledger, 0 for an empty file; raise LedgerError, or Senseless for damage."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    tables = {name for (name,) in names}
    if not version and not tables:
        return 0
    known = 0 < version <= newest
    if tables >= TABLES and known:
        return version
    if tables >= TABLES and newest < version <= LAST_VERSION:
        raise Newer
    was_ours = known and len(tables) <= len(TABLES) and (not tables or tables & TABLES)
    if tables >= TABLES or was_ours:
        raise Senseless
    raise LedgerError(*NOT_OURS)


def _migrate(
    db: sqlite3.Connection, path: Path, version: int, migrations: Sequence[Sequence[str]]
) -> None:
    newest = len(migrations)
    try:
        for statements in migrations[version:]:
            for statement in statements:
                db.execute(statement)
    except sqlite3.Error as error:
        if not is_damage(error, path):
            raise
        raise LedgerError(
            f"the ledger {path} could not be brought from version {version} to {newest} ({error})",
            f"Nothing in it was changed. Please report this, and move the file away; {SO}",
        ) from None
    # Also where nothing changes: a file that cannot be written is found before a text is sent.
    db.execute(f"PRAGMA user_version = {newest}")


def _check_pages(db: sqlite3.Connection) -> None:
    """Read all pages, and compare the indexes with their tables: 0.1 s for 100,000 rows."""
    if db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise Senseless


def _check_values(db: sqlite3.Connection) -> None:
    """Read every value once: a bit that tipped over inside of one leaves the pages sound."""
    columns = tuple(name for _, name, *_ in db.execute("PRAGMA table_info(occurrence)"))
    if columns != NAMES:
        raise Senseless
    for values in db.execute(f"SELECT {COLUMNS} FROM occurrence"):
        row_of(values)
    for name, value in db.execute("SELECT name, value FROM memory"):
        facts.check(name, value)


def _set_aside(path: Path, target: Path) -> None:
    """Move a damaged file, also to another disk; its journal must not meet the new file."""
    import shutil

    journal = Path(f"{path}-journal")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if journal.exists():
            shutil.move(journal, f"{target}-journal")
        shutil.move(path, target)
    except OSError as error:
        permit = f"Give this user write permission for the folder {path.parent}, or move"
        fix = permit if isinstance(error, PermissionError) else "Move"
        raise LedgerError(
            f"the ledger {path} is damaged, and cannot be moved to {target} ({error.strerror})",
            f"{fix} the file away yourself; {SO}",
        ) from None
    logging.getLogger(__name__).warning(
        "The ledger was damaged. It is now %s; a new one begins.", target
    )


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Let no other process open a ledger in a folder meanwhile.

    SQLite takes a file's journal by its name: whoever had just opened a file that is set aside
    would delete the new one's.
    """
    lock = None
    try:
        if sys.platform != "win32":  # there no file can be moved that another process has open
            with suppress(OSError):  # some network disks know no such lock
                lock = os.open(folder, os.O_RDONLY)
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        if lock is not None:
            os.close(lock)
