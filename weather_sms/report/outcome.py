"""Outcomes -> words: lines for a terminal, one JSON object for scripts, a summary for GitHub."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from weather_sms.forecast import Gap, Provider, credit
from weather_sms.receiver import NOBODY, Receiver
from weather_sms.report.punctuality import Punctuality

Status = Literal[
    "sent", "scheduled", "refreshed", "already", "not_due", "skipped", "dry_run", "rejected",
    "undelivered", "unknown", "no_weather", "missed", "canceled",
]  # fmt: skip
GONE = ("sent", "scheduled", "refreshed", "dry_run")  # a text was made in this tick
FAILURES = ("rejected", "undelivered", "unknown", "no_weather", "missed")
UNPRINTED = (
    "receiver", "place", "public_detail", "fresh", "trouble", "warning", "gaps", "sources",
    "stands_in",
)  # fmt: skip
QUIET = ("not_due", "already")
SAID = {
    "sent": "handed over",
    "scheduled": "scheduled",
    "refreshed": "scheduled anew, because the forecast changed",
    "already": "taken care of",
    "not_due": "not due",
    "skipped": "not wanted today",
    "undelivered": "NOT DELIVERED",
    "missed": "missed",
    "canceled": "canceled",
    "dry_run": "not sent (dry run)",
    "rejected": "NOT SENT",
    "unknown": "MAYBE SENT",
    "no_weather": "NOT SENT, no weather",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The fate of one subscription's text (counted from 1) for one moment (ISO 8601 with offset).

    `fresh`: this is the first time that it is reported; only then does a failure make the run fail.
    `sources`: the services, the one that gave the weather first; `stands_in`: that one is not the
    usual one; `trouble`: what went wrong before, without anything personal; `gaps`: what the text
    has to do without; `warning`: what wants looking at, for any log.
    """

    subscription: int
    occurrence: str
    status: Status
    sid: str | None = None
    send_at: str | None = None
    segments: int | None = None
    detail: str = ""
    public_detail: str = field(default="", repr=False)
    text: str | None = field(default=None, repr=False)
    receiver: Receiver = field(default=NOBODY, repr=False)
    place: str = field(default="", repr=False)
    fresh: bool = True
    sources: tuple[Provider, ...] = ()
    stands_in: bool = False
    trouble: str = ""
    warning: str = ""
    gaps: tuple[Gap, ...] = field(default=(), repr=False)

    @property
    def source(self) -> str:
        """The id of the service that gave the weather."""
        return self.sources[0].id if self.sources else ""

    @property
    def credit(self) -> str:
        """The credits that the services' licences demand."""
        return credit(self.sources)

    def shown_detail(self, private: bool) -> str:
        """Return the detail as far as the readers of a log may know it.

        It says what the text lacks, and whose weather it is, if not the usual one's.
        """
        own = self.detail if private else self.public_detail or self.detail
        lacking = [missing(gap, private) for gap in self._lacking]
        whose = (f"{self.sources[0].name} gave the weather", self.credit) if self.stands_in else ()
        return ". ".join(filter(None, (own, self.trouble, *lacking, *whose)))

    def warnings(self, private: bool) -> list[str]:
        """Return what wants mending although the text went out: a stand-in, missing warnings."""
        gaps = [missing(gap, private) for gap in self._lacking if gap.topic == "alerts"]
        return [] if self.failed else list(filter(None, (self.trouble, self.warning, *gaps)))

    @property
    def _lacking(self) -> tuple[Gap, ...]:
        return self.gaps if self.status in GONE else ()

    @property
    def failed(self) -> bool:
        """Whether this makes the run fail."""
        return self.fresh and self.status in FAILURES


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one tick did.

    `upcoming`: each subscription's next text, in local time. `month_segments`: those of this month
    so far.
    """

    outcomes: tuple[Outcome, ...]
    began: datetime
    upcoming: Mapping[int, datetime] = field(default_factory=dict)
    punctuality: Punctuality | None = None
    month_segments: int = 0

    @property
    def exit_code(self) -> int:
        """0 if everything went as wished, else 1."""
        return int(any(outcome.failed for outcome in self.outcomes))

    def derived(self) -> set[str]:
        """Return all that came out of a secret and must not show in a public log."""
        zones = {str(at.tzinfo) for at in self.upcoming.values()} - {"UTC"}
        receivers = {value for o in self.outcomes for value in o.receiver.masked}
        return (
            receivers
            | zones
            | {value for o in self.outcomes for value in (o.place, o.text) if value}
        )

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do, and nothing to say about it."""
        return all(outcome.status in QUIET and not outcome.detail for outcome in self.outcomes)

    @property
    def title(self) -> str:
        """The whole in a few words."""
        return (
            "Not everything was sent"
            if self.exit_code
            else "Nothing to do"
            if self.idle
            else "Done"
        )

    def lines(self, *, private: bool) -> list[str]:
        """Return one line for each outcome.

        `private`: nobody but the owner reads this, so the text may show.
        """
        if self.idle:
            return [self._idle(private)]
        return [_numbered(outcome, private) for outcome in self.outcomes]

    def _idle(self, private: bool) -> str:
        """Everything that there is to say when there is nothing to do."""
        at = min(self.upcoming.values(), default=None)
        when = f" The next text comes {at:%a %H:%M}." if private and at else ""
        return f"Nothing to do.{when}"

    def json(self, *, private: bool) -> dict[str, Any]:
        """The object that `send --json` prints."""
        return {"outcomes": [_fields(outcome, private) for outcome in self.outcomes]}

    def problems(self, *, private: bool) -> list[str]:
        """One sentence for each failure, each said once."""
        failed = [o for o in self.outcomes if o.failed]
        return list(dict.fromkeys(f"{SAID[o.status]}: {o.shown_detail(private)}" for o in failed))

    def warnings(self, *, private: bool = False) -> list[str]:
        """Return what wants mending although the text went out, each said once."""
        return list(dict.fromkeys(each for o in self.outcomes for each in o.warnings(private)))

    def credits(self) -> list[str]:
        """The credits that the services' licences demand."""
        return list(dict.fromkeys(o.credit for o in self.outcomes if o.credit))


