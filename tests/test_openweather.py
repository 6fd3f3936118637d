"""OpenWeather's answers, good and bad, through the real client."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from tests.support import payloads
from weather_sms.forecast import Place
from weather_sms.http import open_client
from weather_sms.place import parse as understood
from weather_sms.sandbox import Sandbox, days
from weather_sms.sandbox.demo import FixedClock
from weather_sms.weather import NoSuchPlace, WeatherError
from weather_sms.weather.openweather import Item, OpenWeather, Steps, parse

STORM = days.DAYS["storm"]
STARTED = datetime(2026, 7, 14, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(STARTED)


@pytest.fixture
def service(sandbox: Sandbox, clock: FixedClock) -> Iterator[OpenWeather]:
    with open_client(sandbox.transport) as client:
        yield OpenWeather(client, sandbox.openweather.key, "https://weather.invalid", clock)


def located(service: OpenWeather, text: str) -> Place:
    return service.locate(understood(text))


def asked(sandbox: Sandbox) -> list[str]:
    return [
        f"{r.url.path}?{r.url.params.get('zip') or r.url.params.get('q') or ''}"
        for r in sandbox.requests
    ]


def refused(name: str) -> httpx.Response:
    """A refusal of tests/payloads, whose name begins with its status."""
    return httpx.Response(int(name[:3]), content=payloads.answer("errors", name))


@pytest.mark.parametrize(
    ("text", "name", "zone"),
    [
        ("94112", "San Francisco", "America/Los_Angeles"),
        ("Dallas,TX,US", "Dallas", "America/Chicago"),
        ("London", "London", "Europe/London"),
        ("51.5,-0.1", "London", "Europe/London"),
        ("SW1A 1AA,GB", "London", "Europe/London"),
    ],
)
def test_every_form_of_a_place_is_found(
    service: OpenWeather, text: str, name: str, zone: str
) -> None:
    place = located(service, text)
    assert (place.name, place.timezone) == (name, zone)


@pytest.mark.parametrize(
    ("text", "path", "answer", "name", "zone"),
    [
        ("Coimbra,PT", "direct", "direct-coimbra", "Coimbra", "Europe/Lisbon"),
        ("Sligo", "direct", "direct-sligo-twice", "Sligo", "Europe/Dublin"),
        ("86001", "zip", "zip-86001", "Flagstaff", "America/Phoenix"),
        ("3000-213,PT", "zip", "zip-3000-213-with-hyphen", "Coimbra", "Europe/Lisbon"),
        ("46.77,-92.13", "reverse", "reverse-duluth", "Duluth", "America/Chicago"),
    ],
)
def test_the_first_place_of_a_whole_answer_is_taken(
    service: OpenWeather, sandbox: Sandbox, text: str, path: str, answer: str, name: str, zone: str
) -> None:
    found = httpx.Response(200, content=payloads.answer("geo", answer))
    sandbox.fail(f"/geo/1.0/{path}", found)
    place = located(service, text)
    assert (place.name, place.timezone) == (name, zone)


UNKNOWN = httpx.Response(200, content=payloads.answer("geo", "direct-unknown"))


@pytest.mark.parametrize(
    ("text", "path", "answer"),
    [
        ("Nowhere", "direct", UNKNOWN),
        ("94112", "zip", refused("400-zip-malformed")),
        ("94112", "zip", refused("404-no-cod")),
    ],
    ids=("an empty list", "a malformed code", "an unknown code"),
)  # fmt: skip
def test_a_place_of_which_nothing_is_known_is_no_such_place(
    service: OpenWeather, sandbox: Sandbox, text: str, path: str, answer: httpx.Response
) -> None:
    sandbox.fail(f"/geo/1.0/{path}", answer)
    with pytest.raises(NoSuchPlace):
        located(service, text)


def test_coordinates_stay_as_they_were_written(service: OpenWeather) -> None:
    place = located(service, "51.5,-0.1")
    assert (place.latitude, place.longitude) == (51.5, -0.1)


def test_a_point_without_a_name_is_named_by_its_coordinates(service: OpenWeather) -> None:
    assert located(service, "-45.5,-120.25").name == "45.5S 120.25W"


def test_leading_zeros_reach_the_service(service: OpenWeather, sandbox: Sandbox) -> None:
    with pytest.raises(WeatherError):
        located(service, "01001")
    assert asked(sandbox) == ["/geo/1.0/zip?01001,US"]


def test_a_british_code_is_tried_again_with_its_first_half(
    service: OpenWeather, sandbox: Sandbox
) -> None:
    located(service, "SW1A 1AA,GB")
    assert asked(sandbox) == ["/geo/1.0/zip?SW1A 1AA,GB", "/geo/1.0/zip?SW1A,GB"]


@pytest.mark.parametrize("text", ["00000", "Nowhere,XX", '"x"\n::error::y', "🦄,FR", "قرية"])
def test_an_unknown_place_says_what_was_understood(service: OpenWeather, text: str) -> None:
    with pytest.raises(WeatherError, match="no such place: it was understood as the") as caught:
        located(service, text)
    assert str(understood(text)) in str(caught.value)
    assert str(understood(text)) not in caught.value.public


def test_only_metric_units_are_asked_for(service: OpenWeather, sandbox: Sandbox) -> None:
    service.forecast(STORM.latitude, STORM.longitude)
    assert sorted(r.url.path for r in sandbox.requests) == [
        "/data/2.5/forecast",
        "/data/2.5/weather",
    ]
    assert {r.url.params["units"] for r in sandbox.requests} == {"metric"}


FAILURES: list[tuple[str, Any, str]] = [
    ("a wrong key", refused("401-key-refused"), "refused the key.*two hours"),
    ("too many requests", refused("429-too-many"), "limit of requests"),
    ("a refusal with a code of another type", refused("400-nothing-to-geocode"), "HTTP status 400"),
    ("a refusal without words", refused("500-cod-and-no-message"), "HTTP status 500"),
    ("a refusal without a code", refused("404-no-cod"), "has no forecast"),
    ("a gateway's page", httpx.Response(502, html="<html>502 Bad Gateway</html>"),
     "HTTP status 502"),
    ("HTML with status 200", httpx.Response(200, html="<html>Sign in to Wi-Fi</html>"),
     "could not be read"),
    ("an empty answer", httpx.Response(200, content=b""), "could not be read"),
    ("truncated JSON", httpx.Response(200, content=b'{"cod":"200","list":[{"dt":17'),
     "could not be read"),
    ("bytes that are no text", httpx.Response(200, content=b"\xff\xfe"), "could not be read"),
    ("another type", httpx.Response(200, json={"list": [{"dt": "soon", "main": {"temp": 1}}]}),
     "could not be read"),
    ("an endless date", httpx.Response(200, json={"list": [{"dt": 10**30, "main": {"temp": 1}}]}),
     "could not be read"),
    ("a redirect", httpx.Response(302, headers={"Location": "https://elsewhere.invalid"}),
     "HTTP status 302"),
    ("not found", refused("404-city-unknown"), "has no forecast"),
    ("no connection", httpx.ConnectError("refused"), "could not be reached"),
    ("no answer", httpx.ReadTimeout("slow"), "did not answer within 10 s"),
    ("a broken connection", httpx.ReadError("reset"), "connection to OpenWeather broke"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "sentence"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_each_failure_is_a_sentence(
    service: OpenWeather, sandbox: Sandbox, answer: Any, sentence: str
) -> None:
    sandbox.fail("/data/2.5/forecast", answer, times=99)
    with pytest.raises(WeatherError, match=sentence) as caught:
        service.forecast(1, 2)
    assert sandbox.openweather.key not in str(caught.value)
    assert "https://weather.invalid" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.Response(503), httpx.Response(429)],
)
def test_a_passing_failure_is_tried_again(
    service: OpenWeather, sandbox: Sandbox, clock: FixedClock, answer: Any
) -> None:
    sandbox.fail("/geo/1.0/zip", answer, times=2)
    assert located(service, "94112").name == "San Francisco"
    assert (clock.now() - STARTED).total_seconds() == 1 + 2


def test_the_service_says_how_long_to_wait(
    service: OpenWeather, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.fail("/geo/1.0/zip", httpx.Response(429, headers={"Retry-After": "7"}))
    located(service, "94112")
    assert (clock.now() - STARTED).total_seconds() == 7


def test_patience_ends_before_half_a_minute(
    service: OpenWeather, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.fail("/geo/1.0/zip", httpx.Response(429, headers={"Retry-After": "3600"}), times=99)
    with pytest.raises(WeatherError, match="limit of requests"):
        located(service, "94112")
    assert (clock.now() - STARTED).total_seconds() <= 30


def test_a_slow_service_is_not_waited_for_beyond_half_a_minute(
    service: OpenWeather, sandbox: Sandbox, clock: FixedClock
) -> None:
    def slow(_: httpx.Request) -> httpx.Response:
        clock.sleep(10)
        raise httpx.ReadTimeout("slow")

    sandbox.fail("/geo/1.0/zip", slow, times=99)
    with pytest.raises(WeatherError, match="did not answer"):
        located(service, "94112")
    assert (clock.now() - STARTED).total_seconds() <= 33


def test_a_wrong_key_is_not_tried_twice(service: OpenWeather, sandbox: Sandbox) -> None:
    sandbox.fail("/geo/1.0/zip", httpx.Response(401), times=99)
    with pytest.raises(WeatherError):
        located(service, "94112")
    assert len(sandbox.requests) == 1


def test_without_the_current_weather_there_is_still_a_forecast(
    service: OpenWeather, sandbox: Sandbox
) -> None:
    sandbox.fail("/data/2.5/weather", httpx.Response(500), times=99)
    forecast = service.forecast(STORM.latitude, STORM.longitude)
    assert forecast.observation is None
    assert len(forecast.hours) == len(STORM.weather.split())


FULL: dict[str, Any] = {
    "dt": 1784030400,
    "main": {"temp": 24, "feels_like": 25.5},
    "weather": [{"id": 701}, {"id": 500}],
    "clouds": {"all": 75},
    "wind": {"speed": 4, "gust": 9.5, "deg": 270.5},
    "visibility": 900,
    "pop": 0.4,
    "rain": {"3h": 1.5},
    "snow": {"3h": 0.5},
    "sys": {"pod": "d"},
}


def decoded(step: dict[str, Any]) -> Any:
    return parse(
        msgspec.json.decode(json.dumps({"cod": "200", "list": [step]}), type=Steps), None
    ).hours[0]


def test_a_full_step_becomes_the_domains_units() -> None:
    hour = decoded(FULL)
    assert hour.time == datetime(2026, 7, 14, 12, tzinfo=UTC)
    assert (hour.temperature_c, hour.feels_like_c, hour.rain_mm, hour.snow_mm, hour.pop) == (
        24,
        25.5,
        1.5,
        0.5,
        0.4,
    )
    assert (hour.wind_ms, hour.gust_ms, hour.cloud_percent, hour.visibility_m) == (4, 9.5, 75, 900)
    assert hour.condition_ids == (701, 500)


OPTIONAL = ("weather", "clouds", "wind", "visibility", "pop", "rain", "snow", "sys")
OBJECTS = ("clouds", "wind", "rain", "snow", "sys")


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_absent_field_is_not_missed(name: str) -> None:
    step = copy.deepcopy(FULL)
    del step[name]
    assert decoded(step).temperature_c == 24


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_null_is_as_good_as_absent(name: str) -> None:
    assert decoded(FULL | {name: None}).temperature_c == 24


@pytest.mark.parametrize("name", OBJECTS)
def test_an_empty_object_is_as_good_as_absent(name: str) -> None:
    assert decoded(FULL | {name: {}}).temperature_c == 24


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("main", "feels_like"), ("wind", "gust"), ("wind", "speed"), ("clouds", "all")],
)
def test_no_optional_inner_field_is_missed(outer: str, inner: str) -> None:
    step = copy.deepcopy(FULL)
    del step[outer][inner]
    assert decoded(step).temperature_c == 24


def test_rain_of_one_hour_counts_where_three_are_missing() -> None:
    assert decoded(FULL | {"rain": {"1h": 0.7}}).rain_mm == 0.7


def test_steps_come_in_order_of_time_whatever_the_service_does() -> None:
    later = FULL | {"dt": FULL["dt"] + 10800}
    body = json.dumps({"list": [later, FULL]})
    times = [hour.time for hour in parse(msgspec.json.decode(body, type=Steps), None).hours]
    assert times == sorted(times)


def test_the_days_sunset_comes_with_the_current_weather() -> None:
    current = msgspec.json.decode(json.dumps(days.current(STORM)), type=Item)
    steps = msgspec.json.decode(json.dumps(days.forecast(STORM)), type=Steps)
    assert parse(steps, current).sunset == STORM.local("2026-07-14T20:36").astimezone(UTC)
