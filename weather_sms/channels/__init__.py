"""Channels: each is one file that hands a text over and says in words what went wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel has the text: its own identifier for it, and its own word for the state."""

    sid: str
    status: str


class NotAccepted(Exception):
    """The channel does not have the text. The sentence says why and what to do."""


class Unanswered(Exception):
    """Nobody knows whether the channel has the text."""
