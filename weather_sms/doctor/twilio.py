"""May this account, with this sender, text this phone? Each step of the way, from the credentials to the carriers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from weather_sms.channels import Unanswered
from weather_sms.channels.twilio_errors import CONSOLE, DOCS, MEANINGS, explain
from weather_sms.doctor.check import Check, Status
from weather_sms.receiver import WHATSAPP, is_north_american, is_toll_free, shown

if TYPE_CHECKING:
    from weather_sms.channels.twilio_account import Number, TwilioAccount
    from weather_sms.settings import Twilio

SERVICES = f"{CONSOLE}/us1/develop/sms/services"
NUMBERS = f"{CONSOLE}/us1/develop/phone-numbers/manage/incoming"
CALLERS = f"{CONSOLE}/us1/develop/phone-numbers/manage/verified"
KEYS = f"{CONSOLE}/us1/account/keys-credentials/api-keys"
NTFY = "For texts to yourself use ntfy: WEATHER_TO=ntfy://a-topic-nobody-guesses, and no Twilio at all"
PERSONAL = "Personal use, reminders to yourself, your family or friends, cannot be registered at all (30532)"
MOST_RECEIVERS = 5


def checks(account: TwilioAccount, login: Twilio, phones: list[str]) -> Iterator[Check]:
    """Everything about Twilio, in the order in which it would stop a text."""
    credentials = _credentials(account)
    yield credentials
    if credentials.status == "fail":
        return
    state, is_trial = _account(account)
    yield state
    if is_trial:
        yield from (_verified(account, phone) for phone in phones[:MOST_RECEIVERS])
    number: Number | None = None
    if login.sender and login.sender.startswith("+"):
        sender, number = _sender(account, login.sender)
        yield sender
    elif login.sender:
        yield Check("sender", "skipped", "A short code cannot be looked up here", link=NUMBERS)
    service, check = _service(account, login)
    yield check
    numbers = [phone for phone in phones if not phone.startswith(WHATSAPP)]
    if any(is_north_american(phone) for phone in numbers):
        yield _registration(account, login, number, service, looked=check.status != "skipped")


def _asked(name: str, error: Exception) -> Check:
    """A check that Twilio did not let us make."""
    return Check(name, "skipped", f"It could not be looked at: {error}", link=KEYS)


def _credentials(account: TwilioAccount) -> Check:
    from weather_sms.channels.twilio_account import Refused

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
        wrong, _, fix = str(refusal).partition(". ")
        return Check(name, "fail", wrong, fix=f"{fix}.", link=CONSOLE)
    wrong = "Twilio takes them, but this key may not read the log of messages, so a lost memory could repeat a text"
    return Check(name, "warn", wrong, fix="Give the key the permission to list and read messages.", link=KEYS)


def _account(account: TwilioAccount) -> tuple[Check, bool]:
    """The account's state, and whether it is a trial."""
    from weather_sms.channels.twilio_account import Refused

    name = "twilio account"
    try:
        found = account.account()
    except (Refused, Unanswered) as error:
        return _asked(name, error), False
    if found.status != "active":
        return _known(name, 30002, f"The account is {found.status}"), found.trial
    if found.trial:
        return _known(name, 572006, "It is a trial account, and a trial account cannot send texts of its own"), True
    return Check(name, "ok", "A full account, and active"), False


def _verified(account: TwilioAccount, phone: str) -> Check:
    """On a trial: a verified receiver is asked for as well."""
    from weather_sms.channels.twilio_account import Refused

    name, number = "receiver", phone.removeprefix(WHATSAPP)
    try:
        known = account.is_verified(number)
    except (Refused, Unanswered) as error:
        return _asked(name, error)
    who = f"The receiver {shown(phone)}"
    if known:
        return Check(name, "ok", f"{who} is verified", public_detail="The receiver is verified")
    return _known(name, 572005, f"{who} is not verified", "The receiver is not verified", link=CALLERS)


def _sender(account: TwilioAccount, sender: str) -> tuple[Check, Number | None]:
    from weather_sms.channels.twilio_account import Refused

    name = "sender"
    try:
        number = account.number(sender)
    except (Refused, Unanswered) as error:
        return _asked(name, error), None
    if number is None:
        return _known(name, 21606, "TWILIO_SENDER_NUMBER is not a number of this account", link=NUMBERS), None
    if not number.sms:
        return _known(name, 21606, "TWILIO_SENDER_NUMBER cannot send SMS", link=NUMBERS), number
    return Check(name, "ok", "TWILIO_SENDER_NUMBER belongs to the account and can send SMS"), number


