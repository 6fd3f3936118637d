"""Pure: a receiver's address, for SMS, WhatsApp, ntfy or Apprise.

It is a phone number (E.164), the same after `whatsapp:`, a topic of ntfy's, or a URL for Apprise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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
BEGINS = re.compile(r"\s*(?:\+|whatsapp:|[a-z][a-z0-9]*://)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of ntfy's, whose name is a password.

    With a user it is logged in to, else the password is a token.
    """

    host: str
    name: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)


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


def is_whatsapp(address: str) -> bool:
    """Whether this is a number on WhatsApp by Twilio; `whatsapp://` is a scheme of Apprise's."""
    return address.lower().startswith(WHATSAPP) and not address.lower().startswith(f"{WHATSAPP}//")


def is_ntfy(address: str) -> bool:
    """Whether this is a topic of ntfy's."""
    return address.startswith(("ntfy://", "ntfys://"))


def is_apprise(address: str) -> bool:
    """Whether this is a URL for Apprise."""
    return "://" in address and not is_ntfy(address)


def is_phone(address: str) -> bool:
    """Whether it takes Twilio to reach this."""
    return "://" not in address


def is_sms(address: str) -> bool:
    """Whether this is a number that gets an SMS."""
    return is_phone(address) and not address.startswith(WHATSAPP)


def is_north_american(number: str) -> bool:
    """Whether a number (E.164) is one of the US or Canada, where senders have to be registered."""
    return number.startswith("+1") and int(number[2:5]) not in OTHER_NANP


def is_toll_free(number: str) -> bool:
    """Whether a number (E.164) is a toll-free one of the US and Canada."""
    return number.startswith("+1") and int(number[2:5]) in TOLL_FREE


def topic(address: str) -> Topic:
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
    return Topic(host, found["topic"], user, password)


def identity(address: str) -> str:
    """The receiver itself, however it is written and opened: the same one keeps the same texts."""
    if not is_ntfy(address):
        return address
    where = topic(address)
    return f"ntfy://{where.host}/{where.name}"


def shown(address: str) -> str:
    """A receiver as far as it may be shown: the last two digits of a number, else only the kind."""
    return f"...{address[-2:]}" if is_phone(address) else address.split("://")[0]


def personal(address: str) -> set[str]:
    """Everything in an address that must not show in a public log."""
    if is_apprise(address):
        rest = address.split("://", 1)[1]
        parts = {part for part in re.split(r"[/@:?&=]", rest) if part}
        return {address, rest, *parts, *map(unquote, parts)}
    if not is_ntfy(address):
        number = address.removeprefix(WHATSAPP)
        return {address, number, number.lstrip("+")}
    where = topic(address)
    return {
        address,
        identity(address),
        where.name,
        where.user,
        where.password,
        *({where.host} - {NTFY_HOST}),
    } - {""}
