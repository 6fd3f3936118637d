"""Ask for what an SMS needs: account, login, sender, phone; try each with the doctor's checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from weather_sms.delivery.services import Services
from weather_sms.doctor import channels
from weather_sms.doctor import twilio as doctor
from weather_sms.report.check import Check
from weather_sms.settings import TWILIO_CONSOLE, Settings
from weather_sms.setup.asker import Answers, Asker, Field
from weather_sms.setup.terminal import choose, confirm, explain, heading, say

SERVICE = "TWILIO_MESSAGING_SERVICE_SID"
SENDERS = ("TWILIO_SENDER_NUMBER", SERVICE)
SHOWN_BEFORE = ("twilio credentials", "twilio account", "sender", "messaging service")
TOKEN = [Field(("TWILIO_AUTH_TOKEN",), "TWILIO_AUTH_TOKEN", hidden=True)]
KEY = [
    Field(("TWILIO_API_KEY",), "TWILIO_API_KEY (SK...)"),
    Field(("TWILIO_API_SECRET",), "TWILIO_API_SECRET", hidden=True),
]


def twilio(asker: Asker) -> None:
    """Ask for Twilio's settings, then for the phone; raise click.Abort where the user stops."""
    _login(asker)
    _sender(asker)
    explain(
        "The phone that gets the text, with + and its country code, such as +1 555 123 4567; "
        "commas between several."
    )
    asker.ask(Field(("WEATHER_TO",), "WEATHER_TO"), live=receivers)


def as_sender(typed: str) -> Answers:
    """A number, or the SID of a Messaging Service."""
    return {SENDERS[typed.startswith("MG")]: typed}


def receivers(settings: Settings, services: Services, _: datetime) -> Iterator[Check]:
    """Check that every receiver can be reached, as far as that shows without sending."""
    for check in channels.checks(settings, set(), services.channels):
        if check.name not in SHOWN_BEFORE:
            # What to do if all is well is said elsewhere.
            yield replace(check, fix="", link="") if check.status == "ok" else check


def _login(asker: Asker) -> None:
    heading("Twilio")
    say(
        f"The account SID and the auth token are at {TWILIO_CONSOLE}, under Account Info. An API "
        f"key, which can be withdrawn alone, is made at {doctor.KEYS}"
    )
    before = "key" if "TWILIO_API_KEY" in asker.before else "token"
    login = (
        TOKEN
        if choose("Log in with the auth token, or with an API key?", ("token", "key"), before)
        == "token"
        else KEY
    )
    asker.ask(Field(("TWILIO_ACCOUNT_SID",), "TWILIO_ACCOUNT_SID (AC...)"), *login, live=_account)


def _account(settings: Settings, services: Services, _: datetime) -> Iterator[Check]:
    """The first two checks: the credentials, and the account's state."""
    assert settings.twilio is not None, "without a receiver Twilio's settings are read"
    return islice(doctor.checks(channels.account(services.channels), settings.twilio, []), 2)


def _sender(asker: Asker) -> None:
    explain(
        f"Who sends: your number at Twilio ({doctor.NUMBERS}), or the SID (MG...) of a Messaging "
        f"Service that holds it ({doctor.SERVICES}). With a service the text comes on the minute."
    )
    seen: list[Check] = []

    def look(settings: Settings, services: Services, _: datetime) -> Iterator[Check]:
        seen.clear()
        for check in _named(settings, services, "sender", "messaging service"):
            seen.append(check)
            yield check

    asker.ask(Field(SENDERS, "Number or service", reads=as_sender), live=look)
    if SERVICE not in asker.answers and seen and seen[-1].status == "warn":
        _service(asker, next(iter(seen[-1].derived), ""))


def _service(asker: Asker, found: str) -> None:
    """Offer the service that holds the sender, else ask for one that was made just now."""
    if not found:
        asker.ask(Field((SERVICE,), "A service's SID", optional=True), live=_service_works)
    elif confirm(f"Use the service {found}?", default=True):
        asker.keep({SERVICE: found})


def _service_works(settings: Settings, services: Services, _: datetime) -> Iterator[Check]:
    if settings.twilio and settings.twilio.messaging_service_sid:
        yield from _named(settings, services, "messaging service")


def _named(settings: Settings, services: Services, *names: str) -> Iterator[Check]:
    """Some of the checks of Twilio's: what was shown before is not shown again."""
    assert settings.twilio is not None, "without receivers, Twilio's settings are read"
    checks = doctor.checks(channels.account(services.channels), settings.twilio, [])
    return (check for check in checks if check.name in names)
