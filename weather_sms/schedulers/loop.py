"""Stay in the foreground and tick, on the `schedule` library (https://schedule.readthedocs.io)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from threading import Event

import schedule

EVERY_MIN = 5
LOOK_S = 0.5  # how often the clock is looked at, and so how soon it stops


class StoppableClock:
    """The real time; a sleep is interrupted when the loop is to stop, so nothing is tried again."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def now(self) -> datetime.datetime:
        """The current time in UTC."""
        return datetime.datetime.now(datetime.UTC)

    def sleep(self, seconds: float) -> None:
        """Wait. Raises KeyboardInterrupt when the loop is to stop."""
        if self._stop.wait(seconds):
            raise KeyboardInterrupt


def run(tick: Callable[[], None], stop: Event, every_min: int = EVERY_MIN) -> None:
    """Tick at once and then on the cadence until `stop` is set; a machine that slept ticks once."""
    scheduler = schedule.Scheduler()
    job = scheduler.every(every_min).minutes.do(tick)
    tick()
    while not stop.wait(LOOK_S):
        scheduler.run_pending()
        # The library's times are local ones: where clocks go back, the next would be an hour away.
        latest = datetime.datetime.now() + datetime.timedelta(minutes=every_min)  # noqa: DTZ005
        job.next_run = min(job.next_run or latest, latest)
