"""Whether the ledger may have forgotten a text, and until when the log has to be awaited then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from weather_sms.delivery.due import Due, iso
from weather_sms.delivery.run import Run
from weather_sms.schedule import Timing

FACTS = ("run", "attempt", "server", "doubt")


@dataclass(frozen=True, slots=True)
class Memory:
    """`doubt`: something unknown was at work until then. None: the ledger knows everything.

    `complete_since`: from then on a shared ledger knows every text of every scheduler.
    """

    timing: Timing
    doubt: datetime | None = None
    complete_since: datetime | None = None

    def in_doubt(self, due: Due, can_hold: bool) -> bool:
        """Whether a text may have been handed over although the ledger does not know it."""
        if self.doubt is None or due.own or (due.row is not None and due.row.posted is not None):
            return False
        lead = self.timing.look_ahead if can_hold else self.timing.max_wait
        return due.at - lead <= self.doubt

    @property
    def trusted_from(self) -> datetime | None:
        """When the log shows everything that was done while something unknown was at work."""
        return self.doubt and self.doubt + self.timing.witness_lag

    def asks_log(self, due: Due) -> bool:
        """Whether a first hand-over looks at the log: not where the ledger knows every text."""
        opened = due.at - self.timing.look_ahead
        complete = self.complete_since is not None and self.complete_since <= opened
        return not due.own and not complete


def noticed(
    facts: Mapping[str, str], run: Run | None, server: str | None, new: bool, began: datetime
) -> dict[str, str]:
    """Return the facts to be noted at the start of a tick; "doubt" if memory may be incomplete.

    Where the run's number does not follow the one that is known, `run` is asked for the last run
    that is not. `server`: a shared ledger's server id. `new`: no tick has used this ledger before.
    """
    news, doubts = dict[str, str](), [moment(facts.get("doubt"), began)]
    if run is not None:
        news |= {"run": str(run.number), "attempt": str(run.attempt)}
        doubts.append(_last_unknown(run, facts, new, began))
    known = facts.get("server", "")
    if server and server != known.split(" ")[0]:
        doubts.append(began if known else None)
        news["server"] = f"{server} {iso(began)}"
    elif known and not server:
        news["server"] = ""
    if doubt := max(filter(None, doubts), default=None):
        news["doubt"] = iso(min(doubt, began))
    return news


def _last_unknown(
    run: Run, facts: Mapping[str, str], new: bool, began: datetime
) -> datetime | None:
    """When the last run ended that may have sent something, and is not known to the ledger."""
    if "run" not in facts and not new:
        return None  # it was not used in a workflow before
    number, attempt = int(facts.get("run", "0")), int(facts.get("attempt", "1"))
    if _follows(run, number, attempt):
        return None
    return run.last_unknown(number, attempt) if run.last_unknown else began


def _follows(run: Run, number: int, attempt: int) -> bool:
    """Whether no run lies between one and the last that is known."""
    if run.number == number:
        return run.attempt in (attempt, attempt + 1)
    return run.number == number + 1 and run.attempt == 1


def moment(fact: str | None, now: datetime) -> datetime | None:
    """Read the moment at the end of a fact; one in the future is not believed."""
    found = datetime.fromisoformat(fact.split(" ")[-1]) if fact else None
    return found if found and found <= now else None
