"""Check recorded answers of real services, which are not ours and therefore not in the repository.

`python -m tests.recordings FOLDER` reads every recorded forecast, observation and warning through
the product's own parsers. It compares the worked examples letter by letter, and asks of every text
what the tests ask of the texts of tests/payloads. The exit code is 1 if anything does not hold.
"""

from __future__ import annotations

import argparse
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import httpx
import msgspec

from tests import test_every_text, test_languages
from tests.support.corpus import Case, Text, case, samples, texts
from tests.support.recorded import Recordings
from tests.support.texts import BRITISH, IMPERIAL, METRIC, made, text
from weather_sms.forecast import Forecast
from weather_sms.http import open_client
from weather_sms.sandbox import Sandbox, days
from weather_sms.sandbox.demo import FixedClock
from weather_sms.text.briefing.alerts import alert_facts
from weather_sms.text.style import Style
from weather_sms.text.words import LANGUAGES
from weather_sms.weather import WeatherError
from weather_sms.weather.feels_like import feels_like_c
from weather_sms.weather.open_meteo import OpenMeteo
from weather_sms.weather.openweather import Item, Steps, parse
from weather_sms.weather.zones import timezone

Check = tuple[str, Callable[[], None]]
KINDS = ("forecast", "current", "openmeteo", "nws")
LUBACZOW = "pl-lubaczow-2018-40-empty-rain-snow-objects.json"
HEAT_AND_AIR = "alerts-2024-heat-and-air-quality.json"


def _phoenix(recordings: Recordings) -> Forecast:
    day = made("8:34 11:40 14:44 17:45 23:38", "Phoenix", "2024-07-19T07:00")
    return replace(day, alerts=recordings.alerts(HEAT_AND_AIR))