def missing(gap: Gap, private: bool) -> str:
    """Return a sentence about what could not be had.

    Whose warnings are missing tells the country, so a public log does not name the service.
    """
    if gap.topic == "alerts":
        service = gap.service if private else "their service"
        return f"Official warnings are missing from this text, because {service} failed ({gap.why})"
    what = "air quality" if gap.topic == "air" else "ultraviolet and past week"
    return f"{gap.service}'s {what} could not be had ({gap.why})"


def line(outcome: Outcome, private: bool) -> str:
    """Return the line about one text."""
    scheduled = private and outcome.status == "scheduled"
    when = f" for {datetime.fromisoformat(outcome.occurrence):%a %H:%M}" if scheduled else ""
    to = "for" if outcome.status in (*QUIET, "skipped", "missed", "canceled") else "to"
    who = f" {to} {outcome.receiver.shown}" if private and outcome.receiver.shown else ""
    cost = (
        f", {outcome.segments} segment{'s' * (outcome.segments != 1)}" if outcome.segments else ""
    )
    detail = outcome.shown_detail(private)
    why = f": {detail}" if detail else ""
    return f"{SAID[outcome.status]}{when}{who}{cost}{why}"


def _numbered(outcome: Outcome, private: bool) -> str:
    number = f"{outcome.subscription}." if outcome.subscription else "A text of earlier settings:"
    text = f"\n   {outcome.text}" if private and outcome.text else ""
    return f"{number} {line(outcome, private)}{text}"


def _fields(outcome: Outcome, private: bool) -> dict[str, Any]:
    fields = asdict(outcome)
    for name in UNPRINTED:
        del fields[name]
    shown = fields | {"detail": outcome.shown_detail(private)}
    if private:
        return shown
    return (
        shown
        | {"sid": None, "text": None}
        | {name: _in_utc(fields[name]) for name in ("occurrence", "send_at")}
    )


def _in_utc(moment: str | None) -> str | None:
    """The same instant, without telling in which zone somebody lives."""
    return moment and datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="seconds")


def unexpected(error: Exception) -> str:
    """A fault of ours, without anything personal: no message, only its kind and place."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"weather-sms failed unexpectedly ({type(error).__name__} at {where}). Please report it"
