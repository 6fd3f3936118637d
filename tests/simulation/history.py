"""The record of a simulation: what the judge judges by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["send", "now", "stop", "install"]


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """A moment (UTC) at which a receiver wants the text for a place, both as written."""

    to: str
    place: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}Z {self.place} to ..{self.to[-4:]}"


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome that a report holds. `red`: the run fails because of it."""

    occurrence: Occurrence | None
    status: str
    red: bool
    detail: str


@dataclass(slots=True)
class Tick:
    """A run of the program. `intact`: its ledger is the one that the run before it left.

    `knows`: when its ledger was saved; None: it is new. `disturbed`: the receivers whose channel
    failed at least once; `without_weather`: the places for which no forecast could be had. An
    `install` ended before the program began.
    """

    name: str
    kind: Kind
    start: datetime
    end: datetime
    intact: bool = True
    knows: datetime | None = None
    completed: bool = True
    saved: bool = True
    exit_code: int = 0
    disturbed: set[str] = field(default_factory=set)
    without_weather: set[str] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    asked: tuple[tuple[str, str], ...] = ()  # receivers and places of "send now"


@dataclass(frozen=True, slots=True)
class Post:
    """A POST of a text that reached the channel or may have. `own`: "send now", in which tick.

    `left`: when the text reached the phone; None: it did not.
    """

    at: datetime
    occurrence: Occurrence
    tick: str
    certain: bool
    own: bool
    left: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An occurrence of the settings that hold at its time, as they were from `since` to `until`."""

    occurrence: Occurrence
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the trace; `to` is empty where it concerns everybody."""

    at: datetime
    to: str
    words: str


@dataclass(slots=True)
class History:
    """All of it. `creates` and `cancels`: calls that the channels processed."""

    ticks: list[Tick] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    creates: int = 0
    cancels: int = 0
