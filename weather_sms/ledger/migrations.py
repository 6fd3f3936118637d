"""From each version of the stored form to the next: entry n leads from version n to n + 1.

A new ledger starts at 0 and goes through all of them. An entry that was released never changes; a
new one comes with a real ledger of its version in tests/ledgers. All that an old ledger needs
happens at once: in SQLite one transaction, in Redis one script, which is not rolled back and so
must bear being repeated.
"""

from __future__ import annotations

# Statements.
SQLITE: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE occurrence (key, due, state, touched, attempts, version, sid, text, "
        "refreshed, fate, code, PRIMARY KEY (key))",
        "CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
)
# Lua. `prefix` is what the ledger's keys begin with.
REDIS: tuple[str, ...] = ("",)
