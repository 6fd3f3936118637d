"""A run of a GitHub workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a GitHub workflow: every run gets the next number; an attempt above 1 is a re-run.

    `cron_line` is what started it, if anything did but a person. `last_unknown`, asked with the
    number and the attempt that the ledger knows, says when the last attempt after that ended which
    may have sent something: None if there is none, now if nobody can tell.
    """

    number: int
    attempt: int = 1
    cron_line: str = ""
    last_unknown: Callable[[int, int], datetime | None] | None = field(
        default=None, repr=False, compare=False
    )
