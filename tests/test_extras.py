"""Warnings, air and ultraviolet that cannot be had cost nobody the text, and are named."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Run as Command
from tests.support.world import DAY, World, at
from weather_sms import Settings, tick
from weather_sms.report.actions import Actions
from weather_sms.report.output import say_report
from weather_sms.sandbox import Sandbox, days
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

KEYLESS = {"OPENWEATHER_API_KEY": ""}
WARNING = {"event": "Tornado Warning", "severity": "Extreme", "status": "Actual",
"messageType": "Alert", "ends": "2026-11-23T16:00:00-08:00"}  # fmt: skip
FAIR = "San Francisco Mon Nov 23: 50-63F, 50 now, mostly sunny and dry."
MISSING = (
    "Official warnings are missing from this text, because the National Weather Service failed ({})"
)
MISSING_IN_PUBLIC = (
    "Official warnings are missing from this text, because their service failed (HTTP status 500)"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, holds=False)


def fail(world: World, path: str, answer: Any = None) -> None:
    world.sandbox.fail(path, answer or httpx.Response(503), times=999)


def rain(world: World) -> None:
    """From now on the forecast is another one."""
    day = replace(DAYS["fair"].on(DAY), weather="7:10 10:10/r4 13:11/r4 16:12 19:11 22:10")
    world.sandbox.openweather.forecasts["San Francisco"] = days.forecast(day)


@pytest.mark.parametrize("times", [1, 2])
def test_a_warning_survives_one_and_two_failures_of_its_service(world: World, times: int) -> None:
    world.sandbox.nws.alerts = [WARNING]
    world.sandbox.fail("/alerts", httpx.Response(500), times=times)
    report = world.tick("07:00")
    (outcome,) = report.outcomes
    assert outcome.text == (
        "San Francisco Mon Nov 23: TORNADO WARNING until 4pm. 50-63F, 50 now, "
        "mostly sunny and dry. Sunset 4:54pm. Bring a jacket."
    )
    assert (outcome.status, outcome.shown_detail(private=True)) == ("sent", "")
    assert (report.warnings(private=True), report.exit_code) == ([], 0)


@pytest.mark.parametrize(
    ("answer", "why", "times"),
    [
        (httpx.Response(500), "HTTP status 500", 3),
        (httpx.Response(429), "HTTP status 429", 3),
        (httpx.Response(403, html="Access Denied"), "HTTP status 403", 1),
        (httpx.Response(404), "HTTP status 404", 1),
        (httpx.ConnectError("down"), "no connection", 3),
        (httpx.ReadTimeout("slow"), "no answer within 3 s", 3),
        (httpx.ReadError("reset"), "the connection broke", 3),
        (httpx.Response(200, text="<"), "an answer that cannot be read", 1),
        (httpx.Response(200, json={}), "an answer that cannot be read", 1),
    ],
    ids=str,
)
def test_a_text_that_lacks_official_warnings_goes_out_and_says_so(
    world: World, answer: Any, why: str, times: int
) -> None:
    fail(world, "/alerts", answer)
    report = world.tick("07:00")
    (outcome,) = report.outcomes
    assert (outcome.status, report.exit_code) == ("sent", 0)
    assert outcome.text == f"{FAIR} Sunset 4:54pm. Bring a jacket."
    assert report.lines(private=True) == [
        f"1. handed over to ...67, 1 segment: {MISSING.format(why)}\n   {outcome.text}"
    ]
    assert report.json(private=True)["outcomes"][0]["detail"] == MISSING.format(why)
    assert report.warnings(private=True) == [MISSING.format(why)]
    assert sum(r.url.path == "/alerts/active" for r in world.sandbox.requests) == times
    assert world.clock.now() - at("07:00") < timedelta(seconds=1)


def test_a_service_that_drips_keeps_no_text_for_more_than_three_seconds(
    world: World, dripping: str
) -> None:
    with world.sandbox.serve() as origin:
        origins = {name: origin for name in world.env if name.endswith("_BASE_URL")}
        settings = Settings.from_env(world.env | origins | {"NWS_BASE_URL": dripping})
        world.clock = FixedClock(at("07:00"))
        began = time.monotonic()
        report = tick(settings, clock=world.clock)
    assert time.monotonic() - began < 4.5
    assert report.outcomes[0].status == "sent"
    assert report.warnings(private=True) == [MISSING.format("no answer within 3 s")]


def test_a_public_run_warns_without_telling_whose_warnings_are_missing(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(world, "/alerts", httpx.Response(500))
    page = tmp_path / "summary.md"
    assert say_report(world.tick("07:00"), Actions("schedule", False, page), as_json=False) == 0
    out, shown = capsys.readouterr().out, page.read_text("utf-8").replace("\\", "")
    assert f"1. handed over, 1 segment: {MISSING_IN_PUBLIC}\n" in out
    assert f"::warning title=weather-sms::{MISSING_IN_PUBLIC}\n" in out
    assert f"handed over, 1 segment: {MISSING_IN_PUBLIC}" in shown
    assert "National" not in out + shown


def test_a_private_run_names_the_service(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(world, "/alerts", httpx.Response(500))
    page = tmp_path / "summary.md"
    say_report(world.tick("07:00"), Actions("schedule", True, page), as_json=False)
    sentence = MISSING.format("HTTP status 500")
    assert f"::warning title=weather-sms::{sentence}\n" in capsys.readouterr().out
    assert sentence in page.read_text("utf-8").replace("\\", "")


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/data/2.5/air_pollution", "OpenWeather's air quality"),
        ("/v1/forecast", "Open-Meteo's ultraviolet and past week"),
    ],
)
def test_air_and_ultraviolet_that_could_not_be_had_are_a_detail_and_no_warning(
    world: World, path: str, what: str
) -> None:
    fail(world, path, httpx.Response(500))
    report = world.tick("07:00")
    detail = report.outcomes[0].shown_detail(private=False)
    assert detail == f"{what} could not be had (HTTP status 500)"
    assert (report.warnings(private=True), report.exit_code) == ([], 0)


@pytest.mark.parametrize("path", ["/data/2.5/air_pollution", "/data/2.5/weather", "/v1/forecast"])
def test_only_warnings_are_asked_for_more_than_once(world: World, path: str) -> None:
    fail(world, path, httpx.Response(500))
    world.tick("07:00")
    assert sum(r.url.path.startswith(path) for r in world.sandbox.requests) == 1


def test_without_a_key_only_warnings_can_be_missing(world: World) -> None:
    fail(world, "/alerts")
    outcome = world.outcome("07:00", env=KEYLESS | {"WEATHER_PLACE": "San Francisco,US"})
    assert outcome.shown_detail(private=True).startswith(MISSING.format("HTTP status 503"))
    assert "could not be had" not in outcome.shown_detail(private=True)


@pytest.mark.parametrize("place", ["London,GB", "43.65,-79.38"])
def test_abroad_no_official_warning_is_missing(world: World, place: str) -> None:
    fail(world, "/alerts")
    report = world.tick("07:00", env=KEYLESS | {"WEATHER_PLACE": place}, send_now=True)
    (outcome,) = report.outcomes
    assert outcome.status == "sent", outcome.detail
    assert "missing" not in outcome.shown_detail(private=True)
    assert report.warnings(private=True) == []


def test_a_day_that_wants_no_text_lacks_nothing(world: World) -> None:
    fail(world, "/alerts")
    report = world.tick("07:00", env={"WEATHER_ONLY_IF": "snow"})
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.shown_detail(private=True)) == (
        "skipped",
        "the forecast holds nothing of snow",
    )
    assert report.warnings(private=True) == []


def test_a_held_warning_is_not_replaced_while_its_service_fails(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.sandbox.nws.alerts = [WARNING]
    assert "TORNADO WARNING" in (world.outcome("01:00").text or "")
    fail(world, "/alerts")
    rain(world)
    report = world.tick("05:00")
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.shown_detail(private=True)) == (
        "already",
        "the text that is held stays as it is",
    )
    assert report.warnings(private=True) == []
    world.pass_time("07:00")
    assert ["TORNADO WARNING" in text["body"] for text in world.left] == [True]


def test_a_held_text_is_renewed_where_the_service_refuses_for_good(tmp_path: Path) -> None:
    world = World(tmp_path)
    fail(world, "/alerts", httpx.Response(403))
    assert world.outcome("01:00").status == "scheduled"
    rain(world)
    report = world.tick("05:00")
    assert [outcome.status for outcome in report.outcomes] == ["refreshed"]
    assert report.warnings(private=True) == [MISSING.format("HTTP status 403")]


def test_a_preview_says_that_warnings_are_missing(weather_sms: Command, live: Sandbox) -> None:
    live.fail("/alerts", httpx.Response(500), times=9)
    shown = weather_sms("preview", env=live.env, code=0).stdout
    assert f"  {MISSING.format('HTTP status 500')}\n" in shown
