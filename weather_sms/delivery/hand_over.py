"""The one way out: look at the log, claim, POST, record.

Every step leaves the ledger in a state from which a later tick can go on, whatever happens in
between; the table in docs/design.md goes through them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, TypeVar

from weather_sms.channels import Logged, NotAccepted, Unanswered
from weather_sms.delivery.due import Due, iso
from weather_sms.delivery.held import LEAST_LEFT, STAYS, Held
from weather_sms.delivery.plan import CLAIM_GOOD_FOR, HOLD_LEAD, UNEXPECTED, Plan, Why, trusted_from
from weather_sms.ledger.row import Row
from weather_sms.report.outcome import Outcome, Status, unexpected

if TYPE_CHECKING:
    from weather_sms.delivery.desk import Desk
    from weather_sms.text.compose import Composed

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 48  # Twilio allows an account about 100 requests at once
LOOKS_AFTER_S = (5, 30, 120)  # after a POST without an answer
MAY_BE_OUT = ("claimed", "unknown", "canceling", "held", "sent")
NOT_WANTED = "its condition does not hold"
MAYBE = "weather-sms does not know yet whether a text was taken; a later run asks the log"
TOO_LATE = {
    None: "no run came within its grace",
    "no_weather": "no weather could be had until it was too late",
    "unreachable": "its channel could not be reached until it was too late",
    "refused": "it was refused until it was too late",
    UNEXPECTED: "weather-sms failed unexpectedly until it was too late",
}


class Delivery:
    """Hands texts over and remembers it. `held` looks after those that wait for their time."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self.held = desk, Held(desk)

    def is_too_near(self, due: Due) -> bool:
        """Whether a text that should be held has to be waited for instead."""
        lead = due.at - self._desk.clock.now()
        return due.plan.action == "hold" and timedelta(0) < lead <= HOLD_LEAD

    def carry_out(self, due: Due, words: Composed, about: Outcome) -> Outcome:
        """Do what the plan says with a text that is composed."""
        if due.plan.action == "settle":
            return self._settled(due, words.heading, about) or self._handed_over(due, words, about)
        if due.plan.action == "look":
            return self._looked_at(due, words, about)
        return self._looked_up(due, words, about) or self._handed_over(due, words, about)

    def settled(self, due: Due, about: Outcome) -> Outcome | None:
        """Settle a text in doubt by the headings that were POSTed for it, without new words."""
        return self._settled(due, "", about)

    def _looked_up(self, due: Due, words: Composed, about: Outcome) -> Outcome | None:
        """Look at the log before a first hand-over; return None if the text is to go out."""
        desk, memory = self._desk, self._desk.memory
        if not desk.asks_log(due):
            return None
        in_doubt = desk.in_doubt(due)
        look = desk.look(due, words.heading)
        if look.found:
            return self._adopted(due, look.found, words, about)
        if look.is_unsure:
            return self._in_doubt(due, about, look.why)
        if in_doubt and not look.is_read:
            return self._in_doubt(due, about, f"{look.why}, so nothing is sent again")
        if in_doubt and memory.trusted_from and desk.clock.now() < memory.trusted_from:
            name = desk.name(due.receiver)
            return self._in_doubt(due, about, f"an earlier run was lost; {name}'s log is awaited")
        return None

    def _settled(self, due: Due, heading: str, about: Outcome) -> Outcome | None:
        """Let the log say what became of a text in doubt; return None if it is to go out again."""
        desk, row = self._desk, due.row
        assert row is not None
        now = desk.clock.now()
        if desk.channels.of(due.receiver).replaces and due.at - now > HOLD_LEAD:
            return None  # the same POST again replaces the text, if there is one
        look = desk.look(due, heading)
        if look.found:
            return self._adopted(due, look.found, None, about)
        if look.is_unsure or not look.is_read:
            return self._in_doubt(due, about, look.why)
        if now < trusted_from(row, now, desk.timing):
            name = desk.name(due.receiver)
            return self._in_doubt(due, about, f"{name}'s log is asked again when it can be trusted")
        if now > due.at + desk.timing.grace and due.plan.why is not Why.ASKED_FOR:
            return self.miss(due, about)
        if timedelta(0) < due.at - now <= HOLD_LEAD or (
            due.at > now and not desk.channels.can_hold(due.receiver)
        ):
            desk.note(due, state="open", code="unreachable")
            return replace(about, status="not_due", detail="it goes out at its time")
        return None

    def _in_doubt(self, due: Due, about: Outcome, why: str) -> Outcome:
        """Say that a text is uncertain: before its time a warning, at its time red, once."""
        desk = self._desk
        is_due = due.at <= desk.clock.now()
        if due.row is None:
            return replace(about, status="unknown", fresh=False, detail=why)
        fresh = is_due and due.row.told != "unknown"
        if fresh:
            desk.swap(due.row, told="unknown")
        warning = "" if is_due else MAYBE
        return replace(about, status="unknown", fresh=fresh, detail=why, warning=warning)

    def _adopted(
        self, due: Due, found: Logged, words: Composed | None, about: Outcome
    ) -> Outcome | None:
        """Remember a text that the log shows; one whose time nobody knows is made anew."""
        desk, row = self._desk, due.row
        now = desk.clock.now()
        knows_time = desk.channels.of(due.receiver).replaces and found.created == due.at
        known = knows_time or (row is not None and row.posted is not None)
        scheduled = found.status == "scheduled"
        noted = desk.note(
            due,
            state="held" if scheduled else "sent",
            sid=found.sid,
            text=desk.seal("text", found.text),
            headings=desk.headings(row, words.heading if words else ""),
            posted=(row and row.posted) or now,
            looked=now,
        )
        if noted and scheduled and not known and due.at - now > LEAST_LEFT:
            back = self.held.take_back(noted, [due.receiver], for_good=False)
            if back and back.state == "open":
                return self._handed_over(replace(due, row=back), words, about) if words else None
        detail = f"{desk.name(due.receiver)}'s log shows it already"
        return replace(about, status="already", sid=found.sid, text=found.text, detail=detail)

    def _handed_over(self, due: Due, words: Composed, about: Outcome) -> Outcome:
        """Claim, POST, record."""
        claimed = self._desk.claim(due, words.heading)
        if claimed is None:
            return replace(about, status="already", detail="another run is handing it over")
        return self._posted(replace(due, row=claimed), claimed, words, about)

    def _posted(self, due: Due, claimed: Row, words: Composed, about: Outcome) -> Outcome:
        desk, now = self._desk, self._desk.clock.now()
        channel = desk.channels.of(due.receiver)
        holding = due.at - now > HOLD_LEAD and channel.can_hold and not due.own
        if not holding and due.at > now:
            desk.swap(claimed, state="open", attempts=claimed.attempts - 1)
            detail = "it is too near to be held; it goes out at its time"
            return replace(about, status="not_due", detail=detail)
        if now - claimed.touched > CLAIM_GOOD_FOR:
            desk.swap(claimed, state="open", attempts=claimed.attempts - 1)
            detail = "this run was too slow; a later one goes on"
            return replace(about, status="unknown", fresh=False, detail=detail)
        try:
            accepted = channel.hand_over(
                due.receiver,
                words.text,
                words.heading,
                due.sequence,
                due.at if holding else None,
                urgent=words.urgent,
            )
        except NotAccepted as error:
            return self._refused(error, claimed, about, holding)
        except Unanswered as error:
            return self._unanswered(due, claimed, words, replace(about, detail=str(error)))
        desk.swap(
            claimed,
            state="held" if holding else "sent",
            sid=accepted.sid,
            text=desk.seal("text", words.text),
            touched=now,
            posted=now,
            looked=None,
            attempts=0,
            code=None,
        )
        return _out(replace(about, sid=accepted.sid), due, holding)

    def _unanswered(self, due: Due, claimed: Row, words: Composed, about: Outcome) -> Outcome:
        """Note the doubt, and let the log settle it within the tick if it can."""
        desk = self._desk
        now = desk.clock.now()
        row = desk.swap(claimed, state="unknown", touched=now, posted=now)
        if row is None:
            return replace(about, status="unknown", fresh=False)
        due = replace(due, row=row)
        for pause_s in LOOKS_AFTER_S:
            if due.own or timedelta(seconds=pause_s) > desk.timing.max_wait:
                break
            desk.clock.sleep(pause_s)
            look = desk.look(due, words.heading, fresh=True)
            if look.found and (adopted := self._adopted(due, look.found, words, about)):
                is_held = look.found.status == "scheduled"
                return _out(replace(adopted, detail=""), due, is_held)
            if not look.is_read:
                break
        return self._in_doubt(due, about, about.detail)

    def _refused(self, error: NotAccepted, claimed: Row, about: Outcome, holding: bool) -> Outcome:
        """Record a refusal: before its time or with nobody reached it stays open, else final."""
        code = "unreachable" if error.again else str(error.code or "refused")
        fresh = claimed.told != code
        self._desk.swap(
            claimed,
            state="open" if holding or error.again else "rejected",
            touched=self._desk.clock.now(),
            attempts=claimed.attempts - 1,
            code=code,
            told=code,
        )
        if holding and error.only_later:
            detail = f"{error}. Until then the text goes out at its time"
            return replace(about, status="not_due", detail=detail)
        return replace(about, status="rejected", fresh=fresh, detail=str(error))

    def _looked_at(self, due: Due, words: Composed, about: Outcome) -> Outcome:
        """Look at a held text again: is it there, alone, and still right?"""
        looked = self.held.look(due, words, about)
        if isinstance(looked, Outcome):
            return looked
        due = replace(due, row=looked)
        if looked.state == "unknown":  # somebody canceled it
            settle = replace(due, plan=Plan("settle", Why.IN_DOUBT))
            return self.carry_out(settle, words, about)
        done = self._handed_over(due, words, about)
        return replace(done, status="refreshed") if done.status == "scheduled" else done

    def skip(self, due: Due, about: Outcome) -> Outcome:
        """Skip a text that is not wanted: for good at its time; earlier the forecast may change."""
        desk, row = self._desk, due.row
        if due.plan.action == "look" and row is not None:
            back = self.held.take_back(row, [due.receiver], for_good=False)
            if back is None or back.state != "open":
                return replace(about, status="already", detail=STAYS)
            desk.swap(back, code="not_wanted")
            return replace(about, status="canceled", public_detail=NOT_WANTED)
        if due.at > desk.clock.now():
            if row is None or row.code != "not_wanted":
                desk.note(due, state="open", code="not_wanted")
            return replace(about, status="not_due", public_detail=NOT_WANTED)
        noted = desk.note(due, state="skipped")
        return replace(about, status="skipped" if noted else "already", public_detail=NOT_WANTED)

    def stop(self, due: Due, words: Composed, about: Outcome) -> Outcome | None:
        """Take back, for good, a text that only the log shows; return None if there is none."""
        desk, now = self._desk, self._desk.clock.now()
        look = desk.look(due, words.heading)
        if not look.found:
            return replace(about, status="unknown", detail=look.why) if look.why else None
        row = desk.note(due, state="held", sid=look.found.sid, posted=now)
        back = row and self.held.take_back(row, [due.receiver], for_good=True)
        if back is not None and back.state == "canceled":
            return replace(about, status="canceled", sid=look.found.sid)
        return replace(about, status="unknown", detail="its cancellation is not confirmed")

    def miss(self, due: Due, about: Outcome) -> Outcome:
        """Note once that a text is too late to be sent, with the true reason."""
        desk, row = self._desk, due.row
        if row is None and desk.in_doubt(due):
            return replace(about, status="already", detail="")  # nobody knows what became of it
        code = row.code if row is not None else None
        if due.plan.why is Why.LATER_ONE_OWED or code == "not_wanted":
            noted = desk.note(due, state="skipped")
            detail = Why.LATER_ONE_OWED.value if code != "not_wanted" else ""
            status: Status = "skipped" if noted else "already"
            return replace(about, status=status, detail=detail, public_detail=NOT_WANTED)
        why = TOO_LATE.get(code, f"it was refused until it was too late (code {code})")
        if row is not None and row.posted is not None and row.state in ("unknown", "claimed"):
            why = "no answer came to its POSTs, and the log does not show it"
        noted = desk.note(due, state="missed")
        status = "no_weather" if code == "no_weather" else "missed"
        return replace(about, status=status if noted else "already", detail=why)

    def note_no_weather(self, due: Due) -> bool:
        """Remember why an occurrence is still open; False if that was known."""
        known = due.row is not None and due.row.code == "no_weather"
        return not known and self._desk.note(due, state="open", code="no_weather") is not None

    def fault(self, key: str, at: datetime, about: Outcome, error: Exception) -> Outcome:
        """Return the outcome of a fault of ours: `unknown` from the claim on; fresh only once."""
        desk = self._desk
        row = desk.ledger.get(key)
        fresh = row is None or row.code != UNEXPECTED
        if row is None:
            row = Row(key=key, due=at, state="open", touched=desk.clock.now(), code=UNEXPECTED)
            desk.ledger.insert(row)
        elif fresh:
            desk.swap(row, code=UNEXPECTED)
        status: Status = "unknown" if row.state in MAY_BE_OUT else "rejected"
        return replace(about, status=status, sid=row.sid, detail=unexpected(error), fresh=fresh)


def _out(about: Outcome, due: Due, is_held: bool) -> Outcome:
    """What is said of a text that the channel has."""
    if is_held:
        return replace(about, status="scheduled", send_at=iso(due.at))
    return replace(about, status="sent")


def at_once(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Return the results of some work on each item, many at once.

    If it is interrupted, what has begun is ended. Only the main thread is interrupted, so there one
    item has a thread as well.
    """
    if not items or (len(items) == 1 and current_thread() is not main_thread()):
        return [work(each) for each in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as pool:
        return list(pool.map(work, items))
