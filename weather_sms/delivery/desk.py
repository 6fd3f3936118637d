"""The tools of a tick: the ledger's rows and the channels' logs, with what they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from weather_sms.channels import DEAD, Logged, NoLog, Unanswered
from weather_sms.ledger.row import Row, State

if TYPE_CHECKING:
    from weather_sms.channels.open import Channels
    from weather_sms.clock import Clock
    from weather_sms.delivery.due import Due
    from weather_sms.delivery.lost_memory import Memory
    from weather_sms.ledger import KeyedHash, Ledger
    from weather_sms.receiver import Receiver
    from weather_sms.schedule import Timing

KEPT = timedelta(days=2)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What the log says of a text. `found`: it lives. `why`: the log is not read, or unsure."""

    found: Logged | None = None
    is_read: bool = True
    is_unsure: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """`owners`: by SID, whose rows had it when the tick began. `since`: how far logs are read."""

    ledger: Ledger
    seal: KeyedHash
    channels: Channels
    clock: Clock
    timing: Timing
    memory: Memory
    owners: Mapping[str, Sequence[Row]]
    since: datetime

    def name(self, receiver: Receiver) -> str:
        """The name of a receiver's channel."""
        return self.channels.of(receiver).name

    # The ledger: every change is one atomic insert, or a swap that fails if somebody was faster.

    def swap(self, row: Row, **changes: object) -> Row | None:
        """Change a row; None if somebody was faster."""
        new = replace(row, version=row.version + 1, **changes)  # type: ignore[arg-type]
        return new if self.ledger.swap(row, new) else None

    def note(self, due: Due, *, state: State, **changes: object) -> Row | None:
        """Write an occurrence's row; None if somebody was faster."""
        now = self.clock.now()
        if due.row is not None:
            return self.swap(due.row, state=state, touched=now, **changes)
        new: dict[str, Any] = {"state": state, "touched": now} | changes
        row = Row(key=due.key, due=due.at, **new)
        return row if self.ledger.insert(row) else None

    def claim(self, due: Due, heading: str) -> Row | None:
        """The row, if this process is the one that may hand the text over, within a minute."""
        now, row = self.clock.now(), due.row
        headings = self.headings(row, heading)
        if row is None:
            return self.note(due, state="claimed", attempts=1, headings=headings)
        again = row.posted is not None and not row.posted < row.due <= now
        attempts = row.attempts + 1 if again else 1
        return self.note(due, state="claimed", attempts=attempts, headings=headings, sid=None)

    def headings(self, row: Row | None, heading: str) -> str:
        """The seals of every heading that was POSTed for a row, and of one more."""
        known = (row.headings or "").split() if row is not None else []
        more = [self._sealed(heading)] if heading else []
        return " ".join(dict.fromkeys([*known, *more]))

    def _sealed(self, heading: str) -> str:
        return self.seal("heading", heading.split(": ")[0])

    # The log.

    def in_doubt(self, due: Due) -> bool:
        """Whether a text may have been handed over although the ledger does not know it."""
        return self.memory.in_doubt(due, self.channels.can_hold(due.receiver))

    def asks_log(self, due: Due) -> bool:
        """Whether a first hand-over looks at the log."""
        return self.in_doubt(due) or self.memory.asks_log(due)

    def look(self, due: Due, heading: str, *, fresh: bool = False) -> Look:
        """Look for a live text of this occurrence in its receiver's log. `fresh`: ask it again."""
        try:
            candidates = self.live(due, heading, fresh=fresh)
        except NoLog as error:
            return Look(is_read=False, why=str(error))
        except Unanswered as error:
            return Look(is_read=False, why=f"{error}; a later run tries again")
        channel = self.channels.of(due.receiver)
        for each in candidates:
            if channel.replaces:
                return Look(each)
            try:
                found = channel.fetch(due.receiver, each.sid)
            except Unanswered as error:
                return Look(is_unsure=True, why=f"{error}; a later run asks again")
            if found.status not in DEAD:
                return Look(found)
        return Look()

    def live(self, due: Due, heading: str, *, fresh: bool = False) -> list[Logged]:
        """Texts in the log, by SID, that may be this occurrence's. Raises NoLog or Unanswered."""
        own = set(self.headings(due.row, heading).split())
        first = due.at - self.timing.look_ahead - A_DAY
        last = due.at + self.timing.grace
        log = self.channels.log(due.receiver, self.since, fresh=fresh)
        return sorted(
            (
                each
                for each in log
                if each.status not in DEAD
                and each.created is not None
                and first <= each.created <= last
                and not self._is_foreign(each, due)
                and self._sealed(each.text) in own
            ),
            key=lambda each: each.sid,
        )

    def _is_foreign(self, text: Logged, due: Due) -> bool:
        """Whether another row has a text; one under an earlier secret has none."""
        return any(
            row.key != due.key and (row.headings is None or self._sealed(text.text) in row.headings)
            for row in self.owners.get(text.sid, ())
        )

    def fate(self, receiver: Receiver, sid: str) -> Logged | None:
        """What the channel says of a text; None if it does not answer."""
        try:
            return self.channels.of(receiver).fetch(receiver, sid)
        except Unanswered:
            return None
