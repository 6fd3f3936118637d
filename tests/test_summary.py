"""The job summary: outcomes, next texts, GitHub's punctuality, costs; and the preview's page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.conftest import Run as Command
from tests.support.world import World
from weather_sms.delivery.run import Run
from weather_sms.report import punctuality
from weather_sms.report.actions import Actions
from weather_sms.report.chart import chart
from weather_sms.report.outcome import Outcome, Report
from weather_sms.report.summary import summary
from weather_sms.sandbox import Sandbox

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, holds=False)


@pytest.mark.parametrize(
    ("line", "moment", "late"),
    [("7 * * * *", "12:07", 0), ("7 * * * *", "12:48", 41), ("37 * * * *", "12:07", 30),
     ("0 3 * * *", "12:00", 540), ("x", "12:00", None)],
)  # fmt: skip
def test_how_late_a_run_is_against_its_own_cron_line(
    line: str, moment: str, late: int | None
) -> None:
    now = datetime.fromisoformat(f"2026-11-23T{moment}:30+00:00")
    assert punctuality.late_min(line, now) == late


def test_the_last_runs_are_remembered_a_day_long_and_no_longer() -> None:
    noted = ""
    for half_hours in range(60):
        line = "7 * * * *" if half_hours % 2 == 0 else "37 * * * *"
        noted = punctuality.with_run(
            noted, line, NOON.replace(minute=12) + timedelta(minutes=30 * half_hours)
        )
    runs = punctuality.punctuality(noted)
    assert runs is not None
    assert (len(runs.late_min), set(runs.late_min), runs.longest_pause_min) == (48, {5}, 30)
    assert punctuality.with_run(noted, "", NOON) == noted


def test_a_tick_says_how_late_it_ran_and_what_the_month_costs(world: World) -> None:
    for number, moment in enumerate(("14:19", "14:49", "17:02"), 1):
        line = "7 * * * *" if number == 1 else "37 * * * *"
        report = world.tick(
            datetime.fromisoformat(f"2026-11-23T{moment}:00+00:00"), run=Run(number, cron_line=line)
        )
    page = summary(report, private=True)
    assert (
        "GitHub started this run 25 min after its plan. The last 3 runs: 12 to 25 min late, 12 in "
        "the middle; " in page
    )
    assert "the longest pause between two was 133 min." in page
    assert "This month: 1 segment, about $0.01 at American prices" in page


def test_the_segments_of_a_month_add_up_and_the_next_month_starts_anew(world: World) -> None:
    world.sandbox = Sandbox(every_day=True, now=lambda: world.clock.now())
    assert [world.tick(f"11-{day}T07:05").month_segments for day in (27, 28, 29, 30)] == [
        1,
        2,
        3,
        4,
    ]
    assert world.tick("12-01T07:05").month_segments == 1


def test_the_service_that_answered_is_named_once(world: World) -> None:
    two = "".join(
        f'[[subscription]]\nto = "+1555012346{i}"\nplace = "94112"\nat = "07:00"\n' for i in (7, 8)
    )
    report = world.tick(
        "07:00", env={"WEATHER_SUBSCRIPTIONS": two, "WEATHER_TO": "", "WEATHER_PLACE": ""}
    )
    assert [outcome.status for outcome in report.outcomes] == ["sent", "sent"]
    assert summary(report, private=False).count("Weather by OpenWeather.") == 1


def test_a_service_that_is_credited_is_not_named_twice(world: World) -> None:
    world.sandbox.fail("/data/2.5/forecast", httpx.Response(401))
    page = summary(world.tick("07:00"), private=False).replace("\\", "")
    assert "Weather by" not in page
    assert "\n\nWeather data by Open-Meteo.com (https://open-meteo.com), CC BY 4.0" in page


def test_where_nothing_was_asked_nobody_is_named(world: World) -> None:
    assert "Weather by" not in summary(world.tick("05:00"), private=False)


def test_a_topic_costs_nothing(tmp_path: Path) -> None:
    report = World(tmp_path, channel="ntfy").tick("07:05")
    assert "This month" not in summary(report, private=True)


def test_the_next_text_is_named_and_in_public_only_how_far_it_is(world: World) -> None:
    report = world.tick("07:05")
    assert "| 1 | handed over to ...67, 1 segment | Tue 24 Nov 07:00, in 24 h |" in summary(
        report, private=True
    )
    assert "| 1 | handed over, 1 segment | in 24 h |" in summary(report, private=False)


def test_ten_thousand_subscriptions_stay_within_githubs_limit() -> None:
    outcomes = [
        Outcome(subscription=i, occurrence="", status="sent", detail="x" * 300)
        for i in range(10_000)
    ]
    page = summary(Report(tuple(outcomes), NOON), private=True)
    assert "and 9950 more." in page
    assert len(page.encode()) < 2**20


# The 60 days


@pytest.mark.parametrize(
    ("days", "private", "warned"), [(52, False, False), (53, False, True), (59, False, True), (61,
     False, False), (55, True, False)]
)  # fmt: skip
def test_the_week_before_github_stops_the_schedule(days: int, private: bool, warned: bool) -> None:
    actions = Actions("schedule", private, None, pushed=NOON - timedelta(days=days))
    assert (actions.stops_on(NOON) is not None) == warned


@pytest.mark.parametrize("as_number", [True, False])
def test_the_warning_names_the_day_and_the_one_click(
    weather_sms: Command, live: Sandbox, tmp_path: Path, as_number: bool
) -> None:
    quiet_since = datetime.now(UTC) - timedelta(days=55)
    pushed = int(quiet_since.timestamp()) if as_number else f"{quiet_since:%Y-%m-%dT%H:%M:%SZ}"
    event = {"repository": {"private": False, "pushed_at": pushed}, "schedule": "7 * * * *"}
    (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule",
    "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
           "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
           "GITHUB_REPOSITORY": "me/weather"}  # fmt: skip
    done = weather_sms("send", env=live.env | env, code=0)
    page = "https://github.com/me/weather/actions/workflows/weather.yml"
    assert (
        f"::warning title=weather-sms::On {quiet_since + timedelta(days=60):%d %B} GitHub stops"
        in done.stdout
    )
    assert page in done.stdout
    assert page in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("pushed", [None, "yesterday", [], 10**30, "2026-01-01T00:00:00"])
def test_a_strange_payload_warns_of_nothing(tmp_path: Path, pushed: object) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"pushed_at": pushed}}), "utf-8")
    actions = Actions.from_env(
        {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    )
    assert actions is not None
    assert actions.stops_on(NOON) is None


# The preview's page


def _preview_page(weather_sms: Command, live: Sandbox, tmp_path: Path, private: bool) -> str:
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"private": private}}), "utf-8")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
           "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}  # fmt: skip
    weather_sms("preview", env=live.env | env, code=0)
    return (tmp_path / "summary.md").read_text("utf-8")


def test_a_private_preview_shows_bubble_chart_and_table(
    weather_sms: Command, live: Sandbox, tmp_path: Path
) -> None:
    page = _preview_page(weather_sms, live, tmp_path, private=True)
    assert page.startswith("### San Francisco\n\n```text\n  .---")
    assert "\n  | San Francisco " in page
    assert "```mermaid\nxychart-beta\n" in page
    assert "| time | temperature | rain and snow until then | chance | gusts |" in page


def test_a_public_preview_says_why_it_shows_nothing(
    weather_sms: Command, live: Sandbox, tmp_path: Path
) -> None:
    page = _preview_page(weather_sms, live, tmp_path, private=False)
    assert "Anyone can read this log, so it is not shown" in page
    assert "mermaid" not in page


def test_the_chart_holds_every_value(tmp_path: Path) -> None:
    from weather_sms import Settings
    from weather_sms.delivery.preview import preview

    world = World(tmp_path)
    found = preview(
        Settings.from_env(world.env, sending=False),
        clock=world.clock,
        transport=world.sandbox.transport,
    )
    hours = list(found.forecast.hours[:5])
    lines = chart(hours, found.style, found.zone).splitlines()
    assert lines[2].count('h"') == lines[4].count(",") + 1 == lines[5].count(",") + 1 == 5


def test_no_hour_of_the_day_stands_twice_on_the_axis(
    weather_sms: Command, live: Sandbox, tmp_path: Path
) -> None:
    """Mermaid draws one place for each label, and would go back to it."""
    page = _preview_page(weather_sms, live, tmp_path, private=True)
    labels = page.split("x-axis [")[1].split("]")[0].split(", ")
    assert len(labels) == len(set(labels)) > 3
