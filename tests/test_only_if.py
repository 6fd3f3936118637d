"""WEATHER_ONLY_IF: which days are worth a text; the protocol around it is in test_once.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.texts import made
from weather_sms.errors import Unreadable
from weather_sms.forecast import Alert
from weather_sms.schedule import CONDITIONS, conditions
from weather_sms.text.briefing import brief
from weather_sms.text.briefing.only_if import HOLDS, met

LONDON = ZoneInfo("Europe/London")
SEVEN = datetime(2026, 11, 23, 7, tzinfo=LONDON)
DRY = "7:12 10:13 13:14 16:14 19:13 22:12"
DAYS = {
    "rain": "7:12 10:13/r2 13:14 16:14 19:13 22:12",
    "snow": "7:1 10:1/s2 13:1 16:1 19:1 22:1",
    "frost": "7:0 10:3 13:4 16:4 19:3 22:2",
    "heat": "7:22 10:26 13:31/f32 16:31 19:28 22:25",
    "wind": "7:12 10:13/g13 13:14 16:14 19:13 22:12",
}


def holds(
    wanted: str, weather: str, alerts: tuple[Alert, ...] = (), known: bool = True
) -> bool | None:
    forecast = replace(made(weather, "London", "2026-11-23T07:00"), alerts=alerts)
    return met(conditions(wanted), brief(forecast, SEVEN, SEVEN, LONDON), known)


@pytest.mark.parametrize("condition", DAYS)
def test_each_condition_holds_on_its_own_day_and_not_on_the_others(condition: str) -> None:
    assert [day for day, weather in DAYS.items() if holds(condition, weather)] == [condition]
    assert holds(condition, DRY) is False


@pytest.mark.parametrize(
    ("condition", "just_not"),
    [("frost", "7:0.1 10:3 13:4 16:4 19:3 22:2"), ("heat",
     "7:22 10:26 13:31/f31.9 16:31 19:28 22:25"),
     ("wind", "7:12 10:13/g12.9 13:14 16:14 19:13 22:12"), ("rain",
      "7:12 10:13/r2/p20 13:14 16:14 19:13 22:12")],
)  # fmt: skip
def test_the_thresholds_are_those_of_the_text(condition: str, just_not: str) -> None:
    assert holds(condition, just_not) is False


@pytest.mark.parametrize("weather", ["7:0 10:0/r2/i511 13:2 16:2 19:2 22:2",
"7:20 10:22/p40/i211 13:20 16:20 19:20 22:20", "7:1 10:1/r1/s1 13:1 16:1 19:1 22:1"])  # fmt: skip
def test_freezing_rain_thunder_and_sleet_are_rain(weather: str) -> None:
    assert holds("rain", weather) is True


def test_what_falls_now_counts_although_the_forecast_is_dry() -> None:
    weather = made(DRY, "London", "2026-11-23T07:00")
    for condition_id, condition in ((501, "rain"), (601, "snow")):
        seen = replace(
            weather.hours[0],
            time=SEVEN,
            temperature_c=3,
            condition_ids=(condition_id,),
            daylight=None,
        )
        told = brief(replace(weather, observation=seen), SEVEN, SEVEN, LONDON)
        assert [each for each in ("rain", "snow") if met((each,), told, True)] == [condition]


def test_any_of_several_is_enough() -> None:
    assert holds("snow, RAIN", DAYS["rain"]) is True
    assert holds("snow,wind", DAYS["rain"]) is False
    assert holds("", DRY) is True


def test_a_warning_and_the_lack_of_word_about_warnings() -> None:
    alert = Alert(event="Winter Storm Warning", severity="Severe", ends=SEVEN + timedelta(hours=9))
    assert holds("alert", DRY, (alert,)) is True
    assert holds("alert", DRY, (replace(alert, event="Freeze Warning", severity="Moderate"),))
    assert holds("alert", DRY) is False
    assert holds("alert", DRY, known=False) is None
    assert holds("alert,rain", DAYS["rain"], known=False) is True
    assert holds("rain", DRY, known=False) is False


def test_every_condition_that_may_be_written_is_known() -> None:
    assert set(CONDITIONS) == set(HOLDS)


def test_an_unknown_condition_names_the_known_ones_but_not_what_was_written() -> None:
    with pytest.raises(
        Unreadable, match=r"unknown condition\. Choose of rain, snow, frost, heat, wind, alert"
    ) as caught:
        conditions("rain,drought")
    assert "drought" not in str(caught.value)
