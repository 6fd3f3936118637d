"""Channels: each is one file that hands a text over and says in words what went wrong.

`registry` lists them, and `open` opens those that a tick needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from weather_sms.errors import Explained

if TYPE_CHECKING:
    import httpx

    from weather_sms.clock import Clock

WENT_WRONG = frozenset({"failed", "undelivered"})
DEAD = WENT_WRONG | {"canceled"}
FINAL = DEAD | {"delivered", "read"}
# An identifier shows whose it is: no other channel takes one of this form for its own.
# https://www.twilio.com/docs/glossary/what-is-a-sid
TWILIO_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
# https://docs.ntfy.sh/publish/#updating-deleting-notifications
NTFY_SID = re.compile(rf"(?!{TWILIO_SID.pattern}\Z)[-_A-Za-z0-9]{{1,64}}")
R = TypeVar("R", contravariant=True)


@dataclass(frozen=True, slots=True)
class Access:
    """Everything that a channel is opened with.

    `origin`: where its service is; empty: the receiver's address says it. `login` is what the
    settings hold for this channel alone, if anything.
    """

    client: httpx.Client
    clock: Clock
    origin: str
    login: Any


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text that the channel took: its identifier; None where it cannot be asked about."""

    sid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A text in the channel's own log; `created` is UTC."""

    sid: str
    status: str
    text: str = field(repr=False)
    created: datetime | None
    code: int | None = None


class NotAccepted(Explained):
    """The channel does not have the text. `code` is the channel's own, if any.

    `again`: it was surely not processed and is worth another try; otherwise this is final.
    `only_later`: it refuses to hold the text, but may send it at its time.
    """

    def __init__(
        self,
        wrong: str,
        fix: str = "",
        code: int | None = None,
        *,
        again: bool = False,
        only_later: bool = False,
    ) -> None:
        super().__init__(wrong, fix)
        self.code, self.again, self.only_later = code, again, only_later


class Unanswered(Exception):
    """Nobody knows whether the channel has the text, or what became of it."""


class NoLog(Exception):
    """The channel does not let us read its log."""


def titled(text: str, heading: str) -> tuple[str, str]:
    """A title and a body, for channels that show them apart."""
    return heading.rstrip(": "), text.removeprefix(heading)


class Channel(Protocol[R]):
    """The methods of every channel.

    `to` is one of its own receivers; `sid` is the channel's name for a text. No two
    channels have names of one form. Each checks them when they come and when they are used, and
    asks nobody about a name that is not its own.
    """

    @property
    def name(self) -> str:
        """The name that people know it by."""
        ...

    @property
    def can_hold(self) -> bool:
        """Whether a text can be left with it until its time."""
        ...

    @property
    def replaces(self) -> bool:
        """Whether a text that is held is replaced by one that is handed over with the same key."""
        ...

    def hand_over(
        self,
        to: R,
        text: str,
        heading: str,
        key: str,
        send_at: datetime | None = None,
        *,
        urgent: bool = False,
    ) -> Accepted:
        """POST one text, once; `key` is the same at every request for the same occurrence.

        The text begins with the heading. With `send_at` (aware) it is held until then. `urgent`: an
        official warning is in force. Raises NotAccepted or Unanswered.
        """
        ...

    def cancel(self, to: R, sid: str) -> bool:
        """Ask to forget a held text; return whether that was confirmed. Raises nothing."""
        ...

    def fetch(self, to: R, sid: str) -> Logged:
        """Return the fate of a text. Raises Unanswered."""
        ...

    def log(self, to: R, since: datetime) -> list[Logged]:
        """The texts to a receiver since a moment. Raises NoLog or Unanswered."""
        ...

    def explain(self, code: int | None) -> str:
        """An error code of a text that was accepted and then failed."""
        ...
