"""Open-Meteo's answers, good and bad, through the real client."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from tests.support import payloads
from weather_sms.forecast import Forecast, Hour, Place
from weather_sms.http import open_client
from weather_sms.place import parse as understood
from weather_sms.sandbox import Sandbox, days
from weather_sms.sandbox.demo import FixedClock
from weather_sms.weather import NoSuchPlace, WeatherError
from weather_sms.weather.open_meteo import Answer, OpenMeteo, parse

STORM = days.DAYS["storm"]
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def service(sandbox: Sandbox, clock: FixedClock) -> Iterator[OpenMeteo]:
    sandbox.now = clock.now
    with open_client(sandbox.transport) as client:
        yield OpenMeteo(client, "", clock)


def located(service: OpenMeteo, text: str) -> Place:
    return service.locate(understood(text))


# Places


@pytest.mark.parametrize(
    ("text", "name", "country", "zone"),
    [
        ("London", "London", "GB", "Europe/London"),
        ("Dallas,TX,US", "Dallas", "US", "America/Chicago"),
        ("SW1A 1AA,GB", "London", "GB", "Europe/London"),
        ("37.77,-122.42", "37.77N 122.42W", "US", "America/Los_Angeles"),
        ("18.46,-66.1", "18.46N 66.1W", "PR", "America/Puerto_Rico"),
        ("-45.5,-120.25", "45.5S 120.25W", "", "Etc/GMT+8"),
    ],
)
def test_every_form_of_a_place_is_found(
    service: OpenMeteo, text: str, name: str, country: str, zone: str
) -> None:
    place = located(service, text)
    assert (place.name, place.country, place.timezone) == (name, country, zone)


def test_coordinates_need_no_question(service: OpenMeteo, sandbox: Sandbox) -> None:
    located(service, "37.77,-122.42")
    assert sandbox.requests == []


def test_country_and_state_narrow_the_search(service: OpenMeteo, sandbox: Sandbox) -> None:
    located(service, "Dallas,TX,US")
    (request,) = sandbox.requests
    assert request.url.host == "geocoding-api.open-meteo.com"
    assert (request.url.params["name"], request.url.params["countryCode"]) == ("Dallas, TX", "US")


@pytest.mark.parametrize("text", ["94112", "Nowhere,XX", '"x"\n::error::y', "🦄,FR"])
def test_an_unknown_place_says_what_was_understood_and_what_would_do(
    service: OpenMeteo, text: str
) -> None:
    with pytest.raises(
        NoSuchPlace, match="Without OpenWeather few postal codes are found"
    ) as caught:
        located(service, text)
    assert str(understood(text)) in str(caught.value)
    assert str(understood(text)) not in caught.value.public


def test_a_town_that_only_bears_the_code_as_a_name_is_not_taken_for_it(
    service: OpenMeteo, sandbox: Sandbox
) -> None:
    found = {
        "results": [{"name": "Elsewhere", "latitude": 1, "longitude": 2, "postcodes": ["941123"]}]
    }
    sandbox.fail("/v1/search", httpx.Response(200, json=found))
    with pytest.raises(NoSuchPlace):
        located(service, "94112")


# The forecast


def test_the_forecast_is_hourly_metric_and_from_before_yesterday_on(
    service: OpenMeteo, sandbox: Sandbox
) -> None:
    forecast = service.forecast(37.72, -122.44)
    (request,) = sandbox.requests
    assert (request.url.host, request.url.params["latitude"]) == ("api.open-meteo.com", "37.7200")
    assert request.url.params["wind_speed_unit"] == "ms"
    assert {
        later.time - hour.time
        for hour, later in zip(forecast.hours, forecast.hours[1:], strict=False)
    } == {timedelta(hours=1)}


def test_the_next_sunset_is_the_forecasts(service: OpenMeteo) -> None:
    assert service.forecast(37.72, -122.44).sunset == datetime(2026, 11, 24, 0, 54, tzinfo=UTC)


FULL: dict[str, Any] = {
    "time": [1784030400, 1784034000],
    "temperature_2m": [24.5, 25],
    "apparent_temperature": [25.5, 26],
    "precipitation_probability": [40, 0],
    "rain": [0.5, 0],
    "showers": [1.0, 0],
    "snowfall": [0.7, 0],
    "precipitation": [2.5, 0],
    "weather_code": [95, 0],
    "wind_speed_10m": [4.0, 1],
    "wind_gusts_10m": [9.5, 2],
    "visibility": [900.0, 24140],
    "cloud_cover": [75, 5],
    "uv_index": [6.5, 7],
}


def decoded(hourly: dict[str, Any], **more: Any) -> Forecast:
    return parse(msgspec.json.decode(json.dumps({"hourly": hourly} | more), type=Answer), NOW)


def first(hourly: dict[str, Any]) -> Hour:
    return decoded(hourly).hours[0]


def test_a_full_hour_becomes_the_domains_units() -> None:
    hour = first(FULL)
    assert (hour.time, hour.step_h) == (datetime(2026, 7, 14, 12, tzinfo=UTC), 1)
    assert (hour.temperature_c, hour.feels_like_c, hour.rain_mm, hour.pop) == (24.5, 25.5, 1.5, 0.4)
    assert hour.snow_mm == pytest.approx(1.0)
    assert (hour.wind_ms, hour.gust_ms, hour.cloud_percent, hour.visibility_m) == (4, 9.5, 75, 900)
    assert (hour.condition_ids, hour.uv_index) == ((211,), 6.5)


@pytest.mark.parametrize(
    ("code", "rain_mm", "snow_mm"), [(63, 2.5, 0), (73, 0, 2.5), (3, 2.5, 0), (None, 2.5, 0)]
)
def test_where_a_model_tells_nothing_apart_the_code_does(
    code: int | None, rain_mm: float, snow_mm: float
) -> None:
    total = {"time": [0], "temperature_2m": [1], "precipitation": [2.5], "weather_code": [code]}
    hour = first(total)
    assert (hour.rain_mm, hour.snow_mm) == (rain_mm, snow_mm)


OPTIONAL = [name for name in FULL if name not in ("time", "temperature_2m")]


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize("value", [None, [], [None], [None, None], "absent"])
def test_what_is_missing_is_not_missed(name: str, value: Any) -> None:
    hourly = {key: each for key, each in (FULL | {name: value}).items() if each != "absent"}
    assert first(hourly).temperature_c == 24.5


def test_an_hour_without_a_temperature_is_left_out() -> None:
    assert [
        hour.temperature_c for hour in decoded(FULL | {"temperature_2m": [None, 25]}).hours
    ] == [25]
    assert decoded(FULL | {"temperature_2m": None}).hours == ()


@pytest.mark.parametrize("code", range(101))
def test_every_code_is_a_condition_or_none(code: int) -> None:
    ids = first(FULL | {"weather_code": [code]}).condition_ids
    assert all(200 <= i <= 804 for i in ids)


STRANGE: list[Any] = ["x", {}, [[]], ["x"], [{}], True, -1, [10**400], 1.5]


@pytest.mark.parametrize("name", ["hourly", "daily", *FULL])
@pytest.mark.parametrize("value", STRANGE, ids=lambda value: str(value)[:9])
def test_strange_types_are_an_unreadable_answer_or_no_harm(
    service: OpenMeteo, sandbox: Sandbox, name: str, value: Any
) -> None:
    body: dict[str, Any] = {"hourly": copy.deepcopy(FULL), "daily": {"sunset": [1]}}
    (body if name in body else body["hourly"])[name] = value
    sandbox.fail("/v1/forecast", httpx.Response(200, content=json.dumps(body).encode()))
    try:
        forecast = service.forecast(1, 2)
    except WeatherError as error:
        assert "could not be read" in str(error)
    else:
        assert len(forecast.hours) <= 2


FAILURES: list[tuple[str, Any, str]] = [
    ("the limit", httpx.Response(429, json={"error": True,
     "reason": "Minutely API request limit exceeded."}), "too many requests"),
    ("overload", httpx.Response(503, json={"error": True, "reason": "The service is overloaded"}),
     "503 .The service is overloaded."),
    ("a wrong question", httpx.Response(400, json={"error": True,
     "reason": "Latitude must be in range"}), "Latitude must be"),
    ("a gateway's page", httpx.Response(502, html="<html>"), "HTTP status 502"),
    ("HTML with status 200", httpx.Response(200, html="<html>"), "could not be read"),
    ("an error with status 200", httpx.Response(200, json={"error": True, "reason": "x"}),
     "could not be read"),
    ("no connection", httpx.ConnectError("refused"), "Open-Meteo could not be reached"),
    ("no answer", httpx.ReadTimeout("slow"), "did not answer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "sentence"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_each_failure_is_a_sentence(
    service: OpenMeteo, sandbox: Sandbox, answer: Any, sentence: str
) -> None:
    sandbox.fail("/v1/forecast", answer, times=99)
    with pytest.raises(WeatherError, match=sentence):
        service.forecast(1, 2)


def test_a_reason_that_repeats_where_somebody_lives_is_not_public(
    service: OpenMeteo, sandbox: Sandbox
) -> None:
    sandbox.fail(
        "/v1/forecast", httpx.Response(400, json={"error": True, "reason": "Given: 37.77"})
    )
    with pytest.raises(WeatherError) as caught:
        service.forecast(1, 2)
    assert "37.77" not in caught.value.public


def test_a_passing_failure_is_tried_again_but_not_for_what_stands_beside(
    service: OpenMeteo, sandbox: Sandbox
) -> None:
    sandbox.fail("/v1/forecast", httpx.Response(503), times=2)
    service.forecast(37.72, -122.44)
    assert len(sandbox.requests) == 3
    sandbox.fail("/v1/forecast", httpx.Response(503))
    with pytest.raises(WeatherError):
        service.sun(37.72, -122.44)
    assert len(sandbox.requests) == 4


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("fi-oulu-24-hours", 24),
        ("pt-coimbra-ultraviolet", 264),
        ("ro-sibiu-week-back", 281),
        ("uy-salto-nulls", 72),
        ("za-durban-first-rain", 264),
    ],
)
def test_every_hour_with_a_temperature_is_read(
    service: OpenMeteo, sandbox: Sandbox, name: str, hours: int
) -> None:
    sandbox.fail("/v1/forecast", httpx.Response(200, content=payloads.answer("openmeteo", name)))
    assert len(service.forecast(1, 2).hours) == hours


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("archive-daily-only", 200, "could not be read"),
        ("error-latitude", 400, "HTTP status 400 .Latitude must be in range"),
        ("error-limit", 429, "too many requests"),
    ],
)
def test_an_answer_without_weather_is_refused_with_a_sentence(
    service: OpenMeteo, sandbox: Sandbox, name: str, status: int, sentence: str
) -> None:
    body = payloads.answer("openmeteo", name)
    sandbox.fail("/v1/forecast", httpx.Response(status, content=body), times=9)
    with pytest.raises(WeatherError, match=sentence):
        service.forecast(1, 2)


def test_what_a_model_does_not_tell_apart_is_rain_and_what_it_does_not_say_stays_unknown() -> None:
    salto = payloads.hourly("uy-salto-nulls", NOW).hours
    assert max(hour.rain_mm for hour in salto) > 1
    assert {(h.gust_ms, h.visibility_m, h.feels_like_c, h.uv_index) for h in salto} == {(None,) * 4}
