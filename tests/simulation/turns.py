"""The clock of a simulation, and threads that take turns on it.

Free threads share a clock in an order that no seed repeats. Here a pool does each piece of work as
soon as it is handed in, beginning at the moment at which it was; whoever asks for the result has
then waited until its end. So work still goes on side by side in the simulated time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")


class Died(BaseException):
    """The runner is gone."""


class RunnerClock:
    """A clock that moves only by sleeping; at `ends` the runner is gone."""

    def __init__(self, moment: datetime, ends: datetime) -> None:
        self.moment, self._ends = moment, ends

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        if self.moment >= self._ends:
            raise Died


class Work(Future[T]):
    """A piece of work that is done, and ends at a moment."""

    def __init__(self, clock: RunnerClock) -> None:
        super().__init__()
        self._clock = clock
        self.ended = clock.moment

    def result(self, timeout: float | None = None) -> T:
        moment = self._clock.moment
        if timeout is not None and self.ended > moment + timedelta(seconds=timeout):
            self._clock.sleep(timeout)
            raise TimeoutError
        self._clock.moment = max(moment, self.ended)
        return super().result()


@contextmanager
def taking_turns(clock: RunnerClock) -> Iterator[None]:
    """Let thread pools do their work in turns on this clock; there is no other time."""

    def submit(
        _: ThreadPoolExecutor, work: Callable[..., T], /, *args: Any, **more: Any
    ) -> Work[T]:
        began, done = clock.moment, Work[T](clock)
        try:
            done.set_result(work(*args, **more))
        except Exception as error:
            done.set_exception(error)
        done.ended, clock.moment = clock.moment, began
        return done

    def seconds() -> float:
        return clock.moment.timestamp()

    with (
        patch.object(ThreadPoolExecutor, "submit", submit),
        patch.object(time, "monotonic", seconds),
    ):
        yield
