"""Read the subscriptions: the single settings, or the tables of a TOML document."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from weather_sms import place, receiver
from weather_sms.channels import registry
from weather_sms.errors import Unreadable
from weather_sms.schedule import conditions, cron_expression
from weather_sms.settings import (
    DEFAULT_AT,
    DEFAULT_LANGUAGE,
    NO_PLACE,
    UNITS,
    Subscription,
)
from weather_sms.settings.form import Form
from weather_sms.text.words import LANGUAGES

OLDER_TO = "TWILIO_RECEIVER_NUMBER"
PLACE_FIX = (
    "Set City,Country (Lyon,FR) or coordinates; or a postal code (94112), which needs "
    "OPENWEATHER_API_KEY as well."
)
TO_FIX = (
    "For ntfy set ntfy:// and a topic (ntfy://topic). For SMS set the phone, such as +33 6 12 34 "
    "56 78, and TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SENDER_NUMBER."
)
TABLE_KEYS = ("to", "place", "at", "timezone", "units", "language", "only_if")


class Subscriptions:
    """A reader of the subscriptions, which adds their problems to a form.

    `standing_in` is the place to be read in place of the one that is set.
    """

    def __init__(self, form: Form, standing_in: str | None, sending: bool) -> None:
        self._form, self._standing_in, self._sending = form, standing_in, sending
        self.need_key = False
        self.channels: set[str] = set()

    def read(self) -> tuple[Subscription, ...]:
        """All of them, as far as they can be read."""
        written = self._form.get("WEATHER_SUBSCRIPTIONS")
        if written:
            tables = self._tables(written)
        else:
            to = self._form.get("WEATHER_TO") or self._form.get(OLDER_TO)
            single = {"to": to, "place": self._form.get("WEATHER_PLACE")}
            tables = [
                single | {key: self._form.get(f"WEATHER_{key.upper()}") for key in TABLE_KEYS[2:]}
            ]
        if self._standing_in is not None:
            tables = [(tables or [{}])[0] | {"place": self._standing_in}]
        named = [
            (f"WEATHER_SUBSCRIPTIONS table {i}" if written else "", t)
            for i, t in enumerate(tables, 1)
        ]
        found = [
            (name, subscription)
            for name, table in named
            for subscription in self._table(name, table)
        ]
        self._duplicates(found)
        return tuple(subscription for _, subscription in found)

    def _duplicates(self, found: list[tuple[str, Subscription]]) -> None:
        first: dict[tuple[object, ...], str] = {}
        for name, each in found:
            who = each.to.identity
            same = first.setdefault((who, each.place, each.at, each.timezone), name)
            if same != name and each.to != receiver.NOBODY and each.place != NO_PLACE:
                fix = (
                    "It has the same receiver, place and schedule, so one text goes out: remove "
                    "one of the two."
                )
                self._form.wrong(
                    name,
                    f"wants the same text as {same.removeprefix('WEATHER_SUBSCRIPTIONS ')}",
                    fix,
                )

    def _tables(self, written: str) -> list[dict[str, Any]]:
        name = "WEATHER_SUBSCRIPTIONS"
        fix = "It is TOML text with [[subscription]] tables, or a .toml file's path."
        try:
            is_path = written.endswith(".toml") and "\n" not in written
            document = tomllib.loads(Path(written).read_text("utf-8") if is_path else written)
        except tomllib.TOMLDecodeError as error:
            # The error's other words may quote what is personal.
            where = re.search(r"\(at [a-z0-9, ]+\)", str(error))
            self._form.wrong(name, f"is not valid TOML {where[0] if where else ''}".rstrip(), fix)
            return []
        except RecursionError:
            self._form.wrong(name, "is not valid TOML, being nested too deeply", fix)
            return []
        except (OSError, UnicodeDecodeError, ValueError):
            self._form.wrong(name, "names a file that cannot be read", fix)
            return []
        tables = document.get("subscription", [])
        if (
            not isinstance(tables, list)
            or not tables
            or not all(isinstance(table, dict) for table in tables)
        ):
            self._form.wrong(name, "holds no [[subscription]] table", fix)
            return []
        if document.keys() - {"subscription"}:
            self._form.wrong(
                name,
                "has an unknown key",
                "Settings of a subscription stand under [[subscription]].",
            )
        return tables

    def _table(self, table_name: str, table: dict[str, Any]) -> list[Subscription]:
        for key in table.keys() - set(TABLE_KEYS):
            near = difflib.get_close_matches(key, TABLE_KEYS, n=1)  # the key itself may be personal
            meant = f"Did you mean {near[0]}? " if near else ""
            self._form.wrong(
                table_name, "has an unknown key", f"{meant}Known are {', '.join(TABLE_KEYS)}."
            )

        def name(key: str) -> str:
            return f"{table_name}, {key}," if table_name else f"WEATHER_{key.upper()}"

        values = {key: self._text(name(key), table.get(key, "")) for key in TABLE_KEYS[1:]}
        is_text = isinstance(table.get("place", ""), str)
        query = self._query(name("place"), values["place"]) if is_text else NO_PLACE
        at = self._at(name("at"), values["at"])
        timezone = self._timezone(name("timezone"), values["timezone"])
        units = self._choice(name("units"), values["units"].lower(), UNITS)
        language = (
            self._choice(name("language"), values["language"].lower(), LANGUAGES)
            or DEFAULT_LANGUAGE
        )
        only_if = self._only_if(name("only_if"), values["only_if"])
        older = (
            not table_name and not self._form.get("WEATHER_TO") and bool(self._form.get(OLDER_TO))
        )
        to = OLDER_TO if older else name("to")
        receivers = (
            self._receivers(to, table.get("to", "")) if self._sending else [self._likely(table)]
        )
        return [Subscription(to, query, at, timezone, units, language, only_if) for to in receivers]

    def _text(self, name: str, value: object) -> str:
        if isinstance(value, str):
            return value.strip()
        self._form.wrong(
            name, "is not a text", "Put it in quotes: zeros and plus signs are part of it."
        )
        return ""

    def _likely(self, table: dict[str, Any]) -> receiver.Receiver:
        """Return the receiver of a preview, if there is one: its channel decides on the form."""
        receivers = self._form.if_well(lambda: self._receivers("to", table.get("to", "")))
        return receivers[0] if receivers else receiver.NOBODY

    def _receivers(self, name: str, value: object) -> list[receiver.Receiver]:
        items = value if isinstance(value, list) else [value]
        texts = [self._text(name, item) for item in items]
        addresses = [each for text in texts for each in receiver.split(text)]
        if not addresses and all(isinstance(item, str) for item in items):
            self._form.missing(name, TO_FIX)
        distinct: dict[str, receiver.Receiver] = {}
        for each in (self._receiver(name, written) for written in addresses):
            distinct.setdefault(each.identity, each)
        return list(distinct.values())

    def _receiver(self, name: str, written: str) -> receiver.Receiver:
        try:
            found = registry.read(written)
        except Unreadable as error:
            self._form.wrong_by(name, error)
            found = receiver.NOBODY
            if isinstance(error, receiver.NoAddress):
                self.channels.add(found.channel)
                return found
        self.channels.add(registry.of_address(written).name)
        return found

    def _query(self, name: str, value: str) -> place.Query:
        query = self._parsed(name, value)
        self.need_key |= isinstance(query, place.PostalCode)
        return query

    def _parsed(self, name: str, value: str) -> place.Query:
        try:
            if value:
                return place.parse(value)
            self._form.missing(name, PLACE_FIX)
        except Unreadable as error:
            self._form.wrong_by(name, error)
        return NO_PLACE

    def _at(self, name: str, value: str) -> str:
        try:
            return cron_expression(value or DEFAULT_AT)
        except Unreadable as error:
            self._form.wrong_by(name, error)
            return ""

    def _only_if(self, name: str, value: str) -> tuple[str, ...]:
        try:
            return conditions(value)
        except Unreadable as error:
            self._form.wrong_by(name, error)
            return ()

    def _timezone(self, name: str, value: str) -> str | None:
        try:
            return ZoneInfo(value).key if value else None
        except (KeyError, ValueError, OSError):
            self._form.wrong(
                name, "is no IANA time zone", "Write one such as America/New_York, or remove it."
            )
            return None

    def _choice(self, name: str, value: str, choices: tuple[str, ...]) -> str | None:
        if value and value not in choices:
            self._form.wrong(
                name,
                "is not known",
                f"Choose {', '.join(choices[:-1])} or {choices[-1]}, or remove it.",
            )
        return value or None
