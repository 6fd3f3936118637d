"""Celery ticks on many machines: beat asks every minute what is due, and workers hand it over.

    celery -A weather_sms.schedulers.celery_app worker --beat

`tick` finds what is due, `look` fetches the weather of one place for all of its subscriptions,
`hand_over` is a tick of one subscription. Nothing here is needed for each text to go out once: that
is the ledger's doing. So a task that is lost, late or there twice does no harm; it expires, and the
next minute's tick finds what is still owed.

Tasks carry numbers of subscriptions, never settings: each worker reads its own environment.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

try:
    import redis  # noqa: F401 the broker's transport and the ledger need it
    from celery import Celery, signals
    from celery.schedules import crontab
    from celery.utils.log import get_task_logger
except ModuleNotFoundError as missing:
    if missing.name not in ("celery", "redis"):
        raise
    sys.exit(
        "Celery or its Redis client is missing. In the folder of weather-sms: uv sync --extra "
        "celery, or pip install '.[celery]'"
    )

import msgspec

from weather_sms.clock import SystemClock
from weather_sms.delivery import tick as delivery
from weather_sms.delivery.services import Services
from weather_sms.forecast import Forecast, Place
from weather_sms.http.network import Network
from weather_sms.ledger import KeyedHash, LedgerError
from weather_sms.ledger.redis import RedisLedger
from weather_sms.place import Query
from weather_sms.report import output
from weather_sms.report.outcome import Report
from weather_sms.settings import Problem, Settings, SettingsError
from weather_sms.settings.reading import server_problem
from weather_sms.weather import WeatherError

EVERY_S = 60
SOFT_LIMIT_S, LIMIT_S = 120, 150  # weather, log and POST end within about 30 s each
REDELIVERED_AFTER_S = 300  # to be dropped, because it has expired by then
WEATHER_KEPT_S = 600  # how often it pays to ask: https://openweathermap.org/appid#apicare
LONGEST_WAIT = timedelta(seconds=2)  # the next beat is never far
BROKER = Problem(
    "CELERY_BROKER_URL",
    "is missing",
    "Set a Redis or Valkey server, such as redis://127.0.0.1:6379/0.",
    is_missing=True,
)
NOT_SHARED = Problem(
    "WEATHER_STATE",
    "is no ledger that several workers can share",
    "Set redis://host:6379/0, the same for all schedulers.",
)

WEATHER = msgspec.msgpack.Decoder(tuple[Place, Forecast])
log = get_task_logger(__name__)
# Celery looks there first, and fails at what it cannot read.
broker = os.environ.pop("CELERY_BROKER_URL", "").strip()
broker_problem = server_problem("CELERY_BROKER_URL", broker) if broker else BROKER
if broker_problem is None:
    os.environ["CELERY_BROKER_URL"] = re.sub("^valkey", "redis", broker)
app = Celery("weather_sms")
app.conf.update(
    beat_schedule={
        "tick": {"task": "weather_sms.tick", "schedule": crontab(), "options": {"expires": EVERY_S}}
    },
    beat_scheduler="celery.beat:Scheduler",  # it has nothing to remember
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": REDELIVERED_AFTER_S},
    task_acks_late=True,
    task_default_queue="weather-sms",
    task_ignore_result=True,
    task_soft_time_limit=SOFT_LIMIT_S,
    task_time_limit=LIMIT_S,
    timezone="UTC",
)
# Where the ledger cannot be used nothing was sent, or the ledger knows how far it came. Nothing
# else is tried again.
options: dict[str, Any] = {
    "autoretry_for": (LedgerError,),
    "throws": (LedgerError,),
    "expires": EVERY_S,
    "max_retries": 4,
    "retry_backoff": 2,
    "retry_backoff_max": 20,
}


class KeptOpen(Network):
    """The network, with connections that the next task can use."""

    def close(self) -> None:
        """They end with the process."""


@app.task(name="weather_sms.tick", **options)
def tick() -> None:
    """Find what is due, once a minute however many beats there are."""
    found = delivery.find(settings(), ledger=ledger(), transport=network())
    say(found.tidied)
    if canceled := sum(each.status == "canceled" for each in found.tidied.outcomes):
        log.warning(
            "Held texts that are canceled, because these settings do not want them: %d", canceled
        )
    this_minute = ledger().name(f"tick:{int(time.time() // EVERY_S)}")
    if not ledger().do(ledger().client.set, this_minute, 1, nx=True, ex=2 * EVERY_S):
        return
    for numbers in found.by_place.values():
        look.delay(numbers)
    for number in found.weatherless:
        hand_over.delay(number)


@app.task(name="weather_sms.look", **options)
def look(numbers: Sequence[int]) -> None:
    """Fetch a place's weather and have its subscriptions served, or note that there is none."""
    known = [number for number in numbers if number <= len(settings().subscriptions)]
    of = {number: settings().subscriptions[number - 1].place for number in known}
    failed: dict[Query, WeatherError] = {}
    for place in set(of.values()):
        try:
            if shared(place) is None:
                share(place, delivery.fetch(settings(), place, transport=network()))
        except WeatherError as error:
            log.error("No weather, so the next tick tries again: %s", error.public)
            failed[place] = error
    if without := [number for number, place in of.items() if place in failed]:
        say(
            delivery.tick(
                settings(), only=without, weather=failed, ledger=ledger(), transport=network()
            )
        )
    for number in of.keys() - set(without):
        hand_over.delay(number)


