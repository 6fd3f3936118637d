"""Run times of the workflow: recorded, or of a model; in two regimes.

Until August 2026 an hourly cron line had gaps of 60 min (median), 110 (p95) and one of 8 hours,
with one run in twenty dropped. Since then a workflow gets a run every two to eight hours, whatever
its cron lines say.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from tests.simulation.chance import Chance

Regime = Literal["hourly", "rare", "both"]
LINES, HOUR, WEEK = 2, timedelta(hours=1), timedelta(days=7)
STRETCH = timedelta(days=5)  # of a regime, where there are both
SHORTEST_H, LONGEST_H = 2, 8


def recorded(file: Path) -> list[datetime]:
    """The run times of a file, a line each; a line that begins with # is a comment."""
    lines = file.read_text("utf-8").splitlines()
    return [datetime.fromisoformat(line) for line in lines if line and not line.startswith("#")]


def model(days: int = 180) -> list[datetime]:
    """Run times of a model with the figures of real ones."""
    chance, start = random.Random(0), datetime(2026, 1, 5, tzinfo=UTC)
    outage = range(1000, 1008)
    hours = [hour for hour in range(days * 24) if chance.random() > 0.05 and hour not in outage]
    late_min = [chance.lognormvariate(3.2, 0.45) for _ in hours]
    return sorted(
        start + hour * HOUR + timedelta(minutes=late)
        for hour, late in zip(hours, late_min, strict=True)
    )


def starts(
    trace: list[datetime], regime: Regime, seed: int, start: datetime, days: int
) -> list[datetime]:
    """Every start of the workflow on its schedule, in order."""
    end = start + timedelta(days=days)
    hourly = [at for line in range(LINES) for at in _hourly(trace, line, seed, start, end)]
    rare = _rare(Chance(f"rare {seed}"), start, end)
    if regime != "both":
        return sorted(hourly if regime == "hourly" else rare)

    def is_rare(at: datetime) -> bool:
        return (at - start) // STRETCH % 2 == 1

    return sorted([at for at in hourly if not is_rare(at)] + [at for at in rare if is_rare(at)])


def _hourly(
    trace: list[datetime], line: int, seed: int, start: datetime, end: datetime
) -> Iterator[datetime]:
    """One cron line: the trace from a week of its own on, repeated; the second half an hour later.

    The lines are late on their own.
    """
    length = trace[-1] - trace[0] + HOUR
    moved = (seed * 3 + line * 11) % max(1, length // WEEK) * WEEK + line * HOUR / LINES
    for turn in range(-2, int((end - start) / length) + 2):
        for at in trace:
            shifted = start + (at - trace[0]) - moved + turn * length
            if start <= shifted < end:
                yield shifted


def _rare(chance: Chance, start: datetime, end: datetime) -> Iterator[datetime]:
    at = start
    while (at := at + timedelta(hours=chance.between(SHORTEST_H, LONGEST_H, at))) < end:
        yield at
