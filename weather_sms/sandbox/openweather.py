"""OpenWeather in miniature, just as strict: geocoding, current weather, 5 day forecast, air.

Errors have the bodies of the real service: `cod` is a number for 401 and a string for 400 and 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from weather_sms.sandbox.days import SampleDay, air, current, forecast

KELVIN = 273.15
UNAUTHORIZED = "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."


class MiniOpenWeather:
    """Knows the sample days' places, and their weather wherever one asks (the nearest).

    `now`: with it every day is a sample day, today's first.
    """

    key = "0123456789abcdef0123456789abcdef"

    def __init__(
        self, days: tuple[SampleDay, ...], now: Callable[[], datetime] | None = None
    ) -> None:
        self._days, self._now = days, now
        self.forecasts: dict[str, dict[str, Any]] = {}
        self.currents: dict[str, dict[str, Any]] = {}

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        params = request.url.params
        routes = {
            "/geo/1.0/zip": self._zip,
            "/geo/1.0/direct": self._direct,
            "/geo/1.0/reverse": self._reverse,
            "/data/2.5/weather": self._weather,
            "/data/2.5/forecast": self._weather,
            "/data/2.5/air_pollution/forecast": self._weather,
        }
        route = routes.get(request.url.path)
        if request.method != "GET" or route is None:
            return _error(404, "404", "Internal error")
        if params.get("appid") != self.key:
            return _error(401, 401, UNAUTHORIZED)
        return route(request.url.path, params)

    def _zip(self, _: str, params: Mapping[str, str]) -> httpx.Response:
        code, _, country = params.get("zip", "").partition(",")
        if not code:
            return _error(400, "400", "invalid zip code")
        for day in self._days:
            if (code, country.upper() or "US") == (day.zip, day.country):
                return httpx.Response(200, json={"zip": code, **_named(day)})
        return _error(404, "404", "not found")

    def _direct(self, _: str, params: Mapping[str, str]) -> httpx.Response:
        city, *rest = params.get("q", "").split(",")
        if not city:
            return _error(400, "400", "Nothing to geocode")
        found = [
            d
            for d in self._days
            if d.name.lower() == city.lower() and (not rest or rest[-1] == d.country)
        ]
        return httpx.Response(
            200, json=[_named(day) for day in found][: int(params.get("limit", 5))]
        )

    def _reverse(self, _: str, params: Mapping[str, str]) -> httpx.Response:
        try:
            near = self._near(params, within_degrees=1)
        except ValueError:
            return _error(400, "400", "wrong latitude")
        return httpx.Response(200, json=[_named(near)] if near else [])

    def _weather(self, path: str, params: Mapping[str, str]) -> httpx.Response:
        if "lat" not in params or "lon" not in params:
            return _error(400, "400", "Nothing to geocode")
        try:
            day = self._near(params, within_degrees=360)
        except ValueError:
            return _error(400, "400", "wrong latitude")
        assert day is not None
        if self._now:
            day = day.on(self._now().astimezone(ZoneInfo(day.timezone)).date())
        if "air_pollution" in path:
            return httpx.Response(200, json=air(day))
        made, own = (
            (forecast, self.forecasts) if path.endswith("forecast") else (current, self.currents)
        )
        answer = own.get(day.name) or made(day)
        return httpx.Response(
            200, json=answer if params.get("units") == "metric" else _in_kelvin(answer)
        )

    def _near(self, params: Mapping[str, str], within_degrees: float) -> SampleDay | None:
        latitude, longitude = float(params["lat"]), float(params["lon"])
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueError

        def distance(day: SampleDay) -> float:
            return max(abs(day.latitude - latitude), abs(day.longitude - longitude))

        nearest = min(self._days, key=distance)
        return nearest if distance(nearest) <= within_degrees else None


def _named(day: SampleDay) -> dict[str, Any]:
    return {"name": day.name, "lat": day.latitude, "lon": day.longitude, "country": day.country}


def _in_kelvin(answer: dict[str, Any]) -> dict[str, Any]:
    steps = [_in_kelvin(step) for step in answer.get("list", [])]
    main = {k: v if k == "humidity" else v + KELVIN for k, v in answer.get("main", {}).items()}
    return answer | ({"list": steps} if steps else {}) | ({"main": main} if main else {})


def _error(status: int, cod: int | str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"cod": cod, "message": message})
