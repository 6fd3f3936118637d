"""A ledger with texts in every state, written by real ticks against the sandbox.

`python -m tests.support.ledgers PATH` writes one: the files in tests/ledgers were made so, each by
the first code of its schema version.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx

from tests.support.world import DAY, at
from weather_sms import Settings, tick
from weather_sms.delivery.run import Run
from weather_sms.delivery.tick import stop
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS, forecast
from weather_sms.sandbox.demo import FixedClock

LAQUILA = replace(
    DAYS["fair"],
    name="L'Aquila",
    country="IT",
    zip="67100",
    latitude=42.35,
    longitude=13.4,
    timezone="Europe/Rome",
)
HERE = "America/Los_Angeles"
# Where it has no zone, a place's own is remembered.
SUBSCRIPTIONS: dict[str, tuple[str, str, str, str]] = {
    "sent": ("+15550100001", "94112", "07:00", ""),
    "sent to a city": ("+15550100002", "L'Aquila,IT", "16:00", ""),
    "sent, fate unknown": ("+15550100003", "94112", "12:57", ""),
    "rejected": ("+15550100004", "Dallas,US", "07:00", HERE),
    "skipped": ("+15550100005", "37.7195,-122.4411", "07:00", ""),
    "missed": ("+15550100006", "94112", "02:30", HERE),
    "open": ("+15550100007", "Nowhere,US", "11:30", HERE),
    "held": ("+15550100008", "94112", "18:00", ""),
    "held by ntfy": ("ntfy://a-topic-nobody-guesses", "37.7195,-122.4411", "18:00", ""),
    "canceled": ("+15550100010", "94112", "18:30", ""),
    "canceling": ("+15550100011", "94112", "15:30", ""),
    "claimed": ("+15550100012", "94112", "12:58", ""),
    "unknown": ("+15550100013", "94112", "12:58", ""),
}
AT_LAST = ("sent, fate unknown", "claimed", "unknown")
WRITTEN_AT = at("13:00")


def env(path: Path, *names: str, holds: bool = True) -> dict[str, str]:
    """The settings of some of the subscriptions, or of all."""
    sandbox = Sandbox()
    service = {"TWILIO_MESSAGING_SERVICE_SID": sandbox.twilio.services[0]} if holds else {}
    tables = "".join(_table(name, *SUBSCRIPTIONS[name]) for name in names or SUBSCRIPTIONS)
    state = {"WEATHER_STATE": f"sqlite:///{path}", "WEATHER_SUBSCRIPTIONS": tables}
    return sandbox.env | service | state | {"WEATHER_LOOK_AHEAD": "7h", "WEATHER_GRACE": "4h"}


def _table(name: str, to: str, place: str, at: str, zone: str) -> str:
    more = f'timezone = "{zone}"\n' * bool(zone) + 'only_if = "rain"\n' * (name == "skipped")
    return f'[[subscription]]\nto = "{to}"\nplace = "{place}"\nat = "{at}"\n{more}'


def write(path: Path) -> None:
    """Write a ledger in which each subscription has a text in the state that it is named for."""
    days = (DAYS["fair"].on(DAY), DAYS["storm"].on(DAY), LAQUILA.on(DAY))
    sandbox, lost = Sandbox(days=days), False

    def handle(request: httpx.Request) -> httpx.Response:
        body = request.read()
        if lost and b"To=%2B15550100013" in body:
            raise httpx.ReadTimeout("lost")
        if lost and (b"To=%2B15550100012" in body or b"Status=canceled" in body):
            raise SystemExit("the process dies here")
        return sandbox.handle(request)

    def run(moment: str, env: Mapping[str, str], number: int | None = None, now: int = 0) -> None:
        clock = FixedClock(at(moment))
        sandbox.now = clock.now
        tick(
            Settings.from_env(env),
            clock=clock,
            transport=httpx.MockTransport(handle),
            run=Run(number, cron_line="7 * * * *") if number else None,
            send_now=bool(now),
            only=[now] if now else [],
        )

    sandbox.twilio.refuse("+15550100004", 21608)
    run("02:00", env(path, holds=False), 1)
    run("07:05", env(path, holds=False), 2)
    run("07:25", env(path, holds=False), now=1)
    run("11:30", env(path, "canceled"))
    stop(
        Settings.from_env(env(path, "canceled")),
        clock=FixedClock(at("11:35")),
        transport=httpx.MockTransport(handle),
    )
    earlier = env(path, *(name for name in SUBSCRIPTIONS if name not in AT_LAST))
    run("11:40", earlier, 3)
    run("11:58", earlier, 4)  # what is held was looked at
    lost = True
    colder = replace(days[0], weather=days[0].weather.replace("16:16", "16:9"))
    sandbox.openweather.forecasts["San Francisco"] = forecast(colder)
    with suppress(SystemExit):
        run("13:00", env(path), 5)


if __name__ == "__main__":
    write(Path(sys.argv[1]).absolute())
