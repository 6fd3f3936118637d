"""One text, handed over once: look at the log, claim, POST, record.

Every step leaves the ledger in a state from which a later tick can go on, whatever happens in
between; the table in docs/design.md goes through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, TypeVar

from weather_sms.channels import DEAD, FINAL, WENT_WRONG, Logged, NoLog, NotAccepted, Unanswered
from weather_sms.delivery.plan import (
    CLAIM_GOOD_FOR,
    HOLD_LEAD,
    MOST_ATTEMPTS,
    UNEXPECTED,
    Plan,
    Window,
)
from weather_sms.ledger.row import Row, State
from weather_sms.receiver import NOBODY
from weather_sms.report.outcome import Outcome, Status, unexpected
from weather_sms.schedule import Timing

if TYPE_CHECKING:
    from weather_sms.channels.open import Channels
    from weather_sms.clock import Clock
    from weather_sms.ledger import KeyedHash, Ledger
    from weather_sms.receiver import Receiver
    from weather_sms.text.compose import Composed

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 48  # Twilio allows an account about 100 requests at once
FOLLOW_FROM, FOLLOW_TO = timedelta(minutes=5), timedelta(hours=24)
SENT_IS_FINAL_AFTER = timedelta(hours=1)  # some carriers never confirm a delivery
MAY_BE_OUT = ("claimed", "unknown", "refreshing", "held", "sent")
TOO_LATE = {
    "no_weather": "no weather could be had until it was too late",
    UNEXPECTED: "weather-sms failed unexpectedly until it was too late",
}
NOT_WANTED = "its condition does not hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An occurrence of a subscription (counted from 1), and what is to be done for it.

    `own`: a text for `--now` that settles no occurrence of the schedule.
    """

    number: int
    receiver: Receiver = field(repr=False)
    at: datetime
    key: str
    row: Row | None
    window: Window
    plan: Plan
    own: bool = False


