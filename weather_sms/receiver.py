"""Pure: what stands in WEATHER_TO -> a receiver, as a value that knows what may be shown of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Protocol
from urllib.parse import unquote

from weather_sms.errors import Unreadable

NTFY_HOST = "ntfy.sh"
WHATSAPP = "whatsapp:"
TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")  # https://docs.ntfy.sh/publish/
NTFY = re.compile(
    r"ntfys?://(?:(?P<user>[^:@/]*):(?P<password>[^@/]*)@)?"
    r"(?:(?P<host>[^/@]+)/)?(?P<topic>[^/@?#]*)"
)
# Area codes of +1 that are neither the US's (with its territories) nor Canada's:
# https://nationalnanpa.com
OTHER_NANP = frozenset(
    (
        242, 246, 264, 268, 284, 345, 441, 473, 649, 658, 664, 721, 758,
        767, 784, 809, 829, 849, 868, 869, 876,
    )
)  # fmt: skip
TOLL_FREE = frozenset((800, 822, 833, 844, 855, 866, 877, 888))
LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*(?P<port>:\d{{1,5}})?")
PHONE_FIX = "Write it with + and the country code, such as +1 555 123 4567"
BEGINS = re.compile(r"\s*(?:\+|whatsapp:|[a-z][a-z0-9]*://)", re.IGNORECASE)


class NoAddress(Unreadable):
    """It is neither a number nor an address, so it is no channel's."""


class Receiver(Protocol):
    """Whom a text is for. `channel` is a name in the registry of channels."""

    channel: ClassVar[str]

    @property
    def takes_long(self) -> bool:
        """Whether more than one segment's worth of the SMS alphabet can be sent at no price."""
        ...

    @property
    def identity(self) -> str:
        """The receiver itself, however it is written and opened. Ledger keys are made of it."""
        ...

    @property
    def shown(self) -> str:
        """As much of the address as may be shown to its owner."""
        ...

    @property
    def masked(self) -> frozenset[str]:
        """Everything that must not show in a log that anyone can read."""
        ...


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number (E.164) that gets an SMS."""

    channel: ClassVar[str] = "twilio"
    takes_long: ClassVar[bool] = False
    e164: str = field(repr=False)

    @property
    def address(self) -> str:
        """The receiver as Twilio writes it."""
        return self.e164

    @property
    def identity(self) -> str:
        """The number."""
        return self.e164

    @property
    def shown(self) -> str:
        """The last two digits."""
        return f"...{self.e164[-2:]}"

    @property
    def masked(self) -> frozenset[str]:
        """The number in both its forms."""
        return frozenset({self.e164, self.e164.lstrip("+")})


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """A phone number (E.164) that gets its text on WhatsApp, through Twilio."""

    channel: ClassVar[str] = "twilio"
    takes_long: ClassVar[bool] = True
    e164: str = field(repr=False)

    @property
    def address(self) -> str:
        """The receiver as Twilio writes it."""
        return f"{WHATSAPP}{self.e164}"

    @property
    def identity(self) -> str:
        """The number on WhatsApp: the same phone may get an SMS too."""
        return self.address

    @property
    def shown(self) -> str:
        """The last two digits."""
        return f"...{self.e164[-2:]}"

    @property
    def masked(self) -> frozenset[str]:
        """The number in all its forms."""
        return frozenset({self.address, self.e164, self.e164.lstrip("+")})


@dataclass(frozen=True, slots=True)
class NtfyTopic:
    """A topic of ntfy's: its name is a password.

    With a user it is logged in to, else the password is a token. `written`: the whole address.
    """

    channel: ClassVar[str] = "ntfy"
    takes_long: ClassVar[bool] = True
    host: str = field(repr=False)
    name: str = field(repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    written: str = field(default="", repr=False, compare=False)

    @property
    def identity(self) -> str:
        """The topic, without login and scheme."""
        return f"ntfy://{self.host}/{self.name}"

    @property
    def shown(self) -> str:
        """The channel's name alone."""
        return self.channel

    @property
    def masked(self) -> frozenset[str]:
        """The address, its parts, and a host of the user's own."""
        own_host = {self.host} - {NTFY_HOST}
        parts = {self.written, self.identity, self.name, self.user, self.password, *own_host}
        return frozenset(parts - {""})


