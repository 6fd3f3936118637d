"""Check whether an account, with its sender, may text a phone: from credentials to carriers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weather_sms.channels import Unanswered
from weather_sms.channels.twilio import Refused, TwilioLogin
from weather_sms.channels.twilio.errors import CONSOLE, DOCS, MEANINGS, explained
from weather_sms.receiver import Phone, Receiver, is_north_american, is_toll_free
from weather_sms.report.check import Check

if TYPE_CHECKING:
    from weather_sms.channels.twilio.account import TwilioAccount

SERVICES = f"{CONSOLE}/us1/develop/sms/services"
NUMBERS = f"{CONSOLE}/us1/develop/phone-numbers/manage/incoming"
CALLERS = f"{CONSOLE}/us1/develop/phone-numbers/manage/verified"
KEYS = f"{CONSOLE}/us1/account/keys-credentials/api-keys"
NTFY = (
    "For texts to yourself use ntfy: WEATHER_TO=ntfy://a-topic-nobody-guesses, and no Twilio at all"
)
PERSONAL = (
    "Personal use, reminders to yourself, your family or friends, cannot be registered at "
    "all (30532)"
)
MOST_RECEIVERS = 5
NOT_FOUND = (20404, 404)


@dataclass(frozen=True, slots=True)
class Service:
    """A Messaging Service and its senders; without a SID, the sender alone."""

    sid: str
    pool: tuple[str, ...]


def checks(
    account: TwilioAccount, login: TwilioLogin, receivers: Sequence[Receiver]
) -> Iterator[Check]:
    """Everything about Twilio, in the order in which it would stop a text."""
    credentials = _credentials(account)
    yield credentials
    if credentials.status == "fail":
        return
    state, is_trial = _account(account)
    yield state
    by_sms = [each for each in receivers if isinstance(each, Phone)]
    if is_trial:
        yield from _all_verified(account, by_sms)
    if len(by_sms) < len(receivers):
        yield Check(
            "whatsapp",
            "warn",
            MEANINGS[63016][0],
            fix=f"{MEANINGS[63016][1]}.",
            link=f"{DOCS}/63016",
        )
    if receivers and not by_sms:
        return
    if login.sender:
        yield _sender(account, login.sender)
    service, check = _service(account, login)
    yield check
    if any(is_north_american(phone.e164) for phone in by_sms):
        yield _registration(account, login, service)


def _all_verified(account: TwilioAccount, phones: list[Phone]) -> Iterator[Check]:
    yield from (_verified(account, phone) for phone in phones[:MOST_RECEIVERS])
    if len(phones) > MOST_RECEIVERS:
        yield Check(
            "receiver",
            "skipped",
            f"Only the first {MOST_RECEIVERS} of {len(phones)} were looked up",
        )


def _asked(name: str, error: Exception) -> Check:
    """A check that Twilio did not let us make."""
    if not isinstance(error, Refused):
        return Check(
            name,
            "skipped",
            f"It could not be looked at: {error}",
            fix="Run this again in a few minutes.",
        )
    why = "Twilio does not show it" if error.code in NOT_FOUND else error.wrong
    return Check(name, "skipped", f"It could not be looked at: {why}", link=KEYS)


def _credentials(account: TwilioAccount) -> Check:
    name = "twilio credentials"
    try:
        account.list_one_message()
        return Check(name, "ok", "Twilio takes them, and they may read the log of messages")
    except Unanswered as error:
        return Check(name, "warn", str(error), fix="Run this again in a few minutes.")
    except Refused as error:
        refusal = error
    try:
        account.account()
    except (Refused, Unanswered):
        return Check(name, "fail", refusal.wrong, fix=f"{refusal.fix}.", link=CONSOLE)
    wrong = (
        "Twilio takes them, but this key may not read the log of messages, so a lost memory "
        "could repeat a text"
    )
    return Check(
        name, "warn", wrong, fix="Give the key the permission to list and read messages.", link=KEYS
    )


def _account(account: TwilioAccount) -> tuple[Check, bool]:
    """The account's state, and whether it is a trial."""
    name = "twilio account"
    try:
        found = account.account()
    except (Refused, Unanswered) as error:
        return _asked(name, error), False
    if found.status not in ("active", "suspended", "closed"):
        return Check(name, "skipped", "Twilio did not say in which state it is"), found.trial
    if found.status != "active":
        return _known(name, 30002, f"The account is {found.status}"), found.trial
    if found.trial:
        return _known(
            name, 572006, "It is a trial account, and a trial account cannot send texts of its own"
        ), True
    return Check(name, "ok", "A full account, and active"), False


def _verified(account: TwilioAccount, phone: Phone) -> Check:
    """On a trial: a verified receiver is asked for as well."""
    name = "receiver"
    try:
        known = account.is_verified(phone.e164)
    except (Refused, Unanswered) as error:
        return _asked(name, error)
    who = f"The receiver {phone.shown}"
    if known:
        return Check(name, "ok", f"{who} is verified", public_detail="The receiver is verified")
    return _known(
        name, 572005, f"{who} is not verified", "The receiver is not verified", link=CALLERS
    )