Example = tuple[Callable[[Recordings], Forecast], str, str, Style, int, str]
EXAMPLES: tuple[Example, ...] = (
    (
        lambda r: r.forecast("gb-london-2022-40-rain.json"),
        "London", "2022-10-23T07:00", BRITISH, 126,
        "London Sun 23 Oct: 14-17C. Rain on and off all day, about 6mm, most 16-19h. Windy this "
        "evening, gusts 30mph. Take an umbrella.",
    ),
    (
        lambda r: r.forecast("us-dallas-2023-40-dry.json"),
        "Dallas", "2023-09-29T07:00", IMPERIAL, 85,
        "Dallas Fri Sep 29: 79-97F, sunny and dry. Dry weekend ahead. Drink water, find shade.",
    ),
    (
        lambda r: r.forecast("hr-zagreb-2018-40-empty-rain-objects.json"),
        "Zagreb", "2018-06-28T13:00", METRIC, 88,
        "Zagreb Thu 28 Jun: 17-20C. Rain until 14:00 and from 20:00, about 5mm. Take an umbrella.",
    ),
    (
        lambda r: r.forecast(LUBACZOW),
        "Lubaczow", "2018-03-29T07:00", METRIC, 90,
        "Lubaczow Thu 29 Mar: -1 to 4C. Snow until 14:00, about 1cm. "
        "Rain 14-20h. Take an umbrella.",
    ),
    (
        lambda r: r.forecast(LUBACZOW),
        "Lubaczow", "2018-03-29T07:00", IMPERIAL, 87,
        "Lubaczow Thu Mar 29: 30-38F. Snow until 2pm, about 0.5in. Rain 2-8pm. Take an umbrella.",
    ),
    (
        lambda r: r.forecast(LUBACZOW),
        "Lubaczow", "2018-03-30T18:00", METRIC, 131,
        "Lubaczow Fri 30 Mar: Tonight low -1C. Rain from 2:00. Black ice risk. Watch your step. "
        "Tomorrow 4-10C. Rain until 20:00, about 9mm.",
    ),
    (
        lambda r: r.forecast("fr-paris-2020-40-no-pop.json"),
        "Paris", "2020-04-02T07:00", METRIC, 65,
        "Paris Thu 2 Apr: 2-9C, feels like -1, sun then clouds. Warm coat.",
    ),
    (
        lambda r: r.forecast("pl-wilkszyn-2021-cnt5-snow.json", "pl-wilkszyn-2021.json"),
        "Wilkszyn", "2021-03-19T11:05", METRIC, 136,
        "Wilkszyn Fri 19 Mar: -2 to 4C, feels like -8, 4 now. Snow 13-16h, a dusting. Wet ground "
        "freezes by 22:00. Sunset 18:03. Watch your step.",
    ),
    (
        lambda r: r.open_meteo("ca-toronto-2026-03-imperial-past1.json"),
        "Toronto", "2026-03-06T07:00", IMPERIAL, 137,
        "Toronto Fri Mar 6: 32-38F, feels like 25. Maybe heavy rain from 9pm (40%). Frost this "
        "morning. Fog this afternoon. Umbrella just in case.",
    ),
    (
        _phoenix, "Phoenix", "2024-07-19T07:00", IMPERIAL, 118,
        "Phoenix Fri Jul 19: EXCESSIVE HEAT WARNING 10am to Sat 8pm +1. 93-113F, mostly sunny and "
        "dry. Drink water, find shade.",
    ),
)  # fmt: skip
# A file, a moment, and the warning that is told then
WARNINGS = (
    ("alerts-with-test-message.json", "2026-03-24T12:00:00-04:00", "Heat Advisory"),
    ("alerts-with-test-message.json", "2026-03-26T12:00:00-04:00", None),
    ("alerts-zone-2019-flood-watch.json", "2019-12-22T07:00:00-08:00", "Flood Watch"),
    ("alerts-zone-2019-flood-watch.json", "2019-12-22T11:00:00-08:00", None),
    (HEAT_AND_AIR, "2024-07-19T07:00:00-07:00", "Excessive Heat Warning"),
    ("alert-feature-2025-12-special-weather-statement.json", "2025-12-15T07:00:00-08:00", None),
    ("alert-feature-2025-12-wind-advisory.json", "2025-12-15T07:00:00-08:00", "Wind Advisory"),
    ("alert-feature-2025-12-flash-flood-warning.json", "2025-12-15T07:00:00-08:00",
     "Flash Flood Warning"),
)  # fmt: skip


def checks(recordings: Recordings) -> Iterator[Check]:
    """Everything that has to hold, by name."""
    for example in EXAMPLES:
        yield f"text: {example[1]} {example[2]}", partial(_text_is, recordings, example)
    for name in recordings.names("forecast"):
        yield f"feels like: {name}", partial(_feels_like, recordings, name)
    for name in recordings.names("openmeteo"):
        yield f"Open-Meteo: {name}", partial(_read_or_refused, recordings, name)
    for name in recordings.names("nws"):
        if name.startswith("alert"):
            yield f"warnings: {name}", partial(_warnings_are_read, recordings, name)
    for name, moment, named in WARNINGS:
        yield f"warning at {moment}: {name}", partial(_warning, recordings, name, moment, named)
    corpus: list[Text] = []
    everywhere = partial(texts, chain(samples(), cases(recordings)), *LANGUAGES)
    yield "a text for every hour of every recording", lambda: corpus.extend(everywhere())
    yield from _rules(test_languages, corpus)
    yield from _rules(test_every_text, [each for each in corpus if each.language == "en"])


def cases(recordings: Recordings) -> Iterator[Case]:
    """Every recorded forecast and observation."""
    for name in recordings.names("forecast"):
        city = recordings.answer("forecast", name)["city"]
        zone = ZoneInfo(timezone(city["coord"]["lat"], city["coord"]["lon"]))
        yield case(
            f"forecast/{name}", city["name"], city["country"], zone, recordings.forecast(name)
        )
    for name in recordings.names("openmeteo"):
        if "toronto" in name:
            zone = ZoneInfo("America/Toronto")
            yield case(f"openmeteo/{name}", "Toronto", "CA", zone, recordings.open_meteo(name))
    yield from (_observed(recordings, name) for name in recordings.names("current"))


