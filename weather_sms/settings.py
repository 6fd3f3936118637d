"""Environment and TOML -> Settings. The one place where settings are read; every problem is found at once."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from weather_sms import due, place, receiver
from weather_sms.words import LANGUAGES

T = TypeVar("T")
TWILIO_CONSOLE = "https://console.twilio.com"
OPENWEATHER_KEYS = "https://home.openweathermap.org/api_keys"
DEFAULT_AT, DEFAULT_LANGUAGE = "07:00", "en"
UNITS = ("imperial", "metric")
MISSING, OLDER_TO = "is missing", "TWILIO_RECEIVER_NUMBER"
PLACE_FIX = (
    "Set City,Country (Lyon,FR) or coordinates; or a postal code (94112), which needs OPENWEATHER_API_KEY as well."
)
TO_FIX = (
    "For ntfy set ntfy:// and a topic (ntfy://topic). For SMS set the phone, such as +33 6 12 34 56 78, and "
    "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SENDER_NUMBER."
)
TABLE_KEYS = ("to", "place", "at", "timezone", "units", "language", "only_if")
NAMES = (
    "OPENWEATHER_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET",
    "TWILIO_SENDER_NUMBER", "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_RECEIVER_NUMBER", "WEATHER_TO",
    "WEATHER_PLACE", "WEATHER_AT", "WEATHER_TIMEZONE", "WEATHER_UNITS", "WEATHER_LANGUAGE", "WEATHER_ONLY_IF",
    "WEATHER_SUBSCRIPTIONS", "WEATHER_STATE", "WEATHER_SECRET", "WEATHER_LOOK_AHEAD", "WEATHER_GRACE",
    "WEATHER_MAX_WAIT", "WEATHER_WITNESS_LAG",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a setting, and how to fix it."""

    name: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        return f"{self.name} {self.wrong}. {self.fix}"

    @property
    def is_missing(self) -> bool:
        """Whether it is not there at all."""
        return self.wrong == MISSING


