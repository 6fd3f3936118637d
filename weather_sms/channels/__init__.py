"""Channels: each is one file that hands a text over and says in words what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel has the text: its own identifier for it, and its own word for the state."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A text in the channel's own log; `created` is UTC, `ours`: it came from our sender."""

    sid: str
    status: str
    text: str = field(repr=False)
    created: datetime | None
    ours: bool
    code: int | None = None


class NotAccepted(Exception):
    """The channel does not have the text. The sentence says why and what to do; `code` is the channel's."""

    def __init__(self, sentence: str, code: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code


class Unanswered(Exception):
    """Nobody knows whether the channel has the text, or what became of it."""


class NoLog(Exception):
    """The channel does not let us read its log."""
