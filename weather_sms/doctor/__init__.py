"""The doctor checks every setting and the world behind it; it sends nothing and spends nothing.

What could not be looked at is `skipped`, and says why; it never passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from weather_sms.clock import Clock, SystemClock
from weather_sms.delivery.services import Services
from weather_sms.doctor import channels, running, weather
from weather_sms.report.check import Check
from weather_sms.settings import Problem, Settings

if TYPE_CHECKING:
    import httpx

    from weather_sms.report.actions import Actions

__all__ = ["Check", "checkup"]
URL = re.compile(r"https://[^\s),]+[\w/]")


def checkup(
    env: Mapping[str, str],
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    actions: Actions | None = None,
) -> Iterator[Check]:
    """Yield every check as soon as it is done; `actions` is the run of a workflow that asks."""
    clock = clock or SystemClock()
    settings, problems = Settings.diagnose(env)
    places = settings if settings.subscriptions else Settings.diagnose(env, sending=False)[0]
    yield from _form(problems, actions)
    wrong = {problem.name for problem in problems}
    with closing(Services(settings, clock, transport)) as services:
        yield from _weather(settings, places, wrong, services, clock)
        yield from weather.untried()
        yield from channels.checks(settings, wrong, services.channels)
        if actions:
            yield from running.schedule(actions, services, clock.now())
        yield from _ledger(settings, problems, clock)


def _form(problems: tuple[Problem, ...], actions: Actions | None) -> Iterator[Check]:
    for problem in problems:
        page = actions.secret_page(problem.name, missing=problem.is_missing) if actions else ""
        url = URL.search(problem.fix)
        link = page or (url[0] if url else "")
        yield Check(problem.name, "fail", f"It {problem.wrong}", problem.fix, link)
    if not problems:
        yield Check(
            "settings", "ok", "Every setting that is needed is there and has the right form"
        )


def _weather(
    settings: Settings, places: Settings, wrong: set[str], services: Services, clock: Clock
) -> Iterator[Check]:
    if wrong & {"OPENWEATHER_API_KEY", "OPENWEATHER_BASE_URL"}:
        yield Check(
            "openweather key", "skipped", "It cannot be tried before OPENWEATHER_API_KEY is mended"
        )
        yield Check("place", "skipped", "It cannot be looked up without a key of OpenWeather's")
        return
    key = weather.key(settings, services, clock.now())
    yield key
    if key.status == "fail":
        yield Check("place", "skipped", "It cannot be looked up while OpenWeather refuses the key")
    else:
        yield from weather.places(places.subscriptions, services, clock.now())


def _ledger(settings: Settings, problems: tuple[Problem, ...], clock: Clock) -> Iterator[Check]:
    if problems:
        yield Check("ledger", "skipped", "It is looked at once all settings have the right form")
    else:
        yield running.ledger(settings, clock.now())
