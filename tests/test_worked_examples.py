"""The worked examples of the specification (docs/briefing.md), letter by letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support import recorded
from tests.support.recorded import needs_recordings
from tests.support.texts import BRITISH, IMPERIAL, METRIC, made, text
from weather_sms.forecast import Alert, Forecast
from weather_sms.text.message import Message
from weather_sms.text.style import Style

RECORDED = [
    (
        "gb-london-2022-40-rain", "London", "2022-10-23T07:00", BRITISH, 126,
        "London Sun 23 Oct: 14-17C. Rain on and off all day, about 6mm, most 16-19h. Windy this "
        "evening, gusts 30mph. Take an umbrella.",
    ),
    (
        "us-dallas-2023-40-dry", "Dallas", "2023-09-29T07:00", IMPERIAL, 85,
        "Dallas Fri Sep 29: 79-97F, sunny and dry. Dry weekend ahead. Drink water, find shade.",
    ),
    (
        "hr-zagreb-2018-40-empty-rain-objects", "Zagreb", "2018-06-28T13:00", METRIC, 88,
        "Zagreb Thu 28 Jun: 17-20C. Rain until 14:00 and from 20:00, about 5mm. Take an umbrella.",
    ),
    (
        "pl-lubaczow-2018-40-empty-rain-snow-objects", "Lubaczow", "2018-03-29T07:00", METRIC, 90,
        "Lubaczow Thu 29 Mar: -1 to 4C. Snow until 14:00, about 1cm. "
        "Rain 14-20h. Take an umbrella.",
    ),
    (
        "pl-lubaczow-2018-40-empty-rain-snow-objects", "Lubaczow", "2018-03-29T07:00", IMPERIAL, 87,
        "Lubaczow Thu Mar 29: 30-38F. Snow until 2pm, about 0.5in. Rain 2-8pm. Take an umbrella.",
    ),
    (
        "pl-lubaczow-2018-40-empty-rain-snow-objects", "Lubaczow", "2018-03-30T18:00", METRIC, 131,
        "Lubaczow Fri 30 Mar: Tonight low -1C. Rain from 2:00. Black ice risk. Watch your step. "
        "Tomorrow 4-10C. Rain until 20:00, about 9mm.",
    ),
    (
        "fr-paris-2020-40-no-pop", "Paris", "2020-04-02T07:00", METRIC, 65,
        "Paris Thu 2 Apr: 2-9C, feels like -1, sun then clouds. Warm coat.",
    ),
]  # fmt: skip


@needs_recordings
@pytest.mark.parametrize(("name", "place", "local", "style", "septets", "expected"), RECORDED)
def test_a_recorded_forecast_becomes_this_text(
    name: str, place: str, local: str, style: Style, septets: int, expected: str
) -> None:
    _says(text(recorded.forecast(f"{name}.json"), place, local, style), expected, septets)


@needs_recordings
def test_a_text_that_leaves_at_once_uses_the_current_weather() -> None:
    forecast = recorded.forecast("pl-wilkszyn-2021-cnt5-snow.json", "pl-wilkszyn-2021.json")
    _says(
        text(forecast, "Wilkszyn", "2021-03-19T11:05", METRIC),
        "Wilkszyn Fri 19 Mar: -2 to 4C, feels like -8, 4 now. Snow 13-16h, a dusting. Wet ground "
        "freezes by 22:00. "
        "Sunset 18:03. Watch your step.",
        136,
    )


@needs_recordings
def test_hourly_steps_are_understood_too() -> None:
    _says(
        text(
            recorded.open_meteo("ca-toronto-2026-03-imperial-past1.json"),
            "Toronto",
            "2026-03-06T07:00",
            IMPERIAL,
        ),
        "Toronto Fri Mar 6: 32-38F, feels like 25. Maybe heavy rain from 9pm (40%). Frost this "
        "morning. Fog this "
        "afternoon. Umbrella just in case.",
        137,
    )


@needs_recordings
def test_an_alert_that_has_not_ended_counts_although_it_expired() -> None:
    forecast = replace(
        made("8:34 11:40 14:44 17:45 23:38", "Phoenix", "2024-07-19T07:00"),
        alerts=recorded.alerts("alerts-2024-heat-and-air-quality.json"),
    )
    _says(
        text(forecast, "Phoenix", "2024-07-19T07:00", IMPERIAL),
        "Phoenix Fri Jul 19: EXCESSIVE HEAT WARNING 10am to Sat 8pm +1. 93-113F, mostly sunny and "
        "dry. Drink water, "
        "find shade.",
        118,
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