@app.task(name="weather_sms.hand_over", **options)
def hand_over(number: int) -> None:
    """A tick of one subscription."""
    if number <= len(settings().subscriptions):
        place = settings().subscriptions[number - 1].place
        found = shared(place)
        weather = {place: found} if found else None
        say(
            delivery.tick(
                settings(), only=[number], weather=weather, ledger=ledger(), transport=network()
            )
        )


def say(report: Report) -> None:
    """Log what went wrong, without numbers, places and texts."""
    for sentence in report.problems(private=False):
        log.error(sentence)
    for sentence in report.warnings(private=False):
        log.warning(sentence)


def share(place: Query, weather: tuple[Place, Forecast]) -> None:
    """Leave a place's weather for the other tasks."""
    ledger().do(
        ledger().client.set, weather_name(place), msgspec.msgpack.encode(weather), ex=WEATHER_KEPT_S
    )


def shared(place: Query) -> tuple[Place, Forecast] | None:
    """The weather that another task left."""
    kept = ledger().do(ledger().client.get, weather_name(place))
    try:
        return WEATHER.decode(kept) if kept else None
    except msgspec.DecodeError:  # another version left it
        return None


def weather_name(place: Query) -> str:
    """Return the name of a place's weather; the place itself is not in it."""
    return ledger().name(f"weather:{seal()('place', place.key)}")


@cache
def settings() -> Settings:
    """The settings of this worker, read once. Raises SettingsError."""
    found = Settings.from_env(os.environ)
    if found.ledger_url.startswith("sqlite:"):
        raise SettingsError((NOT_SHARED,))
    return replace(
        found, timing=replace(found.timing, max_wait=min(found.timing.max_wait, LONGEST_WAIT))
    )


@cache
def ledger() -> RedisLedger:
    """The ledger, opened once in each process. Raises LedgerError."""
    return RedisLedger(settings().ledger_url, seal()("ledger"))


@cache
def seal() -> KeyedHash:
    """The HMACs of the settings' secret."""
    return KeyedHash(settings().ledger_secret.reveal())


@cache
def network() -> KeptOpen:
    """The network, opened once in each process."""
    return KeptOpen()


@signals.celeryd_init.connect
def check(**_: object) -> None:
    """Read the settings before a worker forks, or say what is wrong; import what is shared."""
    try:
        with closing(Services(settings(), SystemClock(), None)) as services:
            services.load(sending=True)
    except SettingsError as error:
        problems = filter(None, (broker_problem, *error.problems))
        sys.exit(output.say_problems(SettingsError(tuple(problems)), None))
    check_broker()


@signals.beat_init.connect
def check_broker(**_: object) -> None:
    """Beat alone needs nothing but the broker."""
    if broker_problem:
        sys.exit(output.say_problems(SettingsError((broker_problem,)), None))
