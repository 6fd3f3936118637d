"""The questions, in order: how the text comes, where and when, and what is needed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import click

from weather_sms.delivery.services import Services
from weather_sms.doctor import weather
from weather_sms.errors import Unreadable
from weather_sms.place import PostalCode, parse
from weather_sms.receiver import NTFY_HOST
from weather_sms.receiver import topic as ntfy_topic
from weather_sms.report.check import Check
from weather_sms.settings import DEFAULT_AT, OPENWEATHER_KEYS, UNITS, Settings
from weather_sms.setup import countries
from weather_sms.setup.asker import Answers, Asker, Field, Live
from weather_sms.setup.terminal import ask, choose, confirm, explain, heading, pause, say
from weather_sms.setup.twilio_questions import receivers, twilio
from weather_sms.text.style import FAHRENHEIT
from weather_sms.weather import WeatherError

KEY = Field(("OPENWEATHER_API_KEY",), "OPENWEATHER_API_KEY", hidden=True, optional=True)
UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1
GROUPS = GROUP = 4  # 31 ** 16: 79 bits
REGISTERED_ONLY = (
    "Carriers there take texts only from registered senders, and texts to yourself, your family or "
    "friends cannot be registered (Twilio error 30532): an SMS is for businesses. ntfy is a free "
    "app that shows the text like a message and needs no account."
)
ELSEWHERE = (
    "An SMS needs a paid account at Twilio and a number there: a trial account cannot send texts "
    "of its own (Twilio error 572006). ntfy is a free app that shows the text like a message and "
    "needs no account."
)


@dataclass(frozen=True, slots=True)
class Held:
    """All answers: those that have to be stored, and those that are the default anyway."""

    values: Answers = field(repr=False)
    defaults: Answers


def hold(asker: Asker, fresh_topic: str) -> Held:
    """Ask everything. Raises click.Abort where the user stops."""
    country = _country(asker)
    by_sms = _way(asker, country) == "sms"
    if not by_sms:
        _topic(asker, fresh_topic)
    defaults = _weather(asker, country)
    if by_sms:
        twilio(asker)
    values = {name: value for name, value in asker.answers.items() if name.isupper()}
    standard = {name: value for name, value in values.items() if defaults.get(name) == value}
    return Held({name: value for name, value in values.items() if name not in standard}, standard)


def topic(choice: Callable[[str], str]) -> str:
    """Return an ntfy topic, hard to guess and easy to type; `choice` picks its characters."""
    groups = ("".join(choice(UNMISTAKABLE) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(("weather", *groups))


def as_receiver(typed: str) -> Answers:
    """A topic's name, or a whole address."""
    return {"WEATHER_TO": typed if ":" in typed or not typed else f"ntfy://{typed}"}


def as_topic(address: str) -> str:
    """A topic as it is typed: on ntfy.sh by its name alone."""
    return address.removeprefix("ntfy://")


def as_place(typed: str, country: str) -> Answers:
    """A place; a postal code without a country is one of the user's own, not an American one."""
    with suppress(Unreadable):
        if "," not in typed and isinstance(parse(typed), PostalCode):
            typed = f"{typed},{country}"
    return {"WEATHER_PLACE": typed}


def _country(asker: Asker) -> str:
    heading("How the text comes")
    while True:
        found = countries.find(
            ask(
                "The country of your phone (its name, or two letters)",
                asker.before.get("country", ""),
            )
        )
        if found:
            break
        say(
            "No country has that name. Write its English name, or its two letters, such as US, "
            "GB or FR."
        )
    asker.keep({"country": found[0]})
    click.echo(f"{found[1]}.")
    return found[0]


def _way(asker: Asker, country: str) -> str:
    registered = country in countries.REGISTERED_SENDERS_ONLY
    explain(REGISTERED_ONLY if registered else ELSEWHERE)
    way = choose(
        "How should the text come?",
        ("sms", "ntfy"),
        asker.before.get("way") or ("ntfy" if registered else "sms"),
    )
    asker.keep({"way": way})
    if asker.before.get("WEATHER_TO", "").startswith("ntfy") != (way == "ntfy"):
        asker.keep({"WEATHER_TO": ""})
    return way


