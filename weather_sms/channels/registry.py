"""The channels, a line each. Nothing of a channel is imported before it is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from weather_sms.channels import NTFY_SID, TWILIO_SID
from weather_sms.channels.twilio import API
from weather_sms.receiver import Receiver, is_whatsapp


@dataclass(frozen=True, slots=True)
class Registered:
    """A channel: its name, the schemes of its addresses, and the dotted names of its parts.

    `reads` turns what stands in WEATHER_TO into a receiver or raises Unreadable; `opens` turns
    `channels.Access` into a Channel. `schemes`: those of its addresses; a number is Twilio's, and
    the last channel takes all others. `written` tells how its addresses are written, and `example`
    is one. `sids`: the form of its identifiers, which no other channel's have. `by_sid`: it finds a
    text by that alone. `holds`: it may keep a text until its time. `origin`: where its service is,
    unless the settings name another; empty: each address says it, None: it knows by itself.
    """

    name: str
    schemes: tuple[str, ...]
    reads: str
    opens: str
    written: str
    example: str
    sids: re.Pattern[str] | None = None
    by_sid: bool = False
    holds: bool = False
    origin: str | None = None

    @property
    def origin_setting(self) -> str:
        """The setting that names another origin."""
        return f"{self.name.upper()}_BASE_URL"


CHANNELS = (
    Registered(
        name="twilio",
        schemes=(),
        reads="weather_sms.receiver:number",
        opens="weather_sms.channels.twilio.channel:Twilio",
        written="a phone number",
        example="+15550123467",
        sids=TWILIO_SID,
        by_sid=True,
        holds=True,
        origin=API,
    ),
    Registered(
        name="ntfy",
        schemes=("ntfy", "ntfys"),
        reads="weather_sms.receiver:topic",
        opens="weather_sms.channels.ntfy:Ntfy",
        written="ntfy://topic",
        example="ntfy://:a-token@example.org/a-topic",
        sids=NTFY_SID,
        holds=True,
        origin="",
    ),
    Registered(
        name="apprise",
        schemes=(),
        reads="weather_sms.channels.apprise:read",
        opens="weather_sms.channels.apprise:AppriseChannel",
        written="a URL of Apprise's",
        example="json://a-user:a-password@localhost/a-path",
    ),
)
SCHEME = re.compile("([A-Za-z]+):")
BY_NAME = {each.name: each for each in CHANNELS}


def ways() -> str:
    """Return the ways to write an address, one for each channel."""
    *others, last = (each.written for each in CHANNELS)
    return f"{', '.join(others)}, or {last}"


def of_address(written: str) -> Registered:
    """The channel that reads an address of WEATHER_TO, by the scheme before its colon."""
    scheme = SCHEME.match(written)
    if not scheme or is_whatsapp(written):
        return BY_NAME["twilio"]
    return next((each for each in CHANNELS if scheme[1].lower() in each.schemes), CHANNELS[-1])


def read(written: str) -> Receiver:
    """Read one address of WEATHER_TO. Raises Unreadable."""
    if scheme := SCHEME.match(written):
        written = f"{scheme[1].lower()}{written[scheme.end(1) :]}"
    receiver: Receiver = loaded(of_address(written).reads)(written)
    return receiver


def of_sid(sid: str) -> Registered | None:
    """The channel whose identifiers have this form: a row of the ledger knows its channel so."""
    return next((each for each in CHANNELS if each.sids and each.sids.fullmatch(sid)), None)


def loaded(dotted: str) -> Any:
    """Import what a dotted name such as `package.module:name` stands for."""
    module, _, name = dotted.partition(":")
    return getattr(import_module(module), name)
