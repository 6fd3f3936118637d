"""Numbers, hours, headings, and what gives way when there is no room."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.texts import IMPERIAL, METRIC, made, text
from weather_sms.forecast import Alert
from weather_sms.text.gsm7 import encoding, septets
from weather_sms.text.message import heading, place_name
from weather_sms.text.style import ClockFace, Style, rounded, style_for
from weather_sms.text.words import words

ENGLISH = words("en")


@pytest.mark.parametrize(
    ("value", "step", "result"),
    [(0.5, 1, 1), (-0.5, 1, -1), (-0.01, 1, 0), (2.4999, 1, 2), (-2.5, 1, -3), (37.5, 5, 40), (12.4,
     5, 10), (29 * 1.0, 10, 30)],
)  # fmt: skip
def test_numbers_are_rounded_half_away_from_zero(value: float, step: int, result: int) -> None:
    assert str(rounded(value, step)) == str(result)


def test_a_probability_is_not_rounded_by_an_accident_of_floats() -> None:
    assert [rounded(pop * 100, 10) for pop in (0.15, 0.35, 0.55, 0.65, 0.95)] == [
        20,
        40,
        60,
        70,
        100,
    ]


@pytest.mark.parametrize(
    ("start", "end", "twelve", "twenty_four"),
    [
        (16, 19, "4-7pm", "16-19h"), (11, 14, "11am-2pm", "11-14h"), (9, 12, "9am-noon", "9-12h"),
        (12, 15, "noon-3pm", "12-15h"), (7, 10, "7-10am", "7-10h"),
    ],
)  # fmt: skip
def test_ranges_of_hours(start: int, end: int, twelve: str, twenty_four: str) -> None:
    day = datetime(2026, 7, 14, tzinfo=ZoneInfo("Europe/Paris"))
    hours = day.replace(hour=start), day.replace(hour=end)
    assert ClockFace(IMPERIAL, ENGLISH).range(*hours) == twelve
    assert ClockFace(METRIC, ENGLISH).range(*hours) == twenty_four


def test_hours_over_midnight() -> None:
    evening, midnight, night = (
        datetime(2026, 7, 14 + d, h, tzinfo=ZoneInfo("UTC")) for d, h in ((0, 21), (1, 0), (1, 2))
    )
    assert ClockFace(METRIC, ENGLISH).range(evening, midnight) == "21-24h"
    assert ClockFace(IMPERIAL, ENGLISH).range(evening, midnight) == "9pm-midnight"
    assert ClockFace(METRIC, ENGLISH).range(midnight, night) == "0-2h"
    assert ClockFace(IMPERIAL, ENGLISH).range(evening, night) == "9pm-2am"


@pytest.mark.parametrize(
    ("country", "units", "style"),
    [
        ("US", None, Style(imperial=True, mph=True, clock_12h=True)),
        ("US", "metric", Style(imperial=False, mph=False, clock_12h=True)),
        ("GB", None, Style(imperial=False, mph=True, clock_12h=False)),
        ("FR", None, Style(imperial=False, mph=False, clock_12h=False)),
        ("FR", "imperial", Style(imperial=True, mph=True, clock_12h=True)),
        ("IN", None, Style(imperial=False, mph=False, clock_12h=True)),
        ("CA", None, Style(imperial=False, mph=False, clock_12h=True)),
        ("", None, Style(imperial=False, mph=False, clock_12h=False)),
    ],
)
def test_units_and_clock_follow_the_country(country: str, units: str | None, style: Style) -> None:
    assert style_for(country, units, ENGLISH) == style


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("Rīga", "Riga"), ("Mrągowo, Poland", "Mragowo"), ("a\nb", "a b"),
        ("::error::x", "error x"), ("東京", "Dongjing"),
        ("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "Llanfairpwllgwyngyllgoge"),
        ("Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", "Saint-Remy-en-Bouzemont"),
        ("City of Westminster and its surroundings", "City of Westminster"), ("😀", "Weather"),
        ("", "Weather"), ('"Quoted" <b>', '"Quoted" <b>'), ("[[[[[[[[[[[[[", "[[[[[[[[[[[["),
    ],
)  # fmt: skip
def test_a_place_in_the_heading(place: str, name: str) -> None:
    assert place_name(place) == name
    assert encoding(name) == "GSM-7"
    assert septets(name) <= 24


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("Le Mesnil-Saint-Denis-en-Arrée", "Le Mesnil-Saint-Denis Mon 23 Nov: "),
        ("Saint-Rémy-de-Provence-sur-Mer", "Saint-Rémy-de-Provence Mon 23 Nov: "),
        ("Federative Republic of Brazil", "Federative Republic Mon 23 Nov: "),
        ("Municipality of the District of Guysborough", "Municipality Mon 23 Nov: "),
        ("Villa de San Antonio de los Cobres", "Villa de San Antonio Mon 23 Nov: "),
        ("Neustadt a.d. Waldnaab - Sankt Felix", "Neustadt a.d. Waldnaab Mon 23 Nov: "),
        ("Sault Ste. Marie and the North Shore", "Sault Ste. Marie Mon 23 Nov: "),
        ("Newcastle upon Tyne/North Tyneside", "Newcastle upon Tyne Mon 23 Nov: "),
        ("The Llanfairpwllgwyngyllgogerychwyrn", "The Llanfairpwllgwyngyll Mon 23 Nov: "),
        ("Saint-Llanfairpwllgwyngyllgogerych", "Saint-Llanfairpwllgwyngy Mon 23 Nov: "),
        ("Die", "Die Mon 23 Nov: "),
        ("Castrop-Rauxel", "Castrop-Rauxel Mon 23 Nov: "),
        ("Σπάρτη", "Sparti Mon 23 Nov: "),
        ("Θεσσαλονίκη", "Thessaloniki Mon 23 Nov: "),
        ("北京市", "Beijingshi Mon 23 Nov: "),
        ("서울", "Seoul Mon 23 Nov: "),
        ("Комсомольск-на-Амуре и районы", "Komsomol'sk-na-Amure Mon 23 Nov: "),
    ],
)
def test_a_name_is_cut_where_it_still_reads_as_a_name(place: str, expected: str) -> None:
    assert (
        heading(place, datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("UTC")), METRIC, ENGLISH)
        == expected
    )


def test_the_same_place_and_date_give_the_same_heading() -> None:
    morning, evening = (datetime(2026, 11, 3, hour, tzinfo=ZoneInfo("UTC")) for hour in (7, 18))
    assert (
        heading("Lyon", morning, METRIC, ENGLISH)
        == heading("Lyon", evening, METRIC, ENGLISH)
        == "Lyon Tue 3 Nov: "
    )
    assert heading("Lyon", morning, IMPERIAL, ENGLISH) == "Lyon Tue Nov 3: "


ALERT_NAMES = (
    "Severe Thunderstorm Warning",
    "Hazardous Materials Warning",
    "Extremely Long And Winding Statement Warning",
)


@pytest.mark.parametrize("name", ALERT_NAMES)
def test_what_matters_most_is_said_even_where_room_is_short(name: str) -> None:
    weather = made(
        "8:-3/f-13/v100 11:-1/r2/i511/g30 14:1/r9/i502/g30 17:-2/s6/g30 20:-7/s2/i211 23:-8",
        "Denver",
        "2026-11-23T07:00",
    )
    ends = datetime(2026, 11, 25, 6, tzinfo=ZoneInfo("America/Denver"))
    alert = Alert(event=name, severity="Severe", ends=ends)
    message = text(replace(weather, alerts=(alert, alert)),
    "City of Westminster and its surroundings", "2026-11-23T07:00",
                   IMPERIAL, "America/Denver")  # fmt: skip
    assert message.segments == 1
    shortened = (
        name.replace("Hazardous Materials", "Hazmat").replace("Statement", "Stmt")
        if len(name) > 30
        else name
    )
    assert message.text.startswith(f"City of Westminster Mon Nov 23: {shortened.upper()}")
    assert "Freezing rain" in message.text
    assert "Dangerous wind" in message.text


def test_an_umbrella_is_never_named_without_the_rain() -> None:
    weather = made("8:10/r1/p60 11:10 14:10 17:10/r1/p60 20:10", "Denver", "2026-11-23T07:00")
    said = text(weather, "Denver", "2026-11-23T07:00", METRIC).text
    assert (
        said == "Denver Mon 23 Nov: 10C all day. Rain likely until 8:00 and 14-17h (60%). Take an "
        "umbrella."
    )


def test_minus_nothing_is_nothing() -> None:
    weather = made("8:-.4/c0 11:-.01/c0 14:-.2/c0", "Denver", "2026-11-23T07:00")
    assert text(weather, "Denver", "2026-11-23T07:00", METRIC).text.startswith(
        "Denver Mon 23 Nov: 0C all day, sunny"
    )
