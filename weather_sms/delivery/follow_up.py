"""The texts of earlier ticks: cancel the unwanted ones, and ask for the status of the others."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from weather_sms.channels import FINAL, WENT_WRONG
from weather_sms.delivery.due import Due, iso
from weather_sms.delivery.faults import caught
from weather_sms.delivery.hand_over import Delivery, at_once
from weather_sms.delivery.occurrences import Occurrences, Schedule
from weather_sms.delivery.plan import Plan, Why, trusted_from
from weather_sms.ledger.row import Row, State
from weather_sms.receiver import NOBODY
from weather_sms.report.outcome import Outcome

if TYPE_CHECKING:
    from weather_sms.delivery.desk import Desk
    from weather_sms.receiver import Receiver

HELD = ("held", "canceling")
FOLLOW_FROM = timedelta(minutes=5)
FOLLOW_TO = timedelta(hours=24)
SENT_IS_FINAL_AFTER = timedelta(hours=1)  # some carriers never confirm a delivery


class FollowUp:
    """`receivers`: through whose channels a text may be found, whoever it was for."""

    def __init__(
        self, occurrences: Occurrences, desk: Desk, receivers: Sequence[Receiver], began: datetime
    ) -> None:
        self._occurrences, self._desk, self._delivery = occurrences, desk, Delivery(desk)
        self._receivers, self._began = receivers, began

    def tidy(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> list[Outcome]:
        """Take back texts that no subscription asks for, unless a place's zone is unknown."""
        if not all(schedule.zone for schedule in schedules):
            return []
        held = [
            row for row in rows.values() if row.state in HELD and row.sid and row.due > self._began
        ]
        keep = self._occurrences.keys(schedules) if held else {}
        return self._taken_back(held, keep, for_good=False)

    def _taken_back(
        self, held: Iterable[Row], keep: Container[str], *, for_good: bool
    ) -> list[Outcome]:
        def taken(row: Row) -> Outcome | None:
            back = self._delivery.held.take_back(row, self._receivers, for_good=for_good)
            gone = back is not None and back.state in ("open", "canceled")
            return replace(_unowned(row), status="canceled", sid=row.sid) if gone else None

        unwanted = [row for row in held if row.key not in keep]
        outcomes = at_once(lambda row: self._caught(row, _unowned(row), taken), unwanted)
        return [outcome for outcome in outcomes if outcome is not None]

    def _caught(
        self, row: Row, about: Outcome, work: Callable[[Row], Outcome | None]
    ) -> Outcome | None:
        return caught(partial(work, row), partial(self._delivery.fault, row.key, row.due, about))

    def stop(self, rows: Iterable[Row]) -> list[Outcome]:
        """Take back everything that is held, for good; what nobody confirms may still come."""
        known = [row for row in rows if row.state in (*HELD, "unknown", "claimed")]
        found = [self._found(row) if row.sid is None else row for row in known]
        held = [row for row in found if row is not None and row.sid]
        canceled = [replace(o, fresh=True) for o in self._taken_back(held, (), for_good=True)]
        gone = {outcome.sid for outcome in canceled}
        left = [_unowned(row) for row in found if row is not None and row.sid not in gone]
        detail = "its cancellation is not confirmed"
        return canceled + [replace(each, status="unknown", detail=detail) for each in left]

    def _found(self, row: Row) -> Row | None:
        """Look for a text in doubt; None if the log, which can be trusted, does not show it."""
        for receiver in dict.fromkeys(self._receivers):
            look = self._desk.look(_in_doubt(row, receiver), "")
            if look.found:
                return self._desk.swap(row, state="held", sid=look.found.sid)
            if not look.is_read or look.is_unsure:
                return row
        now = self._desk.clock.now()
        if now < trusted_from(row, now, self._desk.timing):
            return row
        self._desk.swap(row, state="canceled", touched=now)
        return None

    def follow_up(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> Iterator[Outcome]:
        """Ask what became of the texts that should have arrived by now; only bad news is told."""
        of = {each.number: each for each in schedules}

        def asked(found: tuple[int, Row]) -> Outcome | None:
            number, row = found
            about = of[number].about(row.due) if number else _unowned(row)
            work = partial(followed, self._desk, about=about, receivers=self._receivers)
            return self._caught(row, about, work)

        return filter(None, at_once(asked, list(self.followable(schedules, rows))))

    def followable(
        self, schedules: list[Schedule], rows: Mapping[str, Row]
    ) -> Iterator[tuple[int, Row]]:
        """Rows whose status should be asked for, each with its subscription's number (0: none)."""
        first, last = self._began - FOLLOW_TO, self._began - FOLLOW_FROM
        due = [
            row
            for row in rows.values()
            if row.sid
            and row.fate is None
            and row.state in ("held", "sent")
            and first < row.due <= last
        ]
        numbers = self._occurrences.keys(schedules) if due else {}
        return ((numbers.get(row.key, 0), row) for row in due)


def followed(
    desk: Desk, row: Row, about: Outcome, receivers: Iterable[Receiver] = ()
) -> Outcome | None:
    """Ask what became of a text that should have arrived; return an outcome only if it did not."""
    assert row.sid is not None
    known = [about.receiver] if about.receiver != NOBODY else receivers
    for receiver in desk.channels.holders(row.sid, known):
        fate = desk.fate(receiver, row.sid)
        if fate is None:
            continue
        now = desk.clock.now()
        if row.state == "held" and fate.status == "canceled":
            desk.swap(row, state="unknown", sid=None, posted=now, touched=now)
            detail = "somebody canceled the text where it was held; the log is asked next"
            return replace(about, status="canceled", detail=detail)
        if fate.status in FINAL or now - row.due >= SENT_IS_FINAL_AFTER:
            state: State = "sent" if row.state == "held" else row.state
            code = str(fate.code) if fate.code else None
            desk.swap(row, state=state, fate=fate.status, code=code)
        if fate.status in WENT_WRONG:
            detail = desk.channels.of(receiver).explain(fate.code)
            return replace(about, status="undelivered", sid=row.sid, detail=detail)
        return None
    return None


def _unowned(row: Row) -> Outcome:
    """About a text that belongs to no subscription any more."""
    return Outcome(subscription=0, occurrence=iso(row.due), status="already")


def _in_doubt(row: Row, receiver: Receiver) -> Due:
    """A text in doubt, as if it was for a receiver."""
    return Due(
        number=0,
        receiver=receiver,
        at=row.due,
        key=row.key,
        who=(receiver.identity, ""),
        sequence=row.key,
        row=row,
        plan=Plan("settle", Why.IN_DOUBT),
    )
