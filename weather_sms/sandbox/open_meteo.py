"""Open-Meteo in miniature, just as strict: hourly forecast in UTC and Unix time, and geocoding.

Sources: https://open-meteo.com/en/docs, https://open-meteo.com/en/docs/geocoding-api, and the
server's own code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from weather_sms.sandbox.days import SampleDay, hourly

HOURLY = frozenset({
    "temperature_2m", "apparent_temperature", "precipitation_probability", "rain", "showers",
    "snowfall", "precipitation", "weather_code", "wind_speed_10m", "wind_gusts_10m", "visibility",
    "cloud_cover", "uv_index", "is_day",
})  # fmt: skip
MOST_DAYS, MOST_RESULTS, KMH_PER_MS = 16, 100, 3.6


class MiniOpenMeteo:
    """The sample days' places, by name or British postal code; hours beyond a day are null.

    `yesterday_c`: a temperature for every hour of the local yesterday; the `dry_days` before today
    had no rain.
    """

    def __init__(
        self,
        days: tuple[SampleDay, ...],
        now: Callable[[], datetime],
        every_day: Callable[[], bool] = lambda: False,
    ) -> None:
        self._days, self._now, self._every_day = days, now, every_day
        self.yesterday_c: float | None = None
        self.dry_days = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        params = request.url.params
        if request.method != "GET":
            return _error(404, "Not Found")
        try:
            answer = (
                self._search(params) if request.url.path == "/v1/search" else self._forecast(params)
            )
        except ValueError as error:
            return _error(400, str(error))
        return httpx.Response(200, json=answer)

    def _search(self, params: httpx.QueryParams) -> dict[str, Any]:
        count, name = int(params.get("count", "10")), params.get("name")
        if name is None:
            raise ValueError("Value required for key 'name'.")
        if not 1 <= count <= MOST_RESULTS:
            raise ValueError(f"Parameter count must be between 1 and {MOST_RESULTS}.")
        city, country = name.split(",")[0].strip().lower(), params.get("countryCode")
        found = [
            _found(d) for d in self._days if city in _names(d) and country in (None, d.country)
        ][:count]
        return ({"results": found} if found else {}) | {"generationtime_ms": 0.5}

    def _forecast(self, params: httpx.QueryParams) -> dict[str, Any]:
        latitude, longitude = _degrees(params, "latitude", 90), _degrees(params, "longitude", 180)
        wanted = params.get("hourly", "").split(",")
        if unknown := set(wanted) - HOURLY:
            raise ValueError(
                f"Cannot initialize VariableAndPreset from invalid String value {min(unknown)}."
            )
        if "daily" in params and "timezone" not in params:
            raise ValueError("Timezone is required")
        if params.get("timeformat") != "unixtime" or params.get("timezone") != "GMT":
            raise ValueError(
                "the real one would give local times: this one knows only Unix time and GMT"
            )
        past, ahead = int(params.get("past_days", "0")), int(params.get("forecast_days", "7"))
        if not (0 <= past <= 92 and 0 <= ahead <= MOST_DAYS):
            raise ValueError(
                f"Forecast days is invalid. Allowed range 0 to {MOST_DAYS}. Given {ahead}."
            )
        day = self._near(latitude, longitude)
        today = self._now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        times = [today + timedelta(hours=i) for i in range(-24 * past, 24 * ahead)]
        known = hourly(day) | self._past(day)
        speed = 1.0 if params.get("wind_speed_unit") == "ms" else KMH_PER_MS
        columns = {
            name: [_value(known.get(time), name, speed) for time in times] for name in wanted
        }
        answer = {
            "latitude": latitude,
            "longitude": longitude,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
        }
        answer |= {"hourly": {"time": [int(time.timestamp()) for time in times]} | columns}
        return answer | (
            {"daily": self._daily(day, past, ahead)} if params.get("daily") == "sunset" else {}
        )

    def _past(self, day: SampleDay) -> dict[datetime, dict[str, float | None]]:
        midnight = day.local(day.now[:10]).astimezone(UTC)
        warm = self.yesterday_c is not None
        return {
            midnight - timedelta(hours=i): {
                "temperature_2m": self.yesterday_c if warm and i <= 24 else 15.0,
                "precipitation": 0.0,
            }
            for i in range(1, 24 * max(self.dry_days, int(warm)) + 1)
        }

    def _daily(self, day: SampleDay, past: int, ahead: int) -> dict[str, list[int]]:
        sunset = int(day.local(f"{day.now[:10]}T{day.sunset}").timestamp())
        return {"sunset": [sunset + 86400 * i for i in range(-past, ahead)]}

    def _near(self, latitude: float, longitude: float) -> SampleDay:
        day = min(
            self._days, key=lambda d: max(abs(d.latitude - latitude), abs(d.longitude - longitude))
        )
        return (
            day.on(self._now().astimezone(ZoneInfo(day.timezone)).date())
            if self._every_day()
            else day
        )


def _names(day: SampleDay) -> set[str]:
    return {day.name.lower(), *({day.zip.lower()} if day.country == "GB" else set())}


def _found(day: SampleDay) -> dict[str, Any]:
    place = {
        "id": 1,
        "name": day.name,
        "latitude": day.latitude,
        "longitude": day.longitude,
        "timezone": day.timezone,
    }
    return place | {"country_code": day.country, "postcodes": [day.zip]}


def _degrees(params: httpx.QueryParams, name: str, most: int) -> float:
    degrees = float(params[name]) if name in params else 999.0
    if abs(degrees) > most:
        raise ValueError(
            f"{name.capitalize()} must be in range of -{most} to {most}°. Given: {degrees}."
        )
    return degrees


def _value(values: dict[str, float | None] | None, name: str, speed: float) -> float | None:
    value = (values or {}).get(name)
    return value * speed if value is not None and name.startswith("wind") else value


def _error(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"error": True, "reason": reason})