def _topic(asker: Asker, fresh: str) -> None:
    heading("ntfy")
    say(
        "The texts come in a topic. Whoever knows its name can read them, so it has to be hard to "
        "guess. Enter takes the one in brackets."
    )
    asked = Field(("WEATHER_TO",), "Topic", fresh, reads=as_receiver, writes=as_topic)
    asker.ask(asked, live=receivers)
    where = ntfy_topic(asker.answers["WEATHER_TO"])
    server = "" if where.host == NTFY_HOST else f", on the server {where.host}"
    explain(
        "Now install the app ntfy on your phone (https://ntfy.sh) and subscribe in it to "
        f"{where.name}{server}."
    )
    pause("Enter when that is done")


def _weather(asker: Asker, country: str) -> Answers:
    """Key, place, time and units. Gives what the defaults are there."""
    heading("The weather")
    say(
        "OpenWeather gives a free key, without a card: make an account, then copy the key at "
        f"{OPENWEATHER_KEYS} (a new one works after up to two hours). It works without, from "
        "Open-Meteo, for a city or coordinates, and not for commercial use."
    )
    key_works = asker.ask(KEY, live=_key, sending=False) == "ok"
    look = _Look()
    _place(asker, country, look if key_works else _not_looked_up)
    explain(
        "The time, in the place's own time zone: 07:00, 7am, or cron's five fields (0 7 * * 1-5: "
        "on weekdays)."
    )

    def look_again(settings: Settings, services: Services, now: datetime) -> Iterable[Check]:
        unchanged = not key_works or asker.answers["WEATHER_AT"] == DEFAULT_AT
        return (
            [] if unchanged else (replace(check, fix="") for check in look(settings, services, now))
        )

    asker.ask(Field(("WEATHER_AT",), "WEATHER_AT", DEFAULT_AT), live=look_again, sending=False)
    usual = "imperial" if (look.country or country) in FAHRENHEIT else "metric"
    explain("Fahrenheit and inches (imperial), or Celsius and millimetres (metric)?")
    units = choose("WEATHER_UNITS", UNITS, asker.before.get("WEATHER_UNITS", usual))
    asker.keep({"WEATHER_UNITS": units})
    return {"WEATHER_AT": DEFAULT_AT, "WEATHER_UNITS": usual}


def _key(settings: Settings, services: Services, now: datetime) -> Iterable[Check]:
    return [weather.key(settings, services, now)]


def _place(asker: Asker, country: str, look: Live) -> None:
    explain(
        "The place: a postal code (94112,US), City,Country (Lyon,FR), or coordinates (45.76,4.83)."
    )
    asked = Field(("WEATHER_PLACE",), "WEATHER_PLACE", reads=lambda typed: as_place(typed, country))
    while asker.ask(asked, live=look, sending=False) == "ok" and look is not _not_looked_up:
        if confirm("Is that the place?", default=True):
            return


def _not_looked_up(*_: object) -> Iterable[Check]:
    return [Check("place", "skipped", "It cannot be looked up before OpenWeather takes the key")]


class _Look:
    """Looks a place up, and remembers its country."""

    country = ""

    def __call__(self, settings: Settings, services: Services, now: datetime) -> Iterable[Check]:
        place = settings.subscriptions[0].place
        if isinstance(place, PostalCode) and not settings.openweather_api_key.reveal():
            without = "A postal code needs a key of OpenWeather's"
            yield Check(
                "place",
                "fail",
                without,
                fix="Write City,Country (Lyon,FR), or coordinates (45.76,4.83).",
            )
            return
        yield from weather.places(settings.subscriptions, services, now)
        with suppress(WeatherError):
            self.country = services.weather.place(place).country
