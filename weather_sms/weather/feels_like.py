"""Pure: felt temperatures, for services that do not give them.

Heat index and wind chill as the National Weather Service has them; between the two it is the
temperature itself (https://graphical.weather.gov/definitions/defineApparentT.html).
"""

from __future__ import annotations

import math
from dataclasses import replace

from weather_sms.forecast import Forecast, Hour

HEAT_FROM_F = 80.0  # 26.7 C
CHILL_TO_C, CHILL_FROM_MS = 10.0, 1.34  # 50 F, 3 mph


def filled(forecast: Forecast) -> Forecast:
    """A forecast in which no hour lacks what it feels like, as far as that can be computed."""
    if all(hour.feels_like_c is not None for hour in forecast.hours):
        return forecast
    return replace(forecast, hours=tuple(map(_filled, forecast.hours)))


def _filled(hour: Hour) -> Hour:
    if hour.feels_like_c is not None:
        return hour
    return replace(
        hour, feels_like_c=feels_like_c(hour.temperature_c, hour.humidity_percent, hour.wind_ms)
    )


def feels_like_c(
    temperature_c: float, humidity_percent: float | None, wind_ms: float | None
) -> float | None:
    """Return the felt temperature in C; None where it depends on something unknown."""
    fahrenheit = temperature_c * 9 / 5 + 32
    if fahrenheit >= HEAT_FROM_F:
        return (
            None
            if humidity_percent is None
            else (heat_index_f(fahrenheit, humidity_percent) - 32) * 5 / 9
        )
    if temperature_c > CHILL_TO_C:
        return temperature_c
    if wind_ms is None:
        return None
    return wind_chill_c(temperature_c, wind_ms) if wind_ms > CHILL_FROM_MS else temperature_c


def wind_chill_c(temperature_c: float, wind_ms: float) -> float:
    """Wind chill in C, from 10 C down and 1.34 m/s up.

    Source: https://www.weather.gov/media/epz/wxcalc/windChill.pdf.
    """
    factor = math.pow(wind_ms * 3.6, 0.16)
    return 13.12 + 0.6215 * temperature_c - 11.37 * factor + 0.3965 * temperature_c * factor


def heat_index_f(fahrenheit: float, humidity_percent: float) -> float:
    """Heat index in F, by Rothfusz's regression with the NWS's adjustments.

    Source: https://www.wpc.ncep.noaa.gov/html/heatindex_equation.shtml.
    """
    t, rh = fahrenheit, humidity_percent
    simple = (t + 0.5 * (t + 61 + (t - 68) * 1.2 + rh * 0.094)) / 2
    if simple < HEAT_FROM_F:
        return simple
    index = (
        -42.379 + 2.04901523 * t + 10.14333127 * rh - 0.22475541 * t * rh
        - 0.00683783 * t * t - 0.05481717 * rh * rh
        + 0.00122874 * t * t * rh + 0.00085282 * t * rh * rh - 0.00000199 * t * t * rh * rh
    )  # fmt: skip
    if rh < 13 and t <= 112:
        index -= (13 - rh) / 4 * math.sqrt((17 - abs(t - 95)) / 17)
    if rh > 85 and t <= 87:
        index += (rh - 85) / 10 * (87 - t) / 5
    return index
