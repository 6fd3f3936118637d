"""Pure: an occurrence + now + what the ledger knows of it -> what to do, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal

from weather_sms.ledger.row import Row
from weather_sms.schedule import Timing

HOLD_LEAD = timedelta(minutes=10)  # Twilio wants 5 minutes; a slow tick must not find them gone
REFRESH_FROM, REFRESH_TO = timedelta(hours=3), timedelta(minutes=45)
CLAIM_GOOD_FOR = timedelta(minutes=1)
MOST_ATTEMPTS = 2
UNEXPECTED = "unexpected"  # the code of a fault of ours
# Of the codes why a text could not be held:
HOLD_AGAIN = (None, "unreachable", "no_weather", UNEXPECTED)

Action = Literal[
    "send", "hold", "wait", "refresh", "settle", "miss", "uncertain", "held", "done", "not_due"
]


class Why(Enum):
    """The reason of a plan, with its words."""

    ASKED_FOR = "it was asked for"
    DUE = "it is due"
    DUE_SOON = "it is due in a moment"
    NOT_DUE = "it is not due yet"
    LONG_OVER = "its time is long over"
    CAN_BE_HELD = "it can be held until its time"
    HELD = "it is held until its time"
    WAS_HELD = "it was held until its time"
    NEAR = "its time is near: is the forecast still the same?"
    TAKEN_CARE_OF = "this text was taken care of"
    IN_DOUBT = "the log must say what became of it"
    TOO_EARLY_TO_ASK = (
        "an earlier run may have handed it over; the log is asked when it can be trusted"
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for an occurrence, and why."""

    action: Action
    why: Why


@dataclass(frozen=True, slots=True)
class Window:
    """When an occurrence may be handed over (UTC, both ends included)."""

    start: datetime
    end: datetime


def window(at: datetime, of_receiver: Iterable[datetime], timing: Timing) -> Window:
    """The window of an occurrence, cut halfway to the receiver's other occurrences."""
    others = set(of_receiver) - {at}
    before = max((other for other in others if other < at), default=None)
    after = min((other for other in others if other > at), default=None)
    start, end = at - timing.look_ahead, at + timing.grace
    if before is not None:
        start = max(start, at - (at - before) / 2)
    if after is not None:
        end = min(end, at + (after - at) / 2)
    return Window(start, end)


def plan(
    at: datetime, row: Row | None, open_in: Window, now: datetime, can_hold: bool, timing: Timing
) -> Plan:
    """Return the plan for one occurrence; `can_hold`: the channel can hold a text for later."""
    if row is None or row.state == "open":
        return _first(
            at, open_in, now, can_hold and (row is None or row.code in HOLD_AGAIN), timing
        )
    if row.state in ("claimed", "unknown", "refreshing"):
        return _unsettled(row, now, timing)
    if row.state != "held":
        return Plan("done", Why.TAKEN_CARE_OF)
    if now < at and not row.refreshed and REFRESH_TO <= at - now <= REFRESH_FROM:
        return Plan("refresh", Why.NEAR)
    return Plan("held", Why.HELD) if now < at else Plan("done", Why.WAS_HELD)


def _first(at: datetime, open_in: Window, now: datetime, can_hold: bool, timing: Timing) -> Plan:
    lead = at - now
    if now > open_in.end:
        return Plan("miss", Why.LONG_OVER)
    if lead <= timedelta(0):
        return Plan("send", Why.DUE)
    if can_hold and lead > HOLD_LEAD and now >= open_in.start:
        return Plan("hold", Why.CAN_BE_HELD)
    if lead <= timing.max_wait:
        return Plan("wait", Why.DUE_SOON)
    return Plan("not_due", Why.NOT_DUE)


def _unsettled(row: Row, now: datetime, timing: Timing) -> Plan:
    """Plan for a hand-over without a known end: nothing, until the log can be trusted."""
    if now < row.touched + (CLAIM_GOOD_FOR if row.state == "refreshing" else timing.witness_lag):
        return Plan("uncertain", Why.TOO_EARLY_TO_ASK)
    return Plan("settle", Why.IN_DOUBT)