class Delivery:
    """Hands texts over through one channel, and remembers it in one ledger.

    Before `held_back_until` only what the log shows is settled. `complete_since`: from then on the
    ledger knows every text of every scheduler, so the log need not be asked for an occurrence whose
    window opened later.
    """

    def __init__(
        self,
        ledger: Ledger,
        seal: KeyedHash,
        channels: Channels,
        clock: Clock,
        timing: Timing,
        held_back_until: datetime | None,
        complete_since: datetime | None = None,
    ) -> None:
        self._ledger, self._seal, self._clock, self._timing = ledger, seal, clock, timing
        self._channels, self._channel = channels, channels.of
        self._held_back_until, self._complete_since = held_back_until, complete_since

    def asks_log(self, due: Due) -> bool:
        """Whether to ask the log: not for `--now`, nor where the ledger knows of every text."""
        complete = self._complete_since is not None and self._complete_since <= due.window.start
        return not due.own and (due.row is not None or self._held_back or not complete)

    @property
    def _held_back(self) -> bool:
        return self._held_back_until is not None and self._clock.now() < self._held_back_until

    def looked_up(
        self, due: Due, words: Composed, about: Outcome, log: Callable[[], list[Logged]]
    ) -> Outcome | None:
        """Return the outcome if the text is not to be handed over, else None.

        `log` gives the receiver's part of the channel's log.
        """
        in_doubt = due.row is not None and due.row.attempts > 0
        if self.asks_log(due):
            try:
                if found := self._witness(due, words.heading, log()):
                    return self._adopt(due, found, about)
            except NoLog as error:
                if in_doubt:
                    return replace(
                        about,
                        status="unknown",
                        fresh=False,
                        detail=f"{error}, so nothing is sent again",
                    )
            except Unanswered as error:
                return replace(
                    about, status="unknown", fresh=False, detail=f"{error}; a later run tries again"
                )
            if self._held_back:
                return replace(
                    about,
                    status="not_due",
                    detail=f"an earlier run was lost; {self._channel(due.receiver).name}'s log "
                    "is awaited",
                )
        if self._clock.now() > due.window.end and not due.own:
            return self.miss(due, about)
        if in_doubt and due.row and due.row.attempts >= MOST_ATTEMPTS:
            return self._give_up(due.row, about)
        return None

    def hand_over(self, due: Due, words: Composed, about: Outcome) -> Outcome:
        """Send or schedule a text that was looked up, if no other process does."""
        claimed = self._claim(due)
        if claimed is None:
            return replace(about, status="already", detail="another run is handing it over")
        return self._post(due, claimed, words, about)

    def refresh(self, due: Due, words: Composed, about: Outcome) -> Outcome:
        """Replace a held text if the forecast changed: mark, cancel, check, create, record."""
        held = due.row
        assert held is not None and held.sid is not None
        now = self._clock.now()
        if self._seal("text", words.text) == held.text:
            self._swap(held, refreshed=True)
            return replace(about, status="already", detail="the text that is held is still right")
        if self._channel(due.receiver).replaces:
            return self._replace(due, held, words, about)
        known = self._fate(due.receiver, held.sid)
        if known is not None and known.status == "canceled":
            self._swap(held, state="open", sid=None, touched=now)
            return replace(
                about,
                status="unknown",
                fresh=False,
                detail="another run replaced the text; the log is asked next",
            )
        marked = self._swap(held, state="refreshing", touched=now)
        if marked is None:
            return replace(about, status="already", detail="another run is looking at it")
        self._channel(due.receiver).cancel(due.receiver, held.sid)
        fate = self._fate(due.receiver, held.sid)
        if fate is None:
            return replace(
                about,
                status="unknown",
                fresh=False,
                detail=f"{self._silent(due)}; a later run looks again",
            )
        if fate.status != "canceled":
            self._swap(marked, state="held", refreshed=True)
            return replace(about, status="already", detail="the text that is held stays as it is")
        claimed = self._swap(
            marked, state="claimed", touched=self._clock.now(), attempts=1, sid=None, refreshed=True
        )
        if claimed is None:
            return replace(about, status="already", detail="another run is handing it over")
        done = self._post(due, claimed, words, about)
        return replace(done, status="refreshed") if done.status == "scheduled" else done

    def _replace(self, due: Due, held: Row, words: Composed, about: Outcome) -> Outcome:
        """Replace a held text by its key, so that always the old text or the new one is held."""
        stays = replace(about, status="already", detail="the text that is held stays as it is")
        marked = self._swap(held, refreshed=True)
        # An older server gave a name of its own: it would add a second text.
        if marked is None or held.sid != due.key:
            return stays
        try:
            self._channel(due.receiver).hand_over(
                due.receiver, words.text, words.heading, due.key, due.at, urgent=words.urgent
            )
        except (NotAccepted, Unanswered):
            return stays
        self._swap(marked, text=self._seal("text", words.text), touched=self._clock.now())
        return replace(
            about, status="refreshed", sid=held.sid, send_at=due.at.isoformat(timespec="seconds")
        )

    def skip(self, due: Due, about: Outcome) -> Outcome:
        """Skip a day that needs no text: for good at its time; earlier the forecast may change."""
        if due.plan.action == "refresh":
            return self._take_back(due, about)
        if due.at > self._clock.now():
            return replace(about, status="not_due", public_detail=NOT_WANTED)
        noted = self._note(due, state="skipped")
        return replace(about, status="skipped" if noted else "already", public_detail=NOT_WANTED)

    def _take_back(self, due: Due, about: Outcome) -> Outcome:
        """A held text whose condition does not hold any more is canceled, and open again."""
        held = due.row
        assert held is not None and held.sid is not None
        self._channel(due.receiver).cancel(due.receiver, held.sid)
        fate = self._fate(due.receiver, held.sid)
        if fate is None or fate.status != "canceled":
            self._swap(held, refreshed=True)
            return replace(about, status="already", detail="the text that is held stays as it is")
        self._swap(held, state="open", sid=None, attempts=0, touched=self._clock.now())
        return replace(about, status="canceled", public_detail=NOT_WANTED)

    def _silent(self, due: Due) -> str:
        return f"{self._channel(due.receiver).name} does not say what became of it"

    def reopen(self, due: Due, about: Outcome) -> Due | Outcome:
        """Return a refresh that broke off if it has to go on, else its outcome."""
        row = due.row
        assert row is not None and row.sid is not None
        fate = self._fate(due.receiver, row.sid)
        if fate is None:
            return replace(about, status="unknown", fresh=False, detail=self._silent(due))
        if fate.status != "canceled":
            self._swap(row, state="held", refreshed=True)
            return replace(about, status="already", detail="the text that is held stays as it is")
        if self._clock.now() < row.touched + self._timing.witness_lag:
            return replace(
                about,
                status="unknown",
                fresh=False,
                detail=f"{self._channel(due.receiver).name}'s log is awaited",
            )
        return due

    def miss(self, due: Due, about: Outcome) -> Outcome:
        """Note once that a text is too late to be sent."""
        code = due.row.code if due.row is not None else None
        noted = self._note(due, state="missed")
        status: Status = "no_weather" if code == "no_weather" else "missed"
        why = TOO_LATE.get(code or "", "no run came within its grace")
        return replace(about, status=status if noted else "already", detail=why)

    def note_no_weather(self, due: Due) -> bool:
        """Remember why an occurrence is still open; False if that was known."""
        known = due.row is not None and due.row.code == "no_weather"
        return not known and self._note(due, state="open", code="no_weather")

    def fault(self, key: str, at: datetime, about: Outcome, error: Exception) -> Outcome:
        """Return the outcome of a fault of ours: `unknown` from the claim on; fresh only once."""
        row = self._ledger.get(key)
        fresh = row is None or row.code != UNEXPECTED
        if row is None:
            row = Row(key=key, due=at, state="open", touched=self._clock.now(), code=UNEXPECTED)
            self._ledger.insert(row)
        elif fresh:
            self._swap(row, code=UNEXPECTED)
        status: Status = "unknown" if row.state in MAY_BE_OUT else "rejected"
        return replace(about, status=status, sid=row.sid, detail=unexpected(error), fresh=fresh)

    def cancel(self, row: Row, receivers: Iterable[Receiver], for_good: bool) -> bool:
        """Take back a held text; return False if it has left, or if no receiver's channel knows it.

        Not `for_good`: it is open again, should the settings of which it came return.
        """
        assert row.sid is not None
        receiver, _ = self._found(row.sid, receivers)
        if receiver is None:
            return False
        self._channel(receiver).cancel(receiver, row.sid)
        fate = self._fate(receiver, row.sid)
        if fate is None or fate.status != "canceled":
            return False
        changes = (
            {"state": "canceled"}
            if for_good
            else {"state": "open", "sid": None, "attempts": 0, "refreshed": False}
        )
        return self._swap(row, touched=self._clock.now(), **changes) is not None

    def follow(
        self, row: Row, about: Outcome, receivers: Iterable[Receiver] = ()
    ) -> Outcome | None:
        """Ask what became of a text that should have arrived; an outcome only if it did not."""
        assert row.sid is not None
        known = [about.receiver] if about.receiver != NOBODY else receivers
        receiver, fate = self._found(row.sid, known)
        if receiver is None or fate is None:
            return None
        if row.state == "held" and fate.status == "canceled":
            self._swap(row, state="open", sid=None, touched=self._clock.now())
            return replace(
                about,
                status="canceled",
                detail="somebody canceled the text where it was held; it is open again",
            )
        old_enough = self._clock.now() - row.due >= SENT_IS_FINAL_AFTER
        if fate.status in FINAL or old_enough:
            state: State = "sent" if row.state == "held" else row.state
            self._swap(
                row, state=state, fate=fate.status, code=str(fate.code) if fate.code else None
            )
        if fate.status not in WENT_WRONG:
            return None
        return replace(
            about,
            status="undelivered",
            sid=row.sid,
            detail=self._channel(receiver).explain(fate.code),
        )

    def _witness(self, due: Due, heading: str, log: list[Logged]) -> Logged | None:
        """A live text of ours in the occurrence's window that begins with the same heading."""
        for logged in log:
            inside = (
                logged.created is not None and due.window.start <= logged.created <= due.window.end
            )
            if (
                inside
                and logged.ours
                and logged.status not in DEAD
                and logged.text.startswith(heading)
            ):
                return logged
        return None

    def _adopt(self, due: Due, found: Logged, about: Outcome) -> Outcome:
        """The log shows the text: remember it as ours."""
        state: State = "held" if found.status == "scheduled" else "sent"
        self._note(due, state=state, sid=found.sid, text=self._seal("text", found.text))
        return replace(
            about,
            status="already",
            sid=found.sid,
            text=found.text,
            detail=f"{self._channel(due.receiver).name}'s log shows it already",
        )

    def _give_up(self, row: Row, about: Outcome) -> Outcome:
        self._swap(row, state="missed", touched=self._clock.now())
        detail = "the log does not show it, and it was tried twice; it is not sent a third time"
        return replace(about, status="unknown", fresh=False, detail=detail)

    def _claim(self, due: Due) -> Row | None:
        """The row, if this process is the one that may hand the text over."""
        now = self._clock.now()
        if due.row is None:
            row = Row(key=due.key, due=due.at, state="claimed", touched=now, attempts=1)
            return row if self._ledger.insert(row) else None
        return self._swap(
            due.row, state="claimed", touched=now, attempts=due.row.attempts + 1, sid=None
        )

    def _post(self, due: Due, claimed: Row, words: Composed, about: Outcome) -> Outcome:
        now = self._clock.now()
        channel = self._channel(due.receiver)
        holding = due.at - now > HOLD_LEAD and channel.can_hold and not due.own
        if not holding and due.at > now:
            self._swap(claimed, state="open", attempts=claimed.attempts - 1)
            return replace(
                about, status="not_due", detail="it is too near to be held; it goes out at its time"
            )
        if now - claimed.touched > CLAIM_GOOD_FOR:
            return replace(
                about,
                status="unknown",
                fresh=False,
                detail="this run was too slow; a later one goes on",
            )
        try:
            send_at = due.at if holding else None
            accepted = channel.hand_over(
                due.receiver, words.text, words.heading, due.key, send_at, urgent=words.urgent
            )
        except NotAccepted as error:
            return self._refused(error, claimed, about, holding)
        except Unanswered as error:
            self._swap(claimed, state="unknown", touched=self._clock.now())
            return replace(about, status="unknown", detail=str(error))
        text = self._seal("text", words.text)
        self._swap(
            claimed,
            state="held" if holding else "sent",
            sid=accepted.sid,
            text=text,
            touched=now,
            code=None,
        )
        until = due.at.isoformat(timespec="seconds") if holding else None
        return replace(
            about, status="scheduled" if holding else "sent", sid=accepted.sid, send_at=until
        )

    def _refused(self, error: NotAccepted, claimed: Row, about: Outcome, holding: bool) -> Outcome:
        """Record a refusal: final, except before its time or if the request was not processed."""
        code = "unreachable" if error.again else str(error.code or "refused")
        self._swap(
            claimed,
            state="open" if holding or error.again else "rejected",
            touched=self._clock.now(),
            attempts=claimed.attempts - 1,
            code=code,
        )
        if holding and error.only_later:
            return replace(
                about, status="not_due", detail=f"{error}. Until then the text goes out at its time"
            )
        return replace(about, status="rejected", fresh=code != claimed.code, detail=str(error))

    def _found(
        self, sid: str, receivers: Iterable[Receiver]
    ) -> tuple[Receiver, Logged] | tuple[None, None]:
        """Return the receiver through whose channel a text is known, and its log entry."""
        holders = self._channels.holders(sid, receivers)
        fates = ((each, self._fate(each, sid)) for each in holders)
        return next(((each, fate) for each, fate in fates if fate is not None), (None, None))

    def _fate(self, receiver: Receiver, sid: str) -> Logged | None:
        try:
            return self._channel(receiver).fetch(receiver, sid)
        except Unanswered:
            return None

    def _note(
        self,
        due: Due,
        *,
        state: State,
        sid: str | None = None,
        text: str | None = None,
        code: str | None = None,
    ) -> bool:
        now = self._clock.now()
        if due.row is None:
            return self._ledger.insert(
                Row(
                    key=due.key, due=due.at, state=state, touched=now, sid=sid, text=text, code=code
                )
            )
        return (
            self._swap(due.row, state=state, touched=now, sid=sid, text=text, code=code) is not None
        )

    def _swap(self, row: Row, **changes: object) -> Row | None:
        new = replace(row, version=row.version + 1, **changes)  # type: ignore[arg-type]
        return new if self._ledger.swap(row, new) else None


def at_once(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Return the results of some work on each item, many at once.

    If it is interrupted, what has begun is ended. Only the main thread is interrupted, so there one
    item has a thread as well.
    """
    if not items or (len(items) == 1 and current_thread() is not main_thread()):
        return [work(each) for each in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as pool:
        return list(pool.map(work, items))
