"""Texts that wait where they are held: looked at again, renewed, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from weather_sms.channels import Logged, NoLog, NotAccepted, Unanswered
from weather_sms.delivery.due import iso
from weather_sms.delivery.plan import HOLD_LEAD
from weather_sms.ledger.row import Row
from weather_sms.report.outcome import Outcome

if TYPE_CHECKING:
    from weather_sms.delivery.desk import Desk
    from weather_sms.delivery.due import Due
    from weather_sms.receiver import Receiver
    from weather_sms.text.compose import Composed

LEAST_LEFT = timedelta(minutes=30)  # what a text that is made anew needs until its time
PAUSES_S = (0, 5, 10, 20, 40, 40)  # between the tries to take a text back: two minutes
SMALL = 2  # numbers that differ by no more are no reason for a renewal
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SURPLUS = "another weather-sms sends to this receiver: stop one of them, or give each its own"
STAYS = "the text that is held stays as it is"
STILL_RIGHT = "the text that is held is still right"


class Held:
    """Looks after the held texts of one tick."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def look(self, due: Due, words: Composed, about: Outcome) -> Outcome | Row:
        """Look at a held text; return its outcome, or the row that is to be handed over again."""
        row = due.row
        assert row is not None and row.sid is not None
        if self._desk.channels.of(due.receiver).replaces:
            return self._replaced(due, row, words, about)
        fate = self._desk.fate(due.receiver, row.sid)
        if fate is None:
            detail = f"{self._desk.name(due.receiver)} does not say what became of it"
            return replace(about, status="already", detail=detail)
        now = self._desk.clock.now()
        if fate.status == "canceled":
            gone = self._desk.swap(row, state="unknown", sid=None, posted=now, touched=now)
            detail = "another run is looking at it"
            return gone or replace(about, status="already", detail=detail)
        row, about = self._alone(due, row, fate, about)
        if not differs(fate.text, words.text):
            self._desk.swap(row, looked=now)
            return replace(about, status="already", detail=STILL_RIGHT)
        back = self.take_back(row, [due.receiver], for_good=False)
        if back is None or back.state == "canceling":
            return replace(about, status="unknown", fresh=False, detail="it is being taken back")
        return back if back.state == "open" else replace(about, status="already", detail=STAYS)

    def _alone(self, due: Due, row: Row, fate: Logged, about: Outcome) -> tuple[Row, Outcome]:
        """Of several live texts of one heading keep one: that has left, else the lowest SID."""
        try:
            others = [each for each in self._desk.live(due, "") if each.sid != row.sid]
        except (NoLog, Unanswered):
            return row, about
        found = [self._desk.fate(due.receiver, each.sid) for each in others]
        living = [each for each in found if each is not None and each.status != "canceled"]
        if not living:
            return row, about
        keep = min([fate, *living], key=lambda each: (each.status == "scheduled", each.sid))
        for each in (fate, *living):
            if each.sid != keep.sid and each.status == "scheduled":
                self._canceled(due.receiver, each.sid, row)
        about = replace(about, warning=SURPLUS)
        if keep.sid != row.sid:
            text = self._desk.seal("text", keep.text)
            row = self._desk.swap(row, sid=keep.sid, text=text) or row
        return row, about

    def _replaced(self, due: Due, row: Row, words: Composed, about: Outcome) -> Outcome:
        """POST a text again by its key: always the old text or the new one is held."""
        desk, now = self._desk, self._desk.clock.now()
        stays = replace(about, status="already", detail=STAYS)
        # An older server gave a name of its own: it would add a second text.
        if row.sid not in (due.sequence, due.key) or due.at - now <= HOLD_LEAD:
            desk.swap(row, looked=now)
            return stays
        channel = desk.channels.of(due.receiver)
        assert row.sid is not None
        try:
            channel.hand_over(
                due.receiver, words.text, words.heading, row.sid, due.at, urgent=words.urgent
            )
        except (NotAccepted, Unanswered):
            return stays
        text = desk.seal("text", words.text)
        changed = text != row.text
        desk.swap(row, text=text, looked=now, headings=desk.headings(row, words.heading))
        if not changed:
            return replace(stays, detail=STILL_RIGHT)
        return replace(about, status="refreshed", sid=row.sid, send_at=iso(due.at))

    def take_back(self, row: Row, receivers: Iterable[Receiver], *, for_good: bool) -> Row | None:
        """Mark, cancel, fetch; return the row as it is then, None if somebody was faster.

        It ends "canceled" or, to be made anew, "open"; "held" if it is still there; "sent" if it
        has left; "canceling" if nobody knows.
        """
        assert row.sid is not None
        desk = self._desk
        marked: Row | None = row
        if row.state != "canceling" or row.for_good != for_good:
            good = for_good or (row.state == "canceling" and row.for_good)
            marked = desk.swap(row, state="canceling", for_good=good, touched=desk.clock.now())
        if marked is None:
            return None
        for receiver in desk.channels.holders(row.sid, receivers):
            status = self._canceled(receiver, row.sid, marked)
            now = desk.clock.now()
            if status == "canceled":
                state = "canceled" if marked.for_good else "open"
                return desk.swap(marked, state=state, attempts=0, sid=None, touched=now, code=None)
            if status == "scheduled":
                return desk.swap(marked, state="held", for_good=False, looked=now, touched=now)
            if status:
                return desk.swap(marked, state="sent", for_good=False, touched=now)
        return marked

    def _canceled(self, receiver: Receiver, sid: str, row: Row) -> str:
        """Cancel until it is confirmed; return the channel's last word, empty without one."""
        desk, status = self._desk, ""
        channel = desk.channels.of(receiver)
        for pause_s in PAUSES_S:
            if pause_s and timedelta(seconds=pause_s) > desk.timing.max_wait:
                break
            if pause_s:
                desk.clock.sleep(pause_s)
            ahead = row.due - desk.clock.now() >= HOLD_LEAD
            if channel.cancel(receiver, sid) and (ahead or not channel.replaces):
                return "canceled"
            fate = desk.fate(receiver, sid)
            status = fate.status if fate else ""
            if status and status != "scheduled":
                return status
        return status


def differs(old: str, new: str) -> bool:
    """Whether two texts differ by more than small numbers."""
    if NUMBER.sub("0", old) != NUMBER.sub("0", new):
        return True
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return any(abs(float(a) - float(b)) > SMALL for a, b in pairs)
