"""Pure: the ledger's notes for the report, as short texts: when runs came, the month's segments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from statistics import median

from cronsim import CronSim, CronSimError

KEPT_RUNS = 48  # a day of them
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The scheduled runs' lateness against their cron lines, and the longest pause, in minutes."""

    late_min: tuple[int, ...]
    longest_pause_min: int

    @property
    def middle_min(self) -> int:
        """The median."""
        return round(median(self.late_min))


def late_min(cron_line: str, now: datetime) -> int | None:
    """Return the minutes since a cron line (UTC) last came.

    A run later than the line's interval looks less late than it is.
    """
    moment = now.astimezone(UTC)
    try:
        times = list(takewhile(lambda at: at <= moment, CronSim(cron_line, moment - A_DAY)))
    except CronSimError:
        return None
    return int((moment - times[-1]).total_seconds() // 60) if times else None


def with_run(noted: str | None, cron_line: str, now: datetime) -> str:
    """The notes of the last runs, and this one, if a cron line started it."""
    late = late_min(cron_line, now) if cron_line else None
    known = noted.split() if noted else []
    return (
        " ".join([*known, f"{int(now.timestamp())}:{late}"][-KEPT_RUNS:])
        if late is not None
        else noted or ""
    )


def punctuality(noted: str | None) -> Punctuality | None:
    """Read the notes of the last runs; None without any."""
    runs = [tuple(map(int, each.split(":"))) for each in (noted or "").split()]
    if not runs:
        return None
    pauses = [(later - earlier) // 60 for (earlier, _), (later, _) in pairwise(runs)]
    return Punctuality(tuple(late for _, late in runs), max(pauses, default=0))


def month(now: datetime) -> str:
    """The name under which a month's segments are counted."""
    return f"segments:{now.astimezone(UTC):%Y-%m}"
