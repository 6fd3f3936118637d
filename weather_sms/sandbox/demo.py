"""A clock for sample days."""

from __future__ import annotations

from datetime import datetime, timedelta


class FixedClock:
    """Starts at a moment (aware), and moves only by sleeping, which takes no time."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment, and all the sleep since."""
        return self._moment

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._moment += timedelta(seconds=seconds)