def _service(account: TwilioAccount, login: Twilio) -> tuple[str | None, Check]:
    """The Messaging Service, or the one that should be set; and the check about it."""
    from weather_sms.channels.twilio_account import Refused

    name, mine = "messaging service", login.messaging_service_sid
    try:
        if mine is None:
            return _suggested(account, login.sender)
        pool = account.pool(mine)
    except Unanswered as error:
        return mine, _asked(name, error)
    except Refused as error:
        if mine and error.code in (20404, 404):
            return None, Check(name, "fail", "Twilio knows no such service", fix="Copy its SID again.", link=SERVICES)
        return mine, _asked(name, error)
    if not pool:
        return mine, _known(name, 21703, "The service has no number among its senders", link=SERVICES)
    if login.sender and login.sender not in pool:
        wrong = "TWILIO_SENDER_NUMBER is not among its senders, so the text comes from another number"
        return mine, Check(name, "warn", wrong, fix="Add it to the sender pool, or leave it away.", link=SERVICES)
    return mine, Check(name, "ok", "It has a sender, and your text comes on the minute")


def _suggested(account: TwilioAccount, sender: str | None) -> tuple[str | None, Check]:
    name, late = "messaging service", "Without one the text leaves when the next run comes, not on the minute"
    holding = next((sid for sid in account.services() if sender in account.pool(sid)), None)
    if holding:
        fix = "Set TWILIO_MESSAGING_SERVICE_SID to {}, and your text comes on the minute."
        return holding, Check(
            name,
            "warn",
            f"{late}. The service {holding} holds your sender",
            fix=fix.format(holding),
            link=SERVICES,
            public_detail=f"{late}. A service of yours holds your sender",
            public_fix=fix.format("its SID (MG..., in the Console)"),
            derived=frozenset({holding}),
        )
    fix = (
        "In the Console: Create Messaging Service; Add Senders, your number; then copy its SID (MG...) into "
        "TWILIO_MESSAGING_SERVICE_SID."
    )
    return None, Check(name, "warn", late, fix=fix, link=SERVICES)


def _registration(
    account: TwilioAccount, login: Twilio, number: Number | None, service: str | None, looked: bool
) -> Check:
    """For American and Canadian phones the sender must be registered, and personal use cannot be."""
    from weather_sms.channels.twilio_account import Refused

    name = "registration"
    if login.sender and login.sender.startswith("+") and not login.sender.startswith("+1"):
        return _known(name, 21612, "American and Canadian phones are reached only by senders of these countries")
    if service is None and not looked:
        return Check(name, "skipped", f"Twilio did not say which service holds the sender. {PERSONAL}", fix=f"{NTFY}.")
    try:
        if login.sender and is_toll_free(login.sender):
            state = account.tollfree(number.sid) if number else None
            return _registered("toll-free verification", state, "TWILIO_APPROVED", 30032)
        state = account.campaign(service) if service else None
        return _registered("campaign (A2P 10DLC)", state, "VERIFIED", 30034)
    except (Refused, Unanswered) as error:
        return _asked(name, error)


def _registered(what: str, state: str | None, good: str, code: int) -> Check:
    if state == good:
        return Check("registration", "ok", f"The sender's {what} is approved")
    where = f"is {state}" if state else "does not exist"
    detail = (
        f"American and Canadian carriers block senders that are not registered, and the {what} {where} "
        f"(Twilio error {code}). {PERSONAL}"
    )
    fix = f"{NTFY}. A business can register. {MEANINGS[code][1]}."
    return Check("registration", "fail", detail, fix=fix, link=f"{DOCS}/30532")


def _known(name: str, code: int, detail: str, public: str = "", link: str = "", status: Status = "fail") -> Check:
    """A finding that is one of Twilio's errors before it happens."""
    fix = explain(code).partition(". ")[2]
    told = f"{detail} (Twilio error {code})"
    return Check(name, status, told, fix=f"{fix}.", link=link or f"{DOCS}/{code}", public_detail=public)
