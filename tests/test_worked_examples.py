"""The worked examples of the specification (docs/briefing.md), letter by letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support import payloads
from tests.support.corpus import Case, cases
from tests.support.texts import BRITISH, IMPERIAL, METRIC, made, text
from weather_sms.forecast import Alert, Forecast
from weather_sms.text.message import Message
from weather_sms.text.style import Style, style_for
from weather_sms.text.words import words

ANSWERED = [
    (
        "forecast/no-bergen-heavy-rain", "2022-10-19T06:20", "metric", 142,
        "Bergen Wed 19 Oct: 9-12C, feels like 5, 9 now. Heavy rain until 23:00, about 39mm. Very "
        "windy, gusts 75km/h. Sunset 18:22. Hood, not umbrella.",
    ),
    (
        "forecast/fr-gap-snow-empty-objects", "2018-02-22T07:00", "metric", 95,
        "Gap Thu 22 Feb: -5 to 1C. Snow until 22:00, about 7cm. Wet ground freezes by 22:00. Wear"
        " boots.",
    ),
    (
        "forecast/us-duluth-ice", "2023-12-24T06:20", "imperial", 159,
        "Duluth Sun Dec 24: 26-33F, feels like 18, 26 now. Freezing rain until noon, about 0.1in."
        " Rain and snow noon-3pm, a dusting. Black ice risk. Stay off the roads.",
    ),
    (
        "forecast/us-flagstaff-monsoon", "2025-07-25T07:00", "imperial", 121,
        "Flagstaff Fri Jul 25: 60-83F. Thunderstorms likely 11am-5pm (70%), about 0.3in. Squalls."
        " Sunset 7:28pm. Take an umbrella.",
    ),
    (
        "forecast/au-adelaide-clocks-go-back", "2025-04-05T18:00", "metric", 118,
        "Adelaide Sat Apr 5: Tonight low 21C. Tomorrow 15-21C, mostly cloudy, rain unlikely. "
        "Windy, gusts 55km/h. Light jacket.",
    ),
    (
        "forecast/se-sundsvall-frost-2015", "2015-10-27T07:00", "metric", 72,
        "Sundsvall Tue 27 Oct: 0-5C, mostly sunny. Frost this morning. Warm coat.",
    ),
    (
        "forecast/np-pokhara-drizzle", "2023-09-19T07:00", "metric", 101,
        "Pokhara Tue 19 Sep: 20-26C, 20 now. Drizzle likely until 15:00 (70%). Sunset 18:14. Take"
        " an umbrella.",
    ),
    (
        "forecast/ie-sligo-showers", "2023-04-18T07:00", "metric", 112,
        "Sligo Tue 18 Apr: 5-11C, feels like 1, 6 now. Showers until 10:00, maybe 16-19h. Sunset "
        "20:36. Take an umbrella.",
    ),
    (
        "forecast/pt-coimbra-ultraviolet", "2023-06-16T07:00", "metric", 150,
        "Coimbra Fri 16 Jun: 16-31C, 16 now, sunny and dry. 9 degrees warmer than yesterday. UV "
        "very high (9). Sunset 21:02. Dry weekend ahead. Wear sunscreen.",
    ),
    (
        "forecast/za-durban-first-rain", "2024-09-10T07:00", "metric", 138,
        "Durban Tue 10 Sep: 17-21C. 10 degrees colder than yesterday. Rain 8-23h, about 16mm. "
        "Windy this afternoon, gusts 55km/h. Take an umbrella.",
    ),
    (
        "forecast/no-tromso-polar-night", "2023-12-05T07:00", "metric", 90,
        "Tromsø Tue 5 Dec: -7 to -4C, feels like -10, -5 now, clear, snow unlikely. Hat and "
        "gloves.",
    ),
    (
        "forecast/sk-poprad-sleet-cnt-5", "2021-03-29T07:00", "metric", 122,
        "Poprad Mon 29 Mar: -1 to 3C, 1 now. Rain and snow until 14:00. Wet ground freezes by "
        "20:00. Sunset 18:54. Watch your step.",
    ),
    (
        "openmeteo/fi-oulu-24-hours", "2026-01-18T07:00", "metric", 106,
        "Oulu Sun 18 Jan: -12 to -7C, feels like -17. Maybe snow 11-14h (30%). Fog most of the "
        "day. Hat and gloves.",
    ),
    (
        "openmeteo/ro-sibiu-week-back", "2025-06-12T06:00", "imperial", 126,
        "Sibiu Thu Jun 12: 57-70F. 18 degrees colder than yesterday. Maybe light rain 8-11am "
        "(40%). UV high (7). Umbrella just in case.",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def answered() -> dict[str, Case]:
    return {each.name: each for each in cases()}


@pytest.mark.parametrize(("name", "local", "units", "septets", "expected"), ANSWERED)
def test_a_whole_answer_becomes_this_text(
    answered: dict[str, Case], name: str, local: str, units: str, septets: int, expected: str
) -> None:
    case, style = answered[name], style_for(answered[name].country, units, words("en"))
    forecast = case.forecast.seen_from(datetime.fromisoformat(local).date(), case.zone)
    _says(text(forecast, case.place, local, style, case.zone.key), expected, septets)


def test_an_alert_that_has_not_ended_counts_although_it_expired() -> None:
    forecast = replace(
        made("8:34 11:40 14:44 17:45 23:38", "Phoenix", "2025-08-04T07:00"),
        alerts=payloads.alerts("ends-null-and-unknown"),
    )
    _says(
        text(forecast, "Phoenix", "2025-08-04T07:00", IMPERIAL),
        "Phoenix Mon Aug 4: EXTREME HEAT WARNING until Tue 9pm +1. 93-113F, mostly sunny and dry. "
        "Drink water, find shade.",
        113,
    )


def _denver() -> Forecast:
    ends = datetime(2026, 11, 24, 6, tzinfo=ZoneInfo("America/Denver"))
    snow = made(
        "8:-3/f-9 11:-4/s3 14:-5/f-13/s6 17:-6/s4 20:-7/s2 23:-8", "Denver", "2026-11-23T07:00"
    )
    return replace(
        snow, alerts=(Alert(event="Winter Storm Warning", severity="Severe", ends=ends),)
    )


def _delhi() -> Forecast:
    day = made("8.5:14 11.5:20 14.5:19/r2/p60 17.5:19 23.5:15", "Delhi", "2026-11-17T07:00")
    return replace(day, hours=tuple(replace(hour, air_quality_index=5) for hour in day.hours))


MADE = [
    (
        made(
            "7:24 10:28 13:33/f36 16:34/f38 19:26/r12/i211/g18 22:24/r3 25:23", "Dallas",
            "2026-07-14T07:00"
        ), "Dallas", "2026-07-14T07:00", IMPERIAL, 142,
        "Dallas Tue Jul 14: 75-93F, feels like 100. Heavy rain 4-10pm, about 0.6in. Thunder 4-7pm. "
        "Windy this evening, gusts 40mph. Hood, not umbrella.",
    ),
    (
        _denver(), "Denver", "2026-11-23T07:00", IMPERIAL, 119,
        "Denver Mon Nov 23: WINTER STORM WARNING until Tue 6am. 18-27F, feels like 9. "
        "Heavy snow 8am-8pm, about 6in. Wear boots.",
    ),
    (
        made("7:-3 10:-1/r2/i511 13:1/r3 16:2/r1 19:2", "Montreal", "2027-01-14T07:00"),
        "Montreal", "2027-01-14T07:00", METRIC, 117,
        "Montreal Thu 14 Jan: -3 to 2C. Freezing rain until 10:00. Rain 10-16h, about 4mm. "
        "Black ice risk. Stay off the roads.",
    ),
    (
        _delhi(), "Delhi", "2026-11-17T07:00", METRIC, 84,
        "Delhi Tue 17 Nov: 14-20C. Rain likely 11-15h (60%). Very poor air. Take an umbrella.",
    ),
    (
        made("9:9/r4/g22 12:10/r6/g28 15:8/r2/g26 18:6/g18", "Edinburgh", "2027-01-20T07:00"),
        "Edinburgh", "2027-01-20T07:00", BRITISH, 109,
        "Edinburgh Wed 20 Jan: 6-10C. Rain until 15:00, about 11mm. Dangerous wind, gusts 65mph. "
        "Keep away from trees.",
    ),
    (
        made("8:-.4 11:.3 14:.2 17:-.1", "Helsinki", "2026-12-09T07:00"),
        "Helsinki", "2026-12-09T07:00", METRIC, 84,
        "Helsinki Wed 9 Dec: 0C all day, mostly sunny and dry. Frost this morning. Warm coat.",
    ),
    (
        made("8:-.4 11:.3 14:.2 17:-.1", "Helsinki", "2026-12-09T07:00"),
        "Helsinki", "2026-12-09T07:00", IMPERIAL, 80,
        "Helsinki Wed Dec 9: 31-33F, mostly sunny and dry. Frost this morning. Warm coat.",
    ),
    (
        made("20:9 29:6 32:7/r3 35:9/r2 38:11 44:9", "Berlin", "2026-03-28T18:00"),
        "Berlin", "2026-03-28T18:00", METRIC, 113,
        "Berlin Sat 28 Mar: Tonight low 6C. Rain from 5:00. Tomorrow 7-11C. "
        "Rain until 11:00, about 4mm. Take an umbrella.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("forecast", "place", "local", "style", "septets", "expected"), MADE)
def test_a_made_forecast_becomes_this_text(
    forecast: Forecast, place: str, local: str, style: Style, septets: int, expected: str
) -> None:
    _says(text(forecast, place, local, style), expected, septets)


def _says(message: Message, expected: str, septets: int) -> None:
    assert message.text == expected
    assert (message.septets, message.segments, message.encoding) == (septets, 1, "GSM-7")
