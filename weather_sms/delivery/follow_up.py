"""The texts of earlier ticks: cancel the unwanted ones, and ask for the status of the others."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from weather_sms.delivery.faults import caught
from weather_sms.delivery.hand_over import FOLLOW_FROM, FOLLOW_TO, Delivery, at_once
from weather_sms.delivery.occurrences import Occurrences, Schedule, iso
from weather_sms.report.outcome import Outcome

if TYPE_CHECKING:
    from weather_sms.ledger.row import Row
    from weather_sms.receiver import Receiver

HELD = ("held", "refreshing")


class FollowUp:
    """`receivers`: through whose channels a text may be found, whoever it was for."""

    def __init__(
        self,
        occurrences: Occurrences,
        delivery: Delivery,
        receivers: Sequence[Receiver],
        began: datetime,
    ) -> None:
        self._occurrences, self._delivery = occurrences, delivery
        self._receivers, self._began = receivers, began

    def tidy(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> list[Outcome]:
        """Cancel texts whose time, place, number or secret changed, unless a zone is unknown."""
        if not all(schedule.zone for schedule in schedules):
            return []
        held = [row for row in rows.values() if row.state in HELD and row.due > self._began]
        return self._cancel(held, self._occurrences.keys(schedules), for_good=False) if held else []

    def _cancel(self, held: Iterable[Row], keep: Container[str], for_good: bool) -> list[Outcome]:
        def canceled(row: Row) -> Outcome | None:
            gone = self._delivery.cancel(row, self._receivers, for_good)
            return replace(_unowned(row), status="canceled", sid=row.sid) if gone else None

        unwanted = [row for row in held if row.key not in keep]
        outcomes = at_once(lambda row: self._caught(row, _unowned(row), canceled), unwanted)
        return [outcome for outcome in outcomes if outcome is not None]

    def _caught(
        self, row: Row, about: Outcome, work: Callable[[Row], Outcome | None]
    ) -> Outcome | None:
        return caught(partial(work, row), partial(self._delivery.fault, row.key, row.due, about))

    def stop(self, rows: Iterable[Row]) -> list[Outcome]:
        """Cancel everything that is held; what nobody confirms may still come."""
        held = [row for row in rows if row.state in HELD]
        canceled = [replace(o, fresh=True) for o in self._cancel(held, keep=(), for_good=True)]
        gone = {outcome.sid for outcome in canceled}
        left = [_unowned(row) for row in held if row.sid not in gone]
        return canceled + [
            replace(each, status="unknown", detail="its cancellation is not confirmed")
            for each in left
        ]

    def follow_up(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> Iterator[Outcome]:
        """What became of the texts that should have arrived by now; only bad news is told."""
        of = {each.number: each for each in schedules}

        def followed(found: tuple[int, Row]) -> Outcome | None:
            number, row = found
            about = of[number].about(row.due) if number else _unowned(row)
            follow = partial(self._delivery.follow, about=about, receivers=self._receivers)
            return self._caught(row, about, follow)

        return filter(None, at_once(followed, list(self.followable(schedules, rows))))

    def followable(
        self, schedules: list[Schedule], rows: Mapping[str, Row]
    ) -> Iterator[tuple[int, Row]]:
        """The rows of which news may be had, with their subscriptions' numbers; 0 without one."""
        first, last = self._began - FOLLOW_TO, self._began - FOLLOW_FROM
        open_ = [
            r for r in rows.values() if r.sid and r.fate is None and r.state in ("held", "sent")
        ]
        due = [row for row in open_ if first < row.due <= last]
        numbers = self._occurrences.keys(schedules) if due else {}
        return ((numbers.get(row.key, 0), row) for row in due)


def _unowned(row: Row) -> Outcome:
    """About a text that belongs to no subscription any more."""
    return Outcome(subscription=0, occurrence=iso(row.due), status="already")
