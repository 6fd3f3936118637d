"""Twilio's error codes: their meaning for the owner of this repository, and the fix.

Source: https://www.twilio.com/docs/api/errors, one page for each code.
"""

from __future__ import annotations

CONSOLE = "https://console.twilio.com"
DOCS = "https://www.twilio.com/docs/errors"

MEANINGS: dict[int, tuple[str, str]] = {
    20003: (
        "Twilio refused the credentials",
        "Copy the account SID and the auth token again (live ones, not the test credentials), or "
        "give the restricted API key the permission to create, list and read messages",
    ),
    20404: (
        "Twilio knows no such account",
        "TWILIO_ACCOUNT_SID is wrong, or the API key belongs to another account",
    ),
    20429: ("Twilio had too many requests at once", "Nothing was sent; try again in a minute"),
    21211: (
        "The receiver's number is not valid",
        "Write it with + and the country code, such as +15551234567",
    ),
    21212: (
        "The sender's number is not valid",
        "Copy TWILIO_SENDER_NUMBER from the Console, with + and country code",
    ),
    21408: (
        "Twilio may not text the receiver's country yet",
        "Enable the country under Messaging, Settings, Geo permissions in the Console",
    ),
    21606: (
        "The sender cannot send SMS, or is not this account's",
        "Set TWILIO_SENDER_NUMBER to a number from Phone Numbers, Active numbers in the Console "
        "that can send SMS",
    ),
    21608: (
        "The receiver's number is not verified",
        "Verify it under Phone Numbers, Verified Caller IDs, or upgrade the account and complete "
        "its profile",
    ),
    21610: (
        "The receiver has unsubscribed (texted STOP)",
        "Text START from that phone to the sender's number",
    ),
    21611: ("The sender's queue is full", "Try again later, or send from another number"),
    21612: (
        "The receiver cannot be reached from this sender",
        "Use a sender of the receiver's country",
    ),
    21614: (
        "The receiver's number is not a mobile number",
        "Set WEATHER_TO to a phone that gets texts",
    ),
    21617: (
        "The text is longer than 1600 characters",
        "This should never happen: please report it",
    ),
    21635: ("The receiver's number is a landline", "Set WEATHER_TO to a phone that gets texts"),
    21703: (
        "The Messaging Service has no sender that can be used",
        "Add your number to the sender pool of the service in the Console",
    ),
    30001: ("The sender's queue is full", "Try again later, or send from another number"),
    30002: ("The account is suspended", "Look at the account's funds and status in the Console"),
    30003: ("The phone is off or out of reach", "Switch it on; if it is on, try again later"),
    30004: (
        "The receiver's carrier or phone blocks the message",
        "Ask the carrier, or unblock the sender",
    ),
    30005: ("The receiver's number is unknown", "Check WEATHER_TO"),
    30006: (
        "The number is a landline, or its carrier cannot deliver",
        "Set WEATHER_TO to a phone that gets texts",
    ),
    30007: (
        "The carrier filtered the text as spam",
        "Register the sender, or ask Twilio's support",
    ),
    30008: (
        "The carrier gave an unknown error",
        "Try again later; if it stays, ask Twilio's support",
    ),
    30032: ("The toll-free number is not verified", "Submit its verification in the Console"),
    30034: (
        "The American number is not registered for texting (A2P 10DLC)",
        "Register a brand and a campaign in the Console and add the number",
    ),
    30035: (
        "The number's registration is still being set up",
        "Wait until the Console shows it as registered",
    ),
    30036: (
        "The text waited longer than it may",
        "Try again; if it stays, look at the sender's queue",
    ),
    30410: ("The carrier's gateway did not answer", "Try again: Twilio does not"),
    30450: (
        "The receiver's number is blocked for protection against fraud",
        "Ask Twilio's support",
    ),
    30532: (
        "Personal use cannot be registered, so this sender cannot text American or Canadian phones",
        "A business can register; for texts to yourself there is no way through Twilio in these "
        "countries",
    ),
    35114: (
        "The time for the text is not allowed",
        "It must lie between 5 minutes and 35 days ahead",
    ),
    35118: ("A text for later needs a Messaging Service", "Set TWILIO_MESSAGING_SERVICE_SID"),
    63003: ("WhatsApp does not know the receiver's number", "Check that this phone has WhatsApp"),
    63007: (
        "The sender is not set up for WhatsApp",
        "Set TWILIO_SENDER_NUMBER to a WhatsApp sender from Messaging, Senders in the Console",
    ),
    63015: (
        "The receiver has not joined the WhatsApp sandbox",
        "Send the sandbox's join words from that phone",
    ),
    63016: (
        "WhatsApp takes free text only within 24 hours after the receiver last wrote to the sender",
        "Write anything to the sender's number from that phone, and again every day; or use "
        "SMS or ntfy",
    ),
    63038: (
        "The account's daily limit of messages is used up",
        "Wait until tomorrow, or ask Twilio to raise it",
    ),
    572002: (
        "The trial account may not text this receiver from this sender",
        "Upgrade the account",
    ),
    572005: (
        "The trial account only texts verified numbers",
        "Verify the receiver's number, or upgrade the account",
    ),
    572006: (
        "A trial account cannot send texts of its own",
        "Upgrade the account: a trial only sends Twilio's ready-made texts",
    ),
}
SAME = {
    21660: 21606,
    21704: 21703,
    10001: 30002,
    20005: 30002,
    90010: 30002,
    35115: 35114,
}


def explained(code: int, message: str = "", more_info: str = "") -> tuple[str, str]:
    """Return what a Twilio error means and what to do; an unknown one in Twilio's words."""
    known = MEANINGS.get(SAME.get(code, code))
    if known:
        meaning, fix = known
        return f"{meaning} (Twilio error {code})", fix
    words = message.rstrip(". ") or "Twilio gave no reason"
    return f"{words} (Twilio error {code})", f"See {more_info or f'{DOCS}/{code}'}"


def explain(code: int, message: str = "", more_info: str = "") -> str:
    """Return the same in two sentences."""
    return ". ".join(explained(code, message, more_info))
