"""Pure: an occurrence, with what the ledger knows of it and what is to be done for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from weather_sms.delivery.plan import Plan
from weather_sms.ledger.row import Row
from weather_sms.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An occurrence of a subscription (counted from 1), and what is to be done for it.

    `who`: its receiver and place. `sequence`: a name that every ledger gives it. `own`: a text for
    `--now` that settles no occurrence of the schedule. `with_time`: its heading has the clock time.
    """

    number: int
    receiver: Receiver = field(repr=False)
    at: datetime
    key: str
    who: tuple[str, str] = field(repr=False)
    sequence: str
    row: Row | None
    plan: Plan
    own: bool = False
    with_time: bool = False


def iso(moment: datetime) -> str:
    """A moment as the ledger and the reports write it, to the second."""
    return moment.isoformat(timespec="seconds")