def _observed(recordings: Recordings, name: str) -> Case:
    """Put an observation before the rainy sample day, moved to its time and place."""
    body = recordings.answer("current", name)
    zone = ZoneInfo(timezone(body["coord"]["lat"], body["coord"]["lon"]))
    current = msgspec.convert(body, type=Item)
    today = datetime.fromtimestamp(current.dt, zone).date()
    day = replace(days.DAYS["rain"], timezone=zone.key).on(today)
    forecast = parse(msgspec.convert(days.forecast(day), type=Steps), current)
    return case(f"current/{name}", body["name"], body["sys"].get("country", ""), zone, forecast)


def _rules(module: ModuleType, corpus: list[Text]) -> Iterator[Check]:
    """The tests of a module that ask something of every text."""
    for name, rule in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_") and list(inspect.signature(rule).parameters) == ["corpus"]:
            yield f"{module.__name__}.{name}", partial(rule, corpus)


def _text_is(recordings: Recordings, example: Example) -> None:
    load, place, local, style, septets, expected = example
    message = text(load(recordings), place, local, style)
    assert message.text == expected, f"{message.text}\n  expected: {expected}"
    assert (message.septets, message.segments, message.encoding) == (septets, 1, "GSM-7")


def _feels_like(recordings: Recordings, name: str) -> None:
    """Where it is hot or cold; between, OpenWeather goes by humidity, by up to 2.5 degrees."""
    for hour in recordings.forecast(name).hours:
        computed = feels_like_c(hour.temperature_c, hour.humidity_percent, hour.wind_ms)
        if hour.time.year > 2021 and hour.feels_like_c is not None and computed is not None:
            between = 10 < hour.temperature_c < 26.7
            difference = abs(computed - hour.feels_like_c)
            assert difference <= (2.5 if between else 0.06), f"{hour} feels like {computed:.2f}"


def _read_or_refused(recordings: Recordings, name: str) -> None:
    """An answer is read, or refused with a sentence."""
    sandbox, clock = Sandbox(), FixedClock(datetime(2026, 11, 23, 15, tzinfo=UTC))
    refused = name.startswith("error")
    answer = httpx.Response(400 if refused else 200, content=recordings.open_meteo_answer(name))
    sandbox.fail("/v1/forecast", answer)
    with open_client(sandbox.transport) as client:
        try:
            hours = len(OpenMeteo(client, "", clock).forecast(1, 2).hours)
        except WeatherError:
            assert refused or "historical" in name, "refused"
        else:
            assert not refused and hours >= 24, f"read, with {hours} hours"


def _warnings_are_read(recordings: Recordings, name: str) -> None:
    assert all(alert.event and alert.severity for alert in recordings.alerts(name))


def _warning(recordings: Recordings, name: str, moment: str, named: str | None) -> None:
    facts = alert_facts(recordings.alerts(name), datetime.fromisoformat(moment))
    told = [fact.name for fact in facts]
    assert told == ([named] if named else []), f"told: {told}"


def main() -> int:
    """Print what does not hold, and how much does."""
    parser = argparse.ArgumentParser(prog="python -m tests.recordings", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    recordings = Recordings(parser.parse_args().folder)
    if empty := [kind for kind in KINDS if not recordings.names(kind)]:
        parser.error(f"{recordings.folder} has no recordings in {', '.join(empty)}")
    passed = failed = 0
    for name, check in checks(recordings):
        try:
            check()
        except AssertionError as error:
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[-1].line
            print(f"FAILED {name}\n  {line}\n  {error}")
        except Exception as error:
            failed += 1
            print(f"FAILED {name}\n  {type(error).__name__}: {error}")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