def _sender(account: TwilioAccount, sender: str) -> Check:
    name = "sender"
    if not sender.startswith("+"):
        return Check(name, "skipped", "A short code cannot be looked up here", link=NUMBERS)
    try:
        number = account.number(sender)
    except (Refused, Unanswered) as error:
        return _asked(name, error)
    if number is None:
        return _known(
            name, 21606, "TWILIO_SENDER_NUMBER is not a number of this account", link=NUMBERS
        )
    if not number.sms:
        return _known(name, 21606, "TWILIO_SENDER_NUMBER cannot send SMS", link=NUMBERS)
    return Check(name, "ok", "TWILIO_SENDER_NUMBER belongs to the account and can send SMS")


def _service(account: TwilioAccount, login: TwilioLogin) -> tuple[Service | None, Check]:
    """The Messaging Service that sends, or should; and the check about it."""
    name, mine = "messaging service", login.messaging_service_sid
    try:
        if mine is None:
            return _suggested(account, login.sender)
        service = Service(mine, tuple(account.pool(mine)))
    except Unanswered as error:
        return None, _asked(name, error)
    except Refused as error:
        if mine and error.code in NOT_FOUND:
            return None, Check(
                name,
                "fail",
                "Twilio knows no such service",
                fix="Copy its SID again.",
                link=SERVICES,
            )
        return None, _asked(name, error)
    if not service.pool:
        return service, _known(name, 21703, "The service has no sender", link=SERVICES)
    if login.sender and login.sender not in service.pool:
        wrong = "TWILIO_SENDER_NUMBER is not among its senders, so the text comes from another one"
        return service, Check(
            name, "warn", wrong, fix="Add it to the sender pool, or leave it away.", link=SERVICES
        )
    return service, Check(name, "ok", "It has a sender, and your text comes on the minute")


def _suggested(account: TwilioAccount, sender: str | None) -> tuple[Service | None, Check]:
    name = "messaging service"
    late = "Without one the text leaves when the next run comes, not on the minute"
    holding = next((each for each in _services(account) if sender in each.pool), None)
    if holding:
        fix = "Set TWILIO_MESSAGING_SERVICE_SID to {}, and your text comes on the minute."
        return holding, Check(
            name,
            "warn",
            f"{late}. The service {holding.sid} holds your sender",
            fix=fix.format(holding.sid),
            link=SERVICES,
            public_detail=f"{late}. A service of yours holds your sender",
            public_fix=fix.format("its SID (MG..., in the Console)"),
            derived=frozenset({holding.sid}),
        )
    fix = (
        "In the Console: Create Messaging Service; Add Senders, your number; then copy its SID "
        "(MG...) into TWILIO_MESSAGING_SERVICE_SID."
    )
    return Service("", (sender or "",)), Check(name, "warn", late, fix=fix, link=SERVICES)


def _services(account: TwilioAccount) -> Iterator[Service]:
    for sid in account.services():
        with suppress(Refused):  # a service whose senders are not shown may still not be the one
            yield Service(sid, tuple(account.pool(sid)))


def _registration(account: TwilioAccount, login: TwilioLogin, service: Service | None) -> Check:
    """Check the registration that American and Canadian phones need and personal use cannot get."""
    name = "registration"
    if service is None:
        return Check(
            name,
            "skipped",
            f"Twilio did not say which senders there are. {PERSONAL}",
            fix=f"{NTFY}.",
        )
    pool = service.pool if login.messaging_service_sid else (login.sender or "",)
    numbers = [sender for sender in pool if sender.startswith("+")]
    if not numbers:
        return Check(
            name,
            "skipped",
            "Short codes and names are registered in other ways",
            link=f"{DOCS}/30034",
        )
    if not any(number.startswith("+1") for number in numbers):
        return _known(
            name,
            21612,
            "American and Canadian phones are reached only by senders of these countries",
        )
    try:
        toll_free = [number for number in numbers if is_toll_free(number)]
        if toll_free:
            found = account.number(toll_free[0])
            if found is None:
                return Check(
                    name,
                    "skipped",
                    f"Twilio does not show the toll-free number. {PERSONAL}",
                    fix=f"{NTFY}.",
                )
            return _registered(
                "toll-free verification", account.tollfree(found.sid), "TWILIO_APPROVED", 30032
            )
        state = account.campaign(service.sid) if service.sid else None
        return _registered("campaign (A2P 10DLC)", state, "VERIFIED", 30034)
    except (Refused, Unanswered) as error:
        return _asked(name, error)


def _registered(what: str, state: str | None, good: str, code: int) -> Check:
    if state == good:
        return Check("registration", "ok", f"The sender's {what} is approved")
    where = f"is {state}" if state else "does not exist"
    detail = (
        f"American and Canadian carriers block senders that are not registered, and the {what} "
        f"{where} (Twilio error {code}). {PERSONAL}"
    )
    fix = f"{NTFY}. A business can register. {MEANINGS[code][1]}."
    return Check("registration", "fail", detail, fix=fix, link=f"{DOCS}/30532")


def _known(name: str, code: int, detail: str, public: str = "", link: str = "") -> Check:
    """A finding that is one of Twilio's errors before it happens."""
    _, fix = explained(code)
    told = f"{detail} (Twilio error {code})"
    return Check(
        name, "fail", told, fix=f"{fix}.", link=link or f"{DOCS}/{code}", public_detail=public
    )
