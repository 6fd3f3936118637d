"""The felt temperature where a service gives none: the NWS's tables and OpenWeather's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from weather_sms.forecast import Forecast, Hour
from weather_sms.weather.feels_like import feels_like_c, filled, heat_index_f, wind_chill_c


# https://www.weather.gov/safety/heat-index
@pytest.mark.parametrize(
    ("fahrenheit", "humidity", "index"),
    [(80, 40, 80), (86, 65, 93), (90, 50, 95), (96, 60, 116), (100, 40, 109), (104, 50, 131), (84,
     90, 98), (110, 40, 136)],
)  # fmt: skip
def test_the_heat_index_is_the_tables(fahrenheit: float, humidity: float, index: float) -> None:
    assert heat_index_f(fahrenheit, humidity) == pytest.approx(index, abs=1)


# https://www.weather.gov/safety/cold-wind-chill-chart
@pytest.mark.parametrize(
    ("fahrenheit", "mph", "chill"), [(40, 5, 36), (30, 10, 21), (20, 20, 4), (0, 30, -26), (-20, 15,
     -45), (-45, 60, -98)]
)  # fmt: skip
def test_the_wind_chill_is_the_charts(fahrenheit: float, mph: float, chill: float) -> None:
    celsius = wind_chill_c((fahrenheit - 32) * 5 / 9, mph * 0.44704)
    assert celsius * 9 / 5 + 32 == pytest.approx(chill, abs=0.6)


@pytest.mark.parametrize(
    ("temperature_c", "humidity", "wind_ms", "felt"),
    [
        (20, 90, 15, 20),
        (10.1, None, None, 10.1),
        (5, 50, 1.3, 5),
        (5, 50, None, None),
        (30, None, 5, None),
    ],
)
def test_between_both_it_is_the_temperature_and_what_is_unknown_stays_so(
    temperature_c: float, humidity: float | None, wind_ms: float | None, felt: float | None
) -> None:
    assert feels_like_c(temperature_c, humidity, wind_ms) == felt


def test_what_a_service_says_stays() -> None:
    said = Hour(time=datetime(2026, 1, 1, tzinfo=UTC), temperature_c=0, wind_ms=10, feels_like_c=-3)
    hours = filled(Forecast(hours=(said, replace(said, feels_like_c=None)))).hours
    assert [round(hour.feels_like_c or 0) for hour in hours] == [-3, -7]
