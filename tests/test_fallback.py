"""The text goes out when a weather service fails, and nothing beside the weather stops it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Run as Command
from tests.support.world import World
from weather_sms import Settings, SettingsError
from weather_sms.delivery.preview import preview
from weather_sms.forecast import Forecast, Hour, Place, Provider
from weather_sms.ledger import KeyedHash
from weather_sms.report.actions import Actions
from weather_sms.report.outcome import Outcome
from weather_sms.report.output import say_report
from weather_sms.report.summary import summary
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS, SampleDay
from weather_sms.sandbox.demo import FixedClock
from weather_sms.weather import Means, open_services
from weather_sms.weather.extras import EXTRAS, Asked, Extras

KEYLESS = {"OPENWEATHER_API_KEY": ""}
USUAL = "San Francisco Mon Nov 23: 50-63F, mostly sunny and dry. Sunset 4:54pm. Bring a jacket."
WARNING = {"event": "Flood Warning", "severity": "Severe", "status": "Actual",
"messageType": "Alert", "ends": "2026-11-23T16:00:00-08:00"}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, holds=False)


def sent(world: World, **env: str) -> Outcome:
    outcome = world.outcome("07:00", env=env)
    assert outcome.status == "sent", outcome.detail
    return outcome


def down(world: World, path: str, answer: Any = None) -> None:
    world.sandbox.fail(path, answer or httpx.Response(503), times=999)


# A second service


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (httpx.Response(503), "OpenWeather answered with HTTP status 503"),
        (httpx.Response(429), "OpenWeather's limit of requests for this key is used up"),
        (httpx.ConnectError("down"), "OpenWeather could not be reached"),
        (httpx.ReadTimeout("slow"), "OpenWeather did not answer"),
        (httpx.Response(401), "OpenWeather refused the key"),
        (httpx.Response(200, text="<html>"), "OpenWeather's answer could not be read"),
    ],
    ids=str,
)
def test_open_meteo_stands_in_for_openweather_and_the_owner_hears_why(
    world: World, answer: Any, trouble: str
) -> None:
    down(world, "/data", answer)
    outcome = sent(world)
    assert "63F, mostly sunny and dry" in (outcome.text or "")
    assert outcome.shown_detail(private=False).startswith(trouble)
    assert "Open-Meteo gave the weather. Weather data by Open-Meteo.com" in outcome.shown_detail(
        private=False
    )


def steps(*hours: int) -> httpx.Response:
    """A forecast for so many hours after seven."""
    seven = datetime(2026, 11, 23, 15, tzinfo=UTC)
    times = [int((seven + timedelta(hours=each)).timestamp()) for each in hours]
    return httpx.Response(200, json={"list": [{"dt": time, "main": {"temp": 1}} for time in times]})


@pytest.mark.parametrize("hours", [(), (-9, -6, -3, 0), (-3, 0, 12), (3, 6, 9)], ids=str)
def test_it_stands_in_where_openweather_knows_too_little_of_the_day(
    world: World, hours: tuple[int, ...]
) -> None:
    world.sandbox.fail("/data/2.5/forecast", steps(*hours))
    outcome = sent(world)
    assert "63F, mostly sunny and dry" in (outcome.text or "")
    assert outcome.source == "open-meteo"
    assert (
        outcome.trouble
        == "OpenWeather's forecast is empty or ends too soon for a text. Try again later"
    )


def test_a_day_is_enough_of_a_forecast(world: World) -> None:
    world.sandbox.fail("/data/2.5/forecast", steps(3, 6, 9, 12))
    assert sent(world).source == "openweather"


def test_it_is_asked_only_after_openweathers_retries(world: World) -> None:
    world.sandbox.fail("/data/2.5/forecast", httpx.Response(503), times=3)
    assert sent(world).source == "openweather"


def test_without_a_key_it_is_the_only_one(world: World) -> None:
    outcome = sent(world, **KEYLESS, WEATHER_PLACE="San Francisco,US")
    assert (outcome.text, outcome.source, outcome.trouble) == (USUAL, "open-meteo", "")
    paths = {request.url.path for request in world.sandbox.requests if request.method == "GET"}
    assert paths & {"/v1/search", "/v1/forecast"}
    assert not any(path.startswith(("/geo", "/data")) for path in paths)


def test_a_text_that_is_held_says_no_sunset(tmp_path: Path) -> None:
    world = World(tmp_path, env=KEYLESS | {"WEATHER_PLACE": "San Francisco,US"})
    held = world.outcome("01:00")
    assert (held.status, "Sunset" in (held.text or "")) == ("scheduled", False)


def test_where_both_fail_both_are_named(world: World) -> None:
    world.no_weather()
    outcome = world.outcome("07:00")
    assert outcome.status == "no_weather"
    assert "refused the key" in outcome.detail
    assert "Open-Meteo answered with HTTP status 404" in outcome.detail


def test_a_place_that_openweather_does_not_know_is_not_looked_for_elsewhere(world: World) -> None:
    outcome = world.outcome(
        "07:00", env={"WEATHER_PLACE": "Nowhere,US", "WEATHER_TIMEZONE": "America/Los_Angeles"}
    )
    assert "OpenWeather knows no such place" in outcome.detail
    assert all(request.url.path != "/v1/search" for request in world.sandbox.requests)


def test_a_refused_key_is_a_warning_of_the_run_whose_text_went_out(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    down(world, "/data", httpx.Response(401))
    page = tmp_path / "summary.md"
    assert say_report(world.tick("07:00"), Actions("schedule", False, page), as_json=False) == 0
    assert "::warning title=weather-sms::OpenWeather refused the key" in capsys.readouterr().out
    assert "Weather data by Open-Meteo.com (https://open-meteo.com)" in page.read_text(
        "utf-8"
    ).replace("\\", "")


def test_a_held_text_is_not_replaced_by_a_stand_ins(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.outcome("01:00").status == "scheduled"
    down(world, "/data")
    outcome = world.outcome("05:00")
    assert (outcome.status, "stays as it is" in outcome.detail) == ("already", True)


# Places


def test_the_last_known_place_serves_while_no_geocoder_answers(world: World) -> None:
    world.tick("06:30")
    down(world, "/geo")
    down(world, "/v1/search")
    outcome = sent(world)
    assert (outcome.place, outcome.source) == ("San Francisco", "openweather")
    assert "HTTP status 503" in outcome.trouble


def test_coordinates_keep_the_name_they_had(world: World) -> None:
    point = {"WEATHER_PLACE": "37.72,-122.44"}
    world.tick("06:30", send_now=True, dry_run=True, env=point)
    down(world, "/geo")
    assert sent(world, **point).place == "San Francisco"


def test_coordinates_without_any_name_have_the_units_of_their_time_zone(world: World) -> None:
    text = sent(world, **KEYLESS, WEATHER_PLACE="37.72,-122.44").text or ""
    assert text.startswith("37.72N 122.44W Mon Nov 23: 50-63F")


def test_a_city_that_was_never_found_is_looked_for_at_open_meteo(world: World) -> None:
    down(world, "/geo")
    assert sent(world, WEATHER_PLACE="San Francisco,US").place == "San Francisco"


def test_a_postal_code_that_was_never_found_says_what_failed(world: World) -> None:
    down(world, "/geo", httpx.Response(401))
    assert "OpenWeather refused the key" in world.outcome("07:00").detail


def test_in_a_cache_that_others_may_read_no_place_is_kept(world: World) -> None:
    world.env["GITHUB_ACTIONS"] = "true"
    world.tick("06:30")
    assert b"San Francisco" not in world.ledger.read_bytes()
    down(world, "/geo")
    assert world.outcome("07:00").status == "no_weather"


# Settings


def test_a_postal_code_needs_a_key_and_is_told_the_ways_out() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(KEYLESS, place="94112", sending=False)
    (problem,) = caught.value.problems
    assert (problem.name, problem.is_missing) == ("OPENWEATHER_API_KEY", True)
    assert "home.openweathermap.org/api_keys" in problem.fix
    assert "City,Country and coordinates do without" in problem.fix


@pytest.mark.parametrize("place", ["37.77,-122.42", "Lyon,FR", "Portland,ME,US"])
def test_other_places_need_nothing_at_all(place: str) -> None:
    assert Settings.from_env({}, place=place, sending=False).openweather_api_key.reveal() == ""


def test_the_ledgers_key_comes_from_the_first_receiver_where_there_is_nothing_else() -> None:
    def secret(**env: str) -> str:
        return Settings.from_env({"WEATHER_PLACE": "Lyon,FR"} | env).ledger_secret.reveal()

    one = secret(WEATHER_TO="ntfy://a-topic")
    assert one == secret(WEATHER_TO="ntfys://ntfy.sh/a-topic/,ntfy://another")
    assert one != secret(WEATHER_TO="ntfy://another")
    assert secret(WEATHER_TO="ntfy://a-topic", OPENWEATHER_API_KEY="k") == "k"
    assert secret(WEATHER_TO="ntfy://a-topic", WEATHER_SECRET="s") == "s"


def test_ntfy_and_a_city_are_all_it_takes(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy")
    env = {
        name: value
        for name, value in world.env.items()
        if not name.startswith(("TWILIO_", "OPENWEATHER_"))
    }
    world.env = env | {"WEATHER_PLACE": "San Francisco,US", "OPENWEATHER_BASE_URL": ""}
    assert world.outcome("06:00").status == "scheduled"
    assert world.outcome("06:00").status == "already"


@pytest.mark.parametrize("name", ["OPEN_METEO_BASE_URL", "NWS_BASE_URL"])
def test_their_origins_are_checked_like_the_others(world: World, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not an origin"):
        Settings.from_env(world.env | {name: "http://example.com"})


@pytest.mark.parametrize(
    ("written", "repository"),
    [("me/weather", "me/weather"), ("", "weather-sms"), ("me/weather\r\nX: y", "weather-sms")],
)
def test_the_contact_is_the_repository(world: World, written: str, repository: str) -> None:
    assert Settings.from_env(world.env | {"GITHUB_REPOSITORY": written}).repository == repository


# Commands


def test_a_preview_of_coordinates_needs_nothing_set_up(weather_sms: Command, live: Sandbox) -> None:
    origins = {name: value for name, value in live.env.items() if name.endswith("_BASE_URL")}
    shown = weather_sms("preview", "37.77,-122.42", env=origins, code=0).stdout
    assert "| 37.77N 122.42W " in shown
    assert "Weather data by Open-Meteo.com" in shown
    found = json.loads(
        weather_sms("preview", "37.77,-122.42", "--json", env=origins, code=0).stdout
    )
    assert (found["source"], found["place"]) == ("open-meteo", "37.77N 122.42W")


def test_a_preview_with_a_refused_key_shows_the_text_and_says_so(
    weather_sms: Command, live: Sandbox
) -> None:
    done = weather_sms(
        "preview", "San Francisco,US", env=live.env | {"OPENWEATHER_API_KEY": "wrong"}, code=0
    )
    assert "| San Francisco " in done.stdout
    assert "OpenWeather refused the key" in done.stdout


def test_the_doctor_looks_at_the_place_also_without_a_key(
    weather_sms: Command, live: Sandbox
) -> None:
    shown = weather_sms(
        "doctor", env=live.env | KEYLESS | {"WEATHER_PLACE": "San Francisco,US"}
    ).stdout
    assert "ok      openweather key: None is set" in shown
    assert "ok      place: San Francisco, US" in shown


# What stands beside the weather


def changed(world: World, change: Callable[[SampleDay], SampleDay]) -> None:
    """Another sample day in San Francisco."""
    day, *others = world.sandbox.days
    world.sandbox = Sandbox(days=(change(day), *others))
    world.sandbox.now = lambda: world.clock.now()


def sunny(day: SampleDay) -> SampleDay:
    return replace(day, weather=day.weather.replace("13:17", "13:17/u8"))


def smoky(day: SampleDay) -> SampleDay:
    return replace(day, weather=day.weather.replace("13:17", "13:17/q5"))


def test_a_warning_comes_right_after_the_heading(world: World) -> None:
    world.sandbox.nws.alerts = [WARNING]
    assert (sent(world).text or "").startswith(
        "San Francisco Mon Nov 23: FLOOD WARNING until 4pm. 50-63F"
    )


def test_a_moderate_warning_comes_before_the_advisory_beside_it(world: World) -> None:
    freeze = WARNING | {"event": "Freeze Warning", "severity": "Moderate"}
    frost = WARNING | {"event": "Frost Advisory", "severity": "Minor"}
    world.sandbox.nws.alerts = [frost, freeze]
    assert sent(world).text == (
        "San Francisco Mon Nov 23: Freeze Warning until 4pm +1. 50-63F, 50 now, "
        "mostly sunny and dry. Sunset 4:54pm. Bring a jacket."
    )


def test_bad_air_is_said(world: World) -> None:
    changed(world, smoky)
    assert "Very poor air. " in (sent(world).text or "")


def test_strong_ultraviolet_is_said_and_credited(world: World) -> None:
    changed(world, sunny)
    report = world.tick("07:00")
    (outcome,) = report.outcomes
    assert "UV very high (8)" in (outcome.text or "")
    assert outcome.source == "openweather"
    assert "Weather data by Open-Meteo.com" in summary(report, private=True).replace("\\", "")
    assert "Open-Meteo" not in outcome.shown_detail(private=True)


def test_yesterday_is_compared_with(world: World) -> None:
    world.sandbox.open_meteo.yesterday_c = 30.0
    assert "23 degrees colder than yesterday" in (sent(world).text or "")


@pytest.mark.parametrize(("dry_days", "said"), [(7, True), (6, False), (0, False)])
def test_the_first_rain_after_a_dry_week_is_said(tmp_path: Path, dry_days: int, said: bool) -> None:
    world = World(tmp_path, holds=False, env={"WEATHER_PLACE": "London,GB"})
    world.sandbox.open_meteo.dry_days = dry_days
    text = world.outcome("11-22T23:00").text or ""  # seven in London
    assert ("Rain" in text, "First rain in over a week." in text) == (True, said), text


def test_a_text_held_since_the_evening_compares_its_day_with_the_evenings(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.sandbox.open_meteo.yesterday_c = 30.0
    outcome = world.outcome(datetime(2026, 11, 22, 20, tzinfo=world.clock.now().tzinfo))
    assert outcome.status == "scheduled"
    assert "23 degrees colder than yesterday" in (outcome.text or "")


@pytest.mark.parametrize("path", ["/data/2.5/air_pollution", "/v1/forecast"])
@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.ReadTimeout("slow"), httpx.Response(200, text="<"),
    httpx.Response(200, json={})], ids=str
)  # fmt: skip
def test_whatever_fails_beside_the_weather_the_text_goes_out_at_once(
    world: World, path: str, answer: Any
) -> None:
    down(world, path, answer)
    assert (sent(world).text or "").startswith(
        "San Francisco Mon Nov 23: 50-63F, 50 now, mostly sunny and dry."
    )
    assert world.clock.now() == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert sum(path in request.url.path for request in world.sandbox.requests) == 1


def not_gzip(_: httpx.Request) -> httpx.Response:
    """Return a body that is not the gzip it claims to be.

    The sandbox's transport reads it at once and so raises what the real network raises.
    """
    return httpx.Response(200, content=b"plain", headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(503), httpx.ReadTimeout("slow"), httpx.Response(200, json={})],
    ids=str,
)
def test_the_current_weather_is_asked_for_once_and_only_now_and_sunset_are_lost_with_it(
    world: World, answer: Any
) -> None:
    down(world, "/data/2.5/weather", answer)
    outcome = sent(world)
    text = "San Francisco Mon Nov 23: 50-63F, mostly sunny and dry. Bring a jacket."
    assert (outcome.text, outcome.source, outcome.trouble) == (text, "openweather", "")
    assert world.clock.now() == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert sum(request.url.path == "/data/2.5/weather" for request in world.sandbox.requests) == 1


NESTED = b"[" * 100_000
STEP = '{"list": [{"dt": 1795446000, "main": {"temp": %s, "aqi": 9}, "wind": {"speed": %s}}]}'
HOURS = '{"hourly": {"time": [1795446000], "temperature_2m": [%s], "uv_index": [%s]}}'
GARBAGE: list[Any] = [
    pytest.param(not_gzip, id="not gzip"),
    *(pytest.param(httpx.Response(200, content=body), id=name) for name, body in {
        "nested": b'{"x": ' + NESTED,
        "nested list": b'{"list": ' + NESTED,
        "hot": (STEP % ("1e308", 1)).encode(),
        "cold": (STEP % ("-1e308", 1)).encode(),
        "windy": (STEP % (1, "1e308")).encode(),
        "hot hours": (HOURS % ("1e308", 1)).encode(),
        "sunny hours": (HOURS % (1, "1e308")).encode(),
        "no number": (STEP % ("NaN", 1)).encode(),
        "a long number": (STEP % ("9" * 5000, 1)).encode(),
        "bytes": bytes(range(256)),
    }.items()),
]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/alerts", "/data/2.5/air_pollution", "/data/2.5/weather", "/v1/forecast"]
)
@pytest.mark.parametrize("answer", GARBAGE)
def test_garbage_beside_the_weather_costs_nobody_the_text(
    world: World, path: str, answer: Any
) -> None:
    down(world, path, answer)
    outcome = sent(world)
    assert (outcome.text or "").startswith("San Francisco Mon Nov 23: 50-63F")
    assert (outcome.source, outcome.trouble) == ("openweather", "")


@pytest.mark.parametrize("answer", GARBAGE)
def test_garbage_for_a_forecast_is_as_good_as_none(world: World, answer: Any) -> None:
    down(world, "/data/2.5/forecast", answer)
    outcome = sent(world)
    assert (outcome.source, outcome.trouble[:40]) == (
        "open-meteo",
        "OpenWeather's answer could not be read. ",
    )


@pytest.mark.parametrize("answer", GARBAGE)
def test_garbage_from_everybody_is_no_weather_and_no_crash(world: World, answer: Any) -> None:
    down(world, "/data/", answer)
    down(world, "/v1/forecast", answer)
    assert world.outcome("07:00").status == "no_weather"


@pytest.mark.parametrize("path", ["/geo", "/v1/search"])
@pytest.mark.parametrize("answer", GARBAGE)
def test_garbage_for_a_place_is_as_good_as_none(world: World, path: str, answer: Any) -> None:
    down(world, path, answer)
    key = {} if path == "/geo" else KEYLESS
    outcome = world.outcome(
        "07:00",
        env={"WEATHER_PLACE": "San Francisco,US", "WEATHER_TIMEZONE": "America/Los_Angeles"} | key,
    )
    assert outcome.status == ("sent" if path == "/geo" else "no_weather")


@pytest.mark.parametrize(
    "wait", ["Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "9" * 400, "soon", "-5"]
)
def test_a_strange_wish_to_wait_is_no_crash(world: World, wait: str) -> None:
    world.sandbox.fail("/data/2.5/forecast", httpx.Response(503, headers={"Retry-After": wait}))
    assert sent(world).source in ("openweather", "open-meteo")


@pytest.mark.parametrize(
    "end", ["9999-12-31T23:59:59-08:00", "2101-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00"]
)
def test_a_warning_with_an_absurd_end_has_none(world: World, end: str) -> None:
    world.sandbox.nws.alerts = [WARNING | {"ends": end, "onset": end}]
    assert (sent(world).text or "").startswith("San Francisco Mon Nov 23: FLOOD WARNING. 50-63F")


def test_a_slow_one_is_waited_for_three_seconds_at_most() -> None:
    left = iter([0.05, 0.0, 0.0])
    plain = Forecast(hours=(Hour(time=datetime(2026, 1, 1, tzinfo=UTC), temperature_c=0),))
    place = Place(name="X", country="US", latitude=40, longitude=-100, timezone="America/Chicago")
    with httpx.Client() as client:
        means = Means(
            client=client, clock=FixedClock(DAYS["fair"].moment), keys={"openweather": "k"}
        )
        never = [Asked(extra, open_services(means), Future()) for extra in EXTRAS]
        added = Extras(never).added_to(plain, place, lambda: next(left))
    assert replace(added, gaps=()) == plain
    assert [(gap.topic, gap.why, gap.passing) for gap in added.gaps] == [
        ("alerts", "no answer within 3 s", True),
        ("air", "no answer within 3 s", True),
        ("sun", "no answer within 3 s", True),
    ]


def test_only_american_places_are_asked_about_at_the_nws(world: World) -> None:
    sent(world)
    world.tick("11-25T07:00", env={"WEATHER_PLACE": "51.5,-0.12"}, send_now=True)
    asked = [r.url for r in world.sandbox.requests if r.url.path == "/alerts/active"]
    assert [url.params["point"] for url in asked] == ["37.7195,-122.4411"]


# The domain


START = datetime(2026, 11, 23, 0, tzinfo=UTC)
HOURLY = tuple(
    Hour(time=START + timedelta(hours=i), temperature_c=i, step_h=1, uv_index=i / 10)
    for i in range(48)
)


def test_each_hour_of_another_service_belongs_to_the_nearest_step() -> None:
    steps = tuple(Hour(time=START + timedelta(hours=3 * i), temperature_c=0) for i in range(1, 4))
    one, other = Provider("one", "One", ""), Provider("other", "Other", "")
    forecast = Forecast(hours=steps, sources=(one,)).with_sun(
        Forecast(hours=HOURLY, sources=(other,))
    )
    assert [hour.uv_index for hour in forecast.hours] == [0.4, 0.7, 1.0]
    assert forecast.sources == (one, other)
    worst = forecast.with_air({START + timedelta(hours=4): 5, START + timedelta(hours=5): 2})
    assert [hour.air_quality_index for hour in worst.hours] == [5, 2, None]


def test_a_dry_week_is_known_as_a_whole_and_has_no_wet_day() -> None:
    hours = [
        Hour(time=START + timedelta(hours=k), step_h=1, temperature_c=1) for k in range(7 * 24)
    ]
    dry = [*hours[:50], replace(hours[50], rain_mm=0.9), *hours[51:]]
    wet = [*hours[:50], replace(hours[50], rain_mm=1.0), *hours[51:]]
    after = START.date() + timedelta(days=7)
    found = [
        Forecast(hours=(), hourly=tuple(h)).seen_from(after, UTC).dry_week
        for h in (hours, dry, wet, hours[2:])
    ]
    assert found == [True, True, False, False]


@pytest.mark.parametrize(("today", "high_c"), [(24, 23), (25, 47), (26, None), (23, None)])
def test_yesterday_is_the_day_before_the_texts_own_and_known_as_a_whole(
    today: int, high_c: float | None
) -> None:
    forecast = Forecast(hours=(), hourly=HOURLY).seen_from(date(2026, 11, today), UTC)
    assert forecast.yesterday_high_c == high_c


def test_a_known_place_is_sealed_by_what_was_written(world: World) -> None:
    world.tick("06:30")
    world.tick("07:00")
    settings = Settings.from_env(world.env)
    name = KeyedHash(settings.ledger_secret.reveal())("place", settings.subscriptions[0].place.key)
    assert f"place:{name}".encode() in world.ledger.read_bytes()


def test_a_preview_has_no_ledger_and_no_need_of_one(world: World) -> None:
    down(world, "/geo")
    settings = Settings.from_env(world.env | {"WEATHER_PLACE": "San Francisco,US"}, sending=False)
    found = preview(settings, clock=world.clock, transport=world.sandbox.transport)
    assert (found.place.name, found.source) == (DAYS["fair"].name, "openweather")
