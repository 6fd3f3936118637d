"""Check the form of the key, whether OpenWeather takes it, and where the places are."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from weather_sms.delivery.services import Services
from weather_sms.report.check import Check
from weather_sms.schedule import upcoming
from weather_sms.settings import NO_PLACE, OPENWEATHER_KEYS, Settings, Subscription
from weather_sms.weather import SERVICES, KeyRefused, WeatherError, service_class
from weather_sms.weather.openweather import OpenWeather

KEY_FORM = re.compile(r"[0-9a-f]{32}")
# https://openweathermap.org/faq#error401; Home Assistant: 10 minutes to 2 hours
ACTIVE_AFTER = timedelta(hours=2)
GREENWICH = 51.48, 0.0
MOST_PLACES, TIMES_SHOWN = 10, 3
NAME = "openweather key"


def key(settings: Settings, services: Services, now: datetime) -> Check:
    """Check whether OpenWeather takes the key; only time tells a young key from a wrong one."""
    service = OpenWeather.open(services.means())
    if service is None:
        without = "None is set, and none is needed: Open-Meteo gives the weather"
        return Check(
            NAME, "ok", without, fix="Postal codes need a free key.", link=OPENWEATHER_KEYS
        )
    try:
        service.forecast(*GREENWICH)
    except KeyRefused:
        secret = settings.openweather_api_key.reveal()
        return _refused(secret, _refused_since(settings, secret, now), now)
    except WeatherError as error:
        return Check(NAME, "warn", str(error), fix="Run this again in a few minutes.")
    return Check(NAME, "ok", "OpenWeather takes it")


def _refused(secret: str, since: datetime, now: datetime) -> Check:
    if not KEY_FORM.fullmatch(secret):
        wrong = (
            "OpenWeather refuses it, and it is not 32 digits and letters a to f, as its keys are"
        )
        return Check(NAME, "fail", wrong, fix="Copy the key again, whole.", link=OPENWEATHER_KEYS)
    if now - since >= ACTIVE_AFTER:
        hours = int((now - since).total_seconds() // 3600)
        wrong = (
            f"OpenWeather has refused it for {hours} hours: it is too old for a new one, so "
            "it is wrong or off"
        )
        return Check(
            NAME, "fail", wrong, fix="Copy the key again, or make a new one.", link=OPENWEATHER_KEYS
        )
    wrong = (
        "OpenWeather refuses it. It has the form of a key: it is younger than two hours, or "
        "not one of yours"
    )
    fix = (
        "If you made it less than two hours ago, wait and run this again; otherwise copy it again."
    )
    return Check(NAME, "fail", wrong, fix=fix, link=OPENWEATHER_KEYS)


def _refused_since(settings: Settings, secret: str, now: datetime) -> datetime:
    """Return the time of this key's first refusal, noted beside the ledger under its HMAC."""
    if not settings.ledger_url.startswith("sqlite:///"):
        return now
    note = Path(settings.ledger_url.removeprefix("sqlite:///")).parent / "refused-key"
    mark = hmac.digest(secret.encode(), b"refused", "sha256").hex()
    with suppress(OSError, ValueError):
        known, _, since = note.read_text("utf-8").strip().partition(" ")
        if known == mark:
            return datetime.fromisoformat(since)
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(f"{mark} {now.isoformat()}\n", "utf-8")
    return now


def places(
    subscriptions: tuple[Subscription, ...], services: Services, now: datetime
) -> Iterator[Check]:
    """Say where each place is, and when its next texts would come."""
    distinct = {
        (each.place, each.at, each.timezone): each
        for each in subscriptions
        if each.place != NO_PLACE
    }
    for each in list(distinct.values())[:MOST_PLACES]:
        yield _place(each, services, now)
    if len(distinct) > MOST_PLACES:
        yield Check(
            "place", "skipped", f"Only the first {MOST_PLACES} of {len(distinct)} were looked up"
        )


def _place(subscription: Subscription, services: Services, now: datetime) -> Check:
    try:
        found = services.weather.place(subscription.place)
    except WeatherError as error:
        fix = error.fix and f"{error.fix}."
        return Check("place", "fail", error.wrong, fix=fix, public_detail=error.public_wrong)
    zone = ZoneInfo(subscription.timezone or found.timezone)
    times = upcoming(subscription.at, zone, now, TIMES_SHOWN) if subscription.at else []
    when = ", ".join(f"{at.astimezone(zone):%a %d %b %H:%M}" for at in times)
    country = f", {found.country}" if found.country else ""
    detail = f"{found.name}{country}, in the time zone {zone.key}"
    return Check(
        "place",
        "ok",
        f"{detail}. The next texts: {when}" if when else detail,
        fix="If it is another place of that name, add the country, or write coordinates.",
        public_detail="It is known. Which it is stays out of a log that anyone can read",
        derived=frozenset({found.name, zone.key}),
    )


def untried() -> Iterator[Check]:
    """The services that are not tried: they have no setting that could be wrong."""
    others = [each for each in map(service_class, SERVICES) if each is not OpenWeather]
    for each in others:
        name = each.provider.name.removeprefix("the ").lower()
        yield Check(name, "skipped", "It is not tried here. A text that has to do without says so")