@dataclass(frozen=True, slots=True)
class AppriseUrl:
    """Any other URL, for Apprise."""

    channel: ClassVar[str] = "apprise"
    url: str = field(repr=False)
    takes_long: bool = field(default=True, compare=False)

    @property
    def identity(self) -> str:
        """The whole URL."""
        return self.url

    @property
    def shown(self) -> str:
        """The scheme."""
        return self.url.split("://", 1)[0]

    @property
    def masked(self) -> frozenset[str]:
        """The URL and everything in it that may be a secret, also decoded."""
        rest = self.url.split("://", 1)[1]
        parts = {part for part in re.split(r"[/@:?&=]", rest) if part}
        return frozenset({self.url, rest, *parts, *map(unquote, parts)})


@dataclass(frozen=True, slots=True)
class Nobody:
    """Stands where no receiver could be read, and in a preview that needs none."""

    channel: ClassVar[str] = ""
    takes_long: ClassVar[bool] = False
    identity: ClassVar[str] = ""
    shown: ClassVar[str] = ""
    masked: ClassVar[frozenset[str]] = frozenset()


NOBODY = Nobody()


def split(text: str) -> list[str]:
    """The receivers in a text with commas between them.

    Commas inside a URL are its own: after one, the next receiver begins with +, `whatsapp:` or a
    scheme.
    """
    found: list[str] = []
    for part in text.split(","):
        if found and "://" in found[-1] and not BEGINS.match(part):
            found[-1] += f",{part}"
        else:
            found.append(part)
    return [each.strip() for each in found if each.strip()]


def is_whatsapp(written: str) -> bool:
    """Whether a number on WhatsApp is meant; `whatsapp://` is a scheme of Apprise's."""
    return written.lower().startswith(WHATSAPP) and not written.lower().startswith(f"{WHATSAPP}//")


def is_north_american(number: str) -> bool:
    """Whether a number (E.164) is one of the US or Canada, where senders have to be registered."""
    return number.startswith("+1") and int(number[2:5]) not in OTHER_NANP


def is_toll_free(number: str) -> bool:
    """Whether a number (E.164) is a toll-free one of the US and Canada."""
    return number.startswith("+1") and int(number[2:5]) in TOLL_FREE


def number(written: str) -> Phone | WhatsApp:
    """Read a phone number as people write it, also with `whatsapp:` before it.

    Raises Unreadable.
    """
    if is_whatsapp(written):
        return WhatsApp(e164(written[len(WHATSAPP) :]))
    if re.search(r"[A-Za-z]", written):
        raise NoAddress(
            "is neither a phone number nor an address",
            "A phone is written +1 555 123 4567, a topic of ntfy's ntfy://topic",
        )
    return Phone(e164(written))


def e164(text: str) -> str:
    """Turn a phone number as people write it into E.164 (+, 7 to 15 digits); raise Unreadable."""
    compact = re.sub(
        r"[\s().\-/\u2010-\u2015\u200b-\u200f\u202a-\u202e]", "", text.replace("(0)", "")
    )
    compact = re.sub(r"^00", "+", compact)
    if not re.fullmatch(r"\+?[0-9]+", compact):
        raise Unreadable("is no phone number", PHONE_FIX)
    digits = compact.removeprefix("+")
    if not compact.startswith("+") and len(digits) == 10:
        raise Unreadable("has no country code", PHONE_FIX)
    if not 7 <= len(digits) <= 15 or digits.startswith("0"):
        raise Unreadable("is no phone number of any country", PHONE_FIX)
    return f"+{digits}"


def topic(address: str) -> NtfyTopic:
    """Read `ntfy://topic` (on ntfy.sh) or `ntfy://host/topic`.

    `:token@` or `user:password@` may stand before the host or topic. Raises Unreadable.
    """
    found = NTFY.fullmatch(address.rstrip("/"))
    host = (found["host"] or NTFY_HOST).lower() if found else ""
    known = HOST.fullmatch(host)
    if not found or not known or not 0 < int((known["port"] or ":443")[1:]) < 65536:
        raise Unreadable("is no address of ntfy's", "Write ntfy://topic or ntfys://host/topic")
    if not TOPIC.fullmatch(found["topic"]):
        raise Unreadable(
            "names no topic ntfy can have", "Use 1 to 64 letters, digits, - or _, hard to guess"
        )
    user, password = unquote(found["user"] or ""), unquote(found["password"] or "")
    if not (user + password).isprintable() or not (user or password).isascii():
        raise Unreadable("has a login that cannot be sent", "Copy the access token again")
    return NtfyTopic(host, found["topic"], user, password, address)
