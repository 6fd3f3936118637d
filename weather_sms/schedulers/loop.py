"""Stay in the foreground and tick, on the `schedule` library (https://schedule.readthedocs.io)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

import schedule

EVERY_MIN = 5
LOOK_S = 0.5  # how often the clock is looked at, and so how soon it stops


class StoppableClock:
    """The real time; whoever sleeps when the loop is to stop is interrupted, so that nothing is tried again."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait. Raises KeyboardInterrupt when the loop is to stop."""
        if self._stop.wait(seconds):
            raise KeyboardInterrupt


def run(tick: Callable[[], None], stop: Event, every_min: int = EVERY_MIN) -> None:
    """Tick at once and then on the cadence, until `stop` is set. After a sleep of the machine it ticks once."""
    scheduler = schedule.Scheduler()
    scheduler.every(every_min).minutes.do(tick)
    tick()
    while not stop.wait(LOOK_S):
        scheduler.run_pending()
