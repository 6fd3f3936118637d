"""Read Twilio's settings; mix-ups of its many identifiers are told by their form."""

from __future__ import annotations

import re

from weather_sms.channels.twilio import TwilioLogin
from weather_sms.settings import TWILIO_CONSOLE
from weather_sms.settings.form import Form


def twilio(form: Form) -> TwilioLogin:
    """The account, how to log in, and the sender."""
    fix = f"Copy it from {TWILIO_CONSOLE} (Account Info)."
    sid = form.credential("TWILIO_ACCOUNT_SID", fix)
    if re.fullmatch(r"[0-9a-fA-F]{32}", sid):
        form.wrong("TWILIO_ACCOUNT_SID", "looks like an auth token", f"Are the two swapped? {fix}")
    elif sid.startswith("SK"):
        form.wrong(
            "TWILIO_ACCOUNT_SID", "is an API key's SID", f"That one is TWILIO_API_KEY. {fix}"
        )
    elif sid and not re.fullmatch(r"AC[0-9a-fA-F]{32}", sid):
        form.wrong("TWILIO_ACCOUNT_SID", "is not AC and 32 digits or letters a to f", fix)
    username, password = _login(form, sid, fix)
    sender, service = _sender(form)
    return TwilioLogin(sid, username, password, sender, service)


def _login(form: Form, sid: str, fix: str) -> tuple[str, str]:
    key, secret = form.get("TWILIO_API_KEY"), form.get("TWILIO_API_SECRET")
    token = form.get("TWILIO_AUTH_TOKEN")
    if key.startswith("AC"):
        form.wrong(
            "TWILIO_API_KEY", "looks like an account SID", "An API key's SID begins with SK."
        )
    if key and secret:
        return form.credential("TWILIO_API_KEY", fix), form.credential("TWILIO_API_SECRET", fix)
    if token.startswith("AC") and len(token) == 34:
        form.wrong("TWILIO_AUTH_TOKEN", "looks like an account SID", f"Are the two swapped? {fix}")
    if token:
        return sid, form.credential("TWILIO_AUTH_TOKEN", fix)
    if key or secret:
        missing = "TWILIO_API_SECRET" if key else "TWILIO_API_KEY"
        form.missing(missing, "An API key needs both; or set TWILIO_AUTH_TOKEN instead.")
    else:
        form.missing("TWILIO_AUTH_TOKEN", f"{fix} Or set TWILIO_API_KEY and TWILIO_API_SECRET.")
    return sid, ""


def _sender(form: Form) -> tuple[str | None, str | None]:
    number, service = form.get("TWILIO_SENDER_NUMBER"), form.get("TWILIO_MESSAGING_SERVICE_SID")
    if not number and not service:
        fix = f"Set the number you bought at {TWILIO_CONSOLE}, or TWILIO_MESSAGING_SERVICE_SID."
        form.missing("TWILIO_SENDER_NUMBER", fix)
    if number.startswith("MG"):
        fix = (
            "That one is TWILIO_MESSAGING_SERVICE_SID; without a number of its own, remove "
            "this one."
        )
        form.wrong("TWILIO_SENDER_NUMBER", "is a Messaging Service's SID", fix)
        number = ""
    if service and not re.fullmatch(r"MG[0-9a-zA-Z]{32}", service):
        fix = f"Copy it from {TWILIO_CONSOLE} (Messaging, Services)."
        form.wrong("TWILIO_MESSAGING_SERVICE_SID", "is not MG and 32 digits or letters", fix)
    short_code = re.fullmatch(r"\d{5,6}", number)
    sender = (
        number if short_code else form.number("TWILIO_SENDER_NUMBER", number) if number else None
    )
    return sender, service or None
