"""Pure: an occurrence + now + what the ledger knows of it -> what to do, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal

from weather_sms.ledger.row import Row
from weather_sms.schedule import Timing

HOLD_LEAD = timedelta(minutes=10)  # Twilio wants 5 minutes; a slow tick must not find them gone
CLAIM_GOOD_FOR = timedelta(minutes=1)
LONGEST_POST = timedelta(seconds=30)  # a POST that began at the claim's end is over then
LOOK_EVERY, LOOK_EVERY_NEAR, NEAR = timedelta(hours=2), timedelta(hours=1), timedelta(hours=3)
LAST_LOOK = timedelta(minutes=15)  # before its time, and WITNESS_LAG more
UNEXPECTED = "unexpected"  # the code of a fault of ours; what it met stays open
HOLD_AGAIN = (None, "unreachable", "no_weather", "not_wanted", UNEXPECTED)
HELD_AGAIN_BEFORE = ("429", "20429")  # what ledgers of version 1 hold in place of "unreachable"

# In the order in which they are carried out; the others need nothing.
Action = Literal[
    "take_back", "send", "settle", "miss", "hold", "look", "wait", "busy", "held", "done", "not_due"
]
ACTIONS: tuple[Action, ...] = ("take_back", "send", "settle", "miss", "hold", "look", "wait")


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
    LOOK_AGAIN = "is the forecast still the same?"
    TAKEN_CARE_OF = "this text was taken care of"
    TAKING_BACK = "it is being taken back"
    IN_DOUBT = "an earlier run may have handed it over; the log must say"
    BEING_SENT = "another run is handing it over"
    LATER_ONE_OWED = "a later text for the same place is owed too"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for an occurrence, and why."""

    action: Action
    why: Why


def plan(at: datetime, row: Row | None, now: datetime, can_hold: bool, timing: Timing) -> Plan:
    """Return the plan for one occurrence; `can_hold`: the channel can hold a text for later."""
    if row is None or row.state == "open":
        return _first(
            at,
            now,
            can_hold and (row is None or row.code in HOLD_AGAIN + HELD_AGAIN_BEFORE),
            timing,
        )
    if row.state == "claimed" and now < row.touched + CLAIM_GOOD_FOR + LONGEST_POST:
        return Plan("busy", Why.BEING_SENT)
    if row.state in ("claimed", "unknown"):
        return Plan("settle", Why.IN_DOUBT)
    if row.state == "canceling":
        return Plan("take_back", Why.TAKING_BACK)
    if row.state != "held":
        return Plan("done", Why.TAKEN_CARE_OF)
    if now >= at:
        return Plan("done", Why.WAS_HELD)
    return (
        Plan("look", Why.LOOK_AGAIN) if _look_is_due(row, now, timing) else Plan("held", Why.HELD)
    )


def _first(at: datetime, now: datetime, can_hold: bool, timing: Timing) -> Plan:
    lead = at - now
    if -lead > timing.grace:
        return Plan("miss", Why.LONG_OVER)
    if lead <= timedelta(0):
        return Plan("send", Why.DUE)
    if can_hold and HOLD_LEAD < lead <= timing.look_ahead:
        return Plan("hold", Why.CAN_BE_HELD)
    return Plan("wait", Why.DUE_SOON) if lead <= timing.max_wait else Plan("not_due", Why.NOT_DUE)


def _look_is_due(row: Row, now: datetime, timing: Timing) -> bool:
    """Whether a held text is looked at again: once after the log's lag, then every few hours."""
    lead = row.due - now
    if lead < timing.witness_lag + LAST_LOOK:
        return False
    if row.looked is None or (row.posted is not None and row.looked < row.posted):
        return now >= (row.posted or row.touched) + timing.witness_lag
    return now >= row.looked + (LOOK_EVERY_NEAR if lead <= NEAR else LOOK_EVERY)


def trusted_from(row: Row, now: datetime, timing: Timing) -> datetime:
    """Return when a log that does not show a text in doubt is believed.

    The wait doubles with each POST; for the first try after the due time it is the lag alone.
    """
    posted = row.posted
    if posted is None or row.state == "claimed":
        posted = row.touched + CLAIM_GOOD_FOR + LONGEST_POST
    doublings = 0 if posted < row.due <= now else max(0, row.attempts - 1)
    return posted + timing.witness_lag * int(2 ** min(doublings, 10))