class SettingsError(Exception):
    """The settings cannot be used; `problems` says why, all of it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never shows itself: only `reveal` gives it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself, for the service it belongs to."""
        return self._value

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Twilio:
    """Who sends: the user name is an account SID or an API key's SID; numbers are E.164."""

    account_sid: str = field(repr=False)
    username: str = field(repr=False)
    password: Secret
    sender: str | None = field(repr=False)
    messaging_service_sid: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One receiver's address, one place as written, a schedule (cron), and how; None: as the place has it.

    `only_if`: conditions, any of which is enough; without one every day is good.
    """

    to: str = field(repr=False)
    place: place.Query = field(repr=False)
    at: str
    timezone: str | None
    units: str | None
    language: str
    only_if: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a tick needs to know; `twilio` is None where nothing is to be sent.

    `repository`: where on GitHub this runs, as a contact. `keeps_places`: nobody else can read the ledger.
    """

    openweather_api_key: Secret
    twilio: Twilio | None
    subscriptions: tuple[Subscription, ...]
    openweather_base_url: str
    twilio_base_url: str
    ntfy_base_url: str
    timing: due.Timing
    ledger_url: str = field(repr=False)
    ledger_secret: Secret
    open_meteo_base_url: str
    nws_base_url: str
    repository: str
    keeps_places: bool
    _of_receiver: dict[str, list[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def personal(self) -> set[str]:
        """Everything that is made of secrets and names people: receivers and sender, in every spelling."""
        receivers = {value for each in self.subscriptions for value in receiver.personal(each.to)}
        return (receivers | (receiver.personal(self.twilio.sender or "") if self.twilio else set())) - {""}

    def __post_init__(self) -> None:
        for number, each in enumerate(self.subscriptions, 1):
            self._of_receiver.setdefault(receiver.identity(each.to), []).append(number)

    def beside(self, numbers: Collection[int]) -> dict[int, Subscription]:
        """The subscriptions (counted from 1) of the same receivers as some; of all receivers without any."""
        if not numbers:
            return dict(enumerate(self.subscriptions, 1))
        receivers = {receiver.identity(self.subscriptions[number - 1].to) for number in numbers}
        return {n: self.subscriptions[n - 1] for who in receivers for n in self._of_receiver[who]}

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, place: str | None = None, sending: bool = True) -> Settings:
        """Read the settings; `place` stands in for WEATHER_PLACE. Raises SettingsError with every problem.

        Without `sending`, receivers and Twilio's settings are not looked at.
        """
        settings, problems = _Reader(env, place, sending).read()
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def diagnose(cls, env: Mapping[str, str], *, sending: bool = True) -> tuple[Settings, tuple[Problem, ...]]:
        """The settings as far as they can be read, and every problem; what has one is blank or the default."""
        return _Reader(env, None, sending).read()


UNREADABLE = "unreadable://"  # stands where no receiver could be read
NO_PLACE = place.City(("",))  # stands where no place could be read


def nothing_set(env: Mapping[str, str]) -> bool:
    """Whether no setting at all exists, beside where the ledger lies, which the workflow itself says."""
    return not any(env.get(name, "").strip() for name in NAMES if name != "WEATHER_STATE")


class _Reader:
    def __init__(self, env: Mapping[str, str], place: str | None, sending: bool) -> None:
        self._env, self._place, self._sending = env, place, sending
        self._problems: list[Problem] = []
        self._needs_key = False

    def read(self) -> tuple[Settings, tuple[Problem, ...]]:
        subscriptions = self._subscriptions()
        of_subscriptions, self._problems = self._problems, []
        key = self._key()
        self._problems += of_subscriptions
        twilio = self._twilio_if_needed(subscriptions) if self._sending else None
        openweather_url = self._base_url("OPENWEATHER_BASE_URL", "https://api.openweathermap.org")
        twilio_url = self._base_url("TWILIO_BASE_URL", "https://api.twilio.com")
        ntfy_url = self._base_url("NTFY_BASE_URL", "")
        open_meteo_url = self._base_url("OPEN_METEO_BASE_URL", "")
        nws_url = self._base_url("NWS_BASE_URL", "https://api.weather.gov")
        timing, ledger_url = self._timing(), self._ledger_url()
        secret = self._get("WEATHER_SECRET") or (twilio.password.reveal() if twilio else key or _address(subscriptions))
        settings = Settings(
            Secret(key),
            twilio,
            subscriptions,
            openweather_url,
            twilio_url,
            ntfy_url,
            timing,
            ledger_url,
            Secret(secret),
            open_meteo_url,
            nws_url,
            self._repository(),
            keeps_places=self._get("GITHUB_ACTIONS") != "true" or not ledger_url.startswith("sqlite:"),
        )
        return settings, tuple(dict.fromkeys(self._problems))

    def _get(self, name: str) -> str:
        return self._env.get(name, "").strip()

    def _wrong(self, name: str, wrong: str, fix: str) -> None:
        self._problems.append(Problem(name, wrong, fix))

    def _wrong_by(self, name: str, error: ValueError) -> None:
        """A problem that another room found: what is wrong, and after a semicolon the way out."""
        wrong, _, fix = str(error).partition("; ")
        self._wrong(name, wrong, f"{fix[:1].upper()}{fix[1:]}.")

    def _if_well(self, read: Callable[[], T]) -> T | None:
        """Something read without complaining: None if anything is wrong with it."""
        known = len(self._problems)
        value = read()
        wrong = len(self._problems) > known
        del self._problems[known:]
        return None if wrong else value

    def _credential(self, name: str, fix: str) -> str:
        value = self._get(name)
        if not value:
            self._wrong(name, MISSING, fix)
        elif not value.isascii() or not value.isprintable() or set(value) & set(" \"'"):
            self._wrong(name, "holds characters that no key has", f"Copy it again, alone and whole. {fix}")
        return value

    def _key(self) -> str:
        fix = f"Get a free key at {OPENWEATHER_KEYS}."
        if not self._get("OPENWEATHER_API_KEY") and not self._needs_key:
            return ""
        key = self._credential("OPENWEATHER_API_KEY", f"{fix} Only City,Country and coordinates do without one.")
        if re.fullmatch(r"(AC|SK|MG)[0-9a-fA-F]{32}", key):
            self._wrong("OPENWEATHER_API_KEY", "looks like an identifier of Twilio's", fix)
        return key

    def _twilio_if_needed(self, subscriptions: tuple[Subscription, ...]) -> Twilio | None:
        """Demanded for phones; else read if all is well with it, to cancel what is held for an earlier phone."""
        begun = not subscriptions and any(self._get(name) for name in NAMES if name.startswith("TWILIO_"))
        if begun or any(receiver.is_phone(each.to) for each in subscriptions):
            return self._twilio()
        return self._if_well(self._twilio)

    def _twilio(self) -> Twilio:
        fix = f"Copy it from {TWILIO_CONSOLE} (Account Info)."
        sid = self._credential("TWILIO_ACCOUNT_SID", fix)
        if re.fullmatch(r"[0-9a-fA-F]{32}", sid):
            self._wrong("TWILIO_ACCOUNT_SID", "looks like an auth token", f"Are the two swapped? {fix}")
        elif sid.startswith("SK"):
            self._wrong("TWILIO_ACCOUNT_SID", "is an API key's SID", f"That one is TWILIO_API_KEY. {fix}")
        elif sid and not re.fullmatch(r"AC[0-9a-fA-F]{32}", sid):
            self._wrong("TWILIO_ACCOUNT_SID", "is not AC and 32 digits or letters a to f", fix)
        username, password = self._login(sid, fix)
        sender, service = self._sender()
        return Twilio(sid, username, Secret(password), sender, service)

    def _login(self, sid: str, fix: str) -> tuple[str, str]:
        key, secret = self._get("TWILIO_API_KEY"), self._get("TWILIO_API_SECRET")
        token = self._get("TWILIO_AUTH_TOKEN")
        if key.startswith("AC"):
            self._wrong("TWILIO_API_KEY", "looks like an account SID", "An API key's SID begins with SK.")
        if key and secret:
            return self._credential("TWILIO_API_KEY", fix), self._credential("TWILIO_API_SECRET", fix)
        if token.startswith("AC") and len(token) == 34:
            self._wrong("TWILIO_AUTH_TOKEN", "looks like an account SID", f"Are the two swapped? {fix}")
        if token:
            return sid, self._credential("TWILIO_AUTH_TOKEN", fix)
        if key or secret:
            missing = "TWILIO_API_SECRET" if key else "TWILIO_API_KEY"
            self._wrong(missing, MISSING, "An API key needs both; or set TWILIO_AUTH_TOKEN instead.")
        else:
            self._wrong("TWILIO_AUTH_TOKEN", MISSING, f"{fix} Or set TWILIO_API_KEY and TWILIO_API_SECRET.")
        return sid, ""

    def _sender(self) -> tuple[str | None, str | None]:
        number, service = self._get("TWILIO_SENDER_NUMBER"), self._get("TWILIO_MESSAGING_SERVICE_SID")
        if not number and not service:
            fix = f"Set the number you bought at {TWILIO_CONSOLE}, or TWILIO_MESSAGING_SERVICE_SID."
            self._wrong("TWILIO_SENDER_NUMBER", MISSING, fix)
        if number.startswith("MG"):
            fix = "That one is TWILIO_MESSAGING_SERVICE_SID; without a number of its own, remove this one."
            self._wrong("TWILIO_SENDER_NUMBER", "is a Messaging Service's SID", fix)
            number = ""
        if service and not re.fullmatch(r"MG[0-9a-zA-Z]{32}", service):
            fix = f"Copy it from {TWILIO_CONSOLE} (Messaging, Services)."
            self._wrong("TWILIO_MESSAGING_SERVICE_SID", "is not MG and 32 digits or letters", fix)
        short_code = re.fullmatch(r"\d{5,6}", number)
        sender = number if short_code else self._number("TWILIO_SENDER_NUMBER", number) if number else None
        return sender, service or None

    def _number(self, name: str, text: str) -> str:
        try:
            return e164(text)
        except ValueError as error:
            self._wrong(name, str(error), "Write it with + and the country code, such as +1 555 123 4567.")
            return ""

    def _base_url(self, name: str, default: str) -> str:
        url = self._get(name).rstrip("/")
        if not url:
            return default
        if not is_safe_origin(url):
            fix = "Credentials go there: use an https origin, or http on loopback such as http://127.0.0.1:8000."
            self._wrong(name, "is not an origin that may be used", fix)
        return url

    def _repository(self) -> str:
        written = self._get("GITHUB_REPOSITORY")
        return written if re.fullmatch(r"[\w.-]+/[\w.-]+", written, re.ASCII) else "weather-sms"

    def _timing(self) -> due.Timing:
        default = due.Timing()
        return due.Timing(
            look_ahead=self._duration("WEATHER_LOOK_AHEAD", default.look_ahead, timedelta(days=1)),
            grace=self._duration("WEATHER_GRACE", default.grace, timedelta(days=1)),
            max_wait=self._duration("WEATHER_MAX_WAIT", default.max_wait, timedelta(hours=1)),
            witness_lag=self._duration("WEATHER_WITNESS_LAG", default.witness_lag, timedelta(hours=12)),
        )

    def _duration(self, name: str, default: timedelta, most: timedelta) -> timedelta:
        written = self._get(name)
        try:
            value = due.duration(written) if written else default
        except (ValueError, OverflowError):
            self._wrong(name, "is no duration", "Write one such as 12h, 90m or 45s, or remove it.")
            return default
        if value > most:
            self._wrong(name, "is too long", f"Write at most {most.total_seconds() / 3600:g}h, or remove it.")
        return value

    def _ledger_url(self) -> str:
        url = self._get("WEATHER_STATE")
        path = url.removeprefix("sqlite:///")
        if not url:
            from platformdirs import user_state_path

            return f"sqlite:///{user_state_path('weather-sms', appauthor=False) / 'ledger.db'}"
        if re.match("(redis|valkey)s?://", url):
            self._server(url)
        elif not url.startswith("sqlite:///") or not Path(path).is_absolute():
            fix = "Write sqlite:/// and an absolute path, such as sqlite:////home/me/weather.db, or remove it."
            self._wrong("WEATHER_STATE", "is no place for the ledger", fix)
        return url

    def _server(self, url: str) -> None:
        """A ledger on a server: whether its address can be used, and the client library is there."""
        from importlib.util import find_spec

        try:
            parts = urlsplit(url)
            options = all(
                name.startswith("ssl_") for name, _ in parse_qsl(parts.query, strict_parsing=bool(parts.query))
            )
            good = parts.hostname and parts.port != 0 and re.fullmatch(r"(/\d*)?", parts.path) and not parts.fragment
        except ValueError:
            good = options = False
        if not good or not options or not url.isprintable() or " " in url:
            fix = "Write redis://:password@host:6379/0, or rediss:// for TLS. In a password / is %2F and @ is %40."
            self._wrong("WEATHER_STATE", "is no address of a Redis server", fix)
        elif find_spec("redis") is None:
            fix = "In the folder of weather-sms: uv sync --extra celery, or pip install '.[celery]'."
            self._wrong("WEATHER_STATE", "needs the client library of Redis", fix)

    def _subscriptions(self) -> tuple[Subscription, ...]:
        written = self._get("WEATHER_SUBSCRIPTIONS")
        if written:
            tables = self._tables(written)
        else:
            to = self._get("WEATHER_TO") or self._get(OLDER_TO)
            single = {"to": to, "place": self._get("WEATHER_PLACE")}
            tables = [single | {key: self._get(f"WEATHER_{key.upper()}") for key in TABLE_KEYS[2:]}]
        if self._place is not None:
            tables = [(tables or [{}])[0] | {"place": self._place}]
        named = [(f"WEATHER_SUBSCRIPTIONS table {i}" if written else "", t) for i, t in enumerate(tables, 1)]
        found = [(name, subscription) for name, table in named for subscription in self._table(name, table)]
        self._duplicates(found)
        return tuple(subscription for _, subscription in found)

    def _duplicates(self, found: list[tuple[str, Subscription]]) -> None:
        first: dict[tuple[object, ...], str] = {}
        for name, each in found:
            who = receiver.identity(each.to)
            same = first.setdefault((who, each.place, each.at, each.timezone, each.units, each.language), name)
            if same != name and each.to != UNREADABLE and each.place != NO_PLACE:
                fix = "It has the same receiver, place and schedule: remove one of the two."
                self._wrong(name, f"says the same as {same.removeprefix('WEATHER_SUBSCRIPTIONS ')}", fix)

    def _tables(self, written: str) -> list[dict[str, Any]]:
        name, fix = "WEATHER_SUBSCRIPTIONS", "It is TOML text with [[subscription]] tables, or a .toml file's path."
        try:
            is_path = written.endswith(".toml") and "\n" not in written
            document = tomllib.loads(Path(written).read_text("utf-8") if is_path else written)
        except tomllib.TOMLDecodeError as error:
            where = re.search(r"\(at [a-z0-9, ]+\)", str(error))  # its other words may quote what is personal
            self._wrong(name, f"is not valid TOML {where[0] if where else ''}".rstrip(), fix)
            return []
        except (OSError, UnicodeDecodeError, ValueError):
            self._wrong(name, "names a file that cannot be read", fix)
            return []
        tables = document.get("subscription", [])
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            self._wrong(name, "holds no [[subscription]] table", fix)
            return []
        if document.keys() - {"subscription"}:
            self._wrong(name, "has an unknown key", "Settings of a subscription stand under [[subscription]].")
        return tables

    def _table(self, table_name: str, table: dict[str, Any]) -> list[Subscription]:
        for key in table.keys() - set(TABLE_KEYS):
            import difflib

            near = difflib.get_close_matches(key, TABLE_KEYS, n=1)  # the key itself may be personal
            meant = f"Did you mean {near[0]}? " if near else ""
            self._wrong(table_name, "has an unknown key", f"{meant}Known are {', '.join(TABLE_KEYS)}.")

        def name(key: str) -> str:
            return f"{table_name}, {key}," if table_name else f"WEATHER_{key.upper()}"

        values = {key: self._text(name(key), table.get(key, "")) for key in TABLE_KEYS[1:]}
        is_text = isinstance(table.get("place", ""), str)
        query = self._query(name("place"), values["place"]) if is_text else NO_PLACE
        at = self._at(name("at"), values["at"])
        timezone = self._timezone(name("timezone"), values["timezone"])
        units = self._choice(name("units"), values["units"].lower(), UNITS)
        language = self._choice(name("language"), values["language"].lower(), LANGUAGES) or DEFAULT_LANGUAGE
        only_if = self._only_if(name("only_if"), values["only_if"])
        older = not table_name and not self._get("WEATHER_TO") and bool(self._get(OLDER_TO))
        to = OLDER_TO if older else name("to")
        receivers = self._receivers(to, table.get("to", "")) if self._sending else [self._likely(table)]
        return [Subscription(to, query, at, timezone, units, language, only_if) for to in receivers]

    def _text(self, name: str, value: object) -> str:
        if isinstance(value, str):
            return value.strip()
        self._wrong(name, "is not a text", "Put it in quotes: zeros and plus signs are part of it.")
        return ""

    def _likely(self, table: dict[str, Any]) -> str:
        """Whom a preview is for: it needs no receiver, but where there is one, its channel decides on the form."""
        receivers = self._if_well(lambda: self._receivers("to", table.get("to", "")))
        return receivers[0] if receivers else ""

    def _receivers(self, name: str, value: object) -> list[str]:
        items = value if isinstance(value, list) else [value]
        texts = [self._text(name, item) for item in items]
        addresses = [each for text in texts for each in receiver.split(text)]
        if not addresses and all(isinstance(item, str) for item in items):
            self._wrong(name, MISSING, TO_FIX)
        distinct: dict[str, str] = {}
        for each in (self._receiver(name, written) for written in addresses):
            distinct.setdefault(receiver.identity(each), each)
        return list(distinct.values())

    def _receiver(self, name: str, written: str) -> str:
        if receiver.is_whatsapp(written):
            return receiver.WHATSAPP + self._number(name, written[len(receiver.WHATSAPP) :])
        if re.match(r"[A-Za-z]+:", written) is None:
            if re.search(r"[A-Za-z]", written):
                fix = "A phone is written +1 555 123 4567, a topic of ntfy's ntfy://topic."
                self._wrong(name, "is neither a phone number nor an address", fix)
                return UNREADABLE
            return self._number(name, written)
        scheme, _, rest = written.partition(":")
        address = f"{scheme.lower()}:{rest}"
        try:
            if receiver.is_ntfy(address):
                receiver.topic(address)
            else:
                from weather_sms.channels.apprise import check

                check(address)
        except ValueError as error:
            self._wrong_by(name, error)
            return UNREADABLE
        return address

    def _query(self, name: str, value: str) -> place.Query:
        query = self._parsed(name, value)
        self._needs_key |= isinstance(query, place.Postcode)
        return query

    def _parsed(self, name: str, value: str) -> place.Query:
        try:
            if value:
                return place.parse(value)
            self._wrong(name, MISSING, PLACE_FIX)
        except ValueError as error:
            self._wrong_by(name, error)
        return NO_PLACE

    def _at(self, name: str, value: str) -> str:
        try:
            return due.schedule(value or DEFAULT_AT)
        except ValueError as error:
            self._wrong_by(name, error)
            return ""

    def _only_if(self, name: str, value: str) -> tuple[str, ...]:
        try:
            return due.conditions(value)
        except ValueError as error:
            self._wrong_by(name, error)
            return ()

    def _timezone(self, name: str, value: str) -> str | None:
        try:
            return ZoneInfo(value).key if value else None
        except (KeyError, ValueError, OSError):
            self._wrong(name, "is no IANA time zone", "Write one such as America/New_York, or remove it.")
            return None

    def _choice(self, name: str, value: str, choices: tuple[str, ...]) -> str | None:
        if value and value not in choices:
            self._wrong(name, "is not known", f"Choose {', '.join(choices[:-1])} or {choices[-1]}, or remove it.")
        return value or None


def _address(subscriptions: tuple[Subscription, ...]) -> str:
    """The first receiver, as a secret: without Twilio it is a topic or a URL that only its owner knows."""
    return receiver.identity(subscriptions[0].to) if subscriptions and subscriptions[0].to != UNREADABLE else ""


def e164(text: str) -> str:
    """A phone number as people write it, as E.164 (ITU-T): + and 7 to 15 digits. Raises ValueError."""
    compact = re.sub(r"[\s().\-/\u2010-\u2015\u200b-\u200f\u202a-\u202e]", "", text.replace("(0)", ""))
    compact = re.sub(r"^00", "+", compact)
    if not re.fullmatch(r"\+?[0-9]+", compact):
        raise ValueError("is no phone number")
    digits = compact.removeprefix("+")
    if not compact.startswith("+") and len(digits) == 10:
        raise ValueError("has no country code")
    if not 7 <= len(digits) <= 15 or digits.startswith("0"):
        raise ValueError("is no phone number of any country")
    return f"+{digits}"


def is_safe_origin(url: str) -> bool:
    """Whether credentials may go to an origin: https anywhere, http on loopback only; nothing but an origin."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password or "@" in url)
    if not host or not bare or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
