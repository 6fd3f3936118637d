"""The output in Actions: nothing personal in public, and errors where GitHub shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
from weather_sms.report.actions import annotated, markdown, masks, plain
from weather_sms.sandbox import Sandbox

PERSONAL = ("15550123467", "0123467", "94112", "San Francisco", "F, mostly", "SM0000")


@pytest.fixture
def actions(tmp_path: Path) -> Iterator[dict[str, str]]:
    summary = tmp_path / "summary.md"
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"private": False}}), "utf-8")
    yield {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_dispatch",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_REPOSITORY": "me/weather",
        "GITHUB_WORKFLOW_REF": "me/weather/.github/workflows/weather.yml@refs/heads/main",
    }


def visible(stdout: str, stderr: str, actions: dict[str, str]) -> str:
    """What a reader of the run sees: GitHub takes mask commands out."""
    summary = Path(actions["GITHUB_STEP_SUMMARY"])
    lines = [line for line in (stdout + stderr).splitlines() if not line.startswith("::add-mask::")]
    return "\n".join(lines) + (summary.read_text("utf-8") if summary.exists() else "")


@pytest.mark.parametrize(
    "payload", ['{"repository": {"private": false}}', "", "[]", '{"repository": null}', None]
)
@pytest.mark.parametrize(
    "arguments", [("send", "--now"), ("send", "--json"), ("preview",), ("preview", "--json")]
)
def test_a_public_log_shows_nothing_personal(
    weather_sms: Run,
    live: Sandbox,
    actions: dict[str, str],
    arguments: tuple[str, ...],
    payload: str | None,
) -> None:
    if payload is None:
        del actions["GITHUB_EVENT_PATH"]
    else:
        Path(actions["GITHUB_EVENT_PATH"]).write_text(payload, "utf-8")
    done = weather_sms(*arguments, env=live.env | actions, code=0)
    seen = visible(done.stdout, done.stderr, actions)
    assert [value for value in PERSONAL if value in seen] == []


@pytest.mark.parametrize(
    "trouble",
    [{"WEATHER_PLACE": "00000"}, {"WEATHER_PLACE": "Secretville,FR"},
     {"TWILIO_AUTH_TOKEN": "wrong"}, {"WEATHER_TO": "x9"}],
)  # fmt: skip
@pytest.mark.parametrize("arguments", [("send", "--now"), ("send", "--json"), ("preview",)])
def test_a_public_failure_shows_nothing_personal_either(
    weather_sms: Run,
    live: Sandbox,
    actions: dict[str, str],
    arguments: tuple[str, ...],
    trouble: dict[str, str],
) -> None:
    done = weather_sms(*arguments, env=live.env | trouble | actions)
    seen = visible(done.stdout, done.stderr, actions)
    hidden = {*PERSONAL, *trouble.values()} - {
        "wrong",
        "94112" if "WEATHER_PLACE" in trouble else "",
    }
    assert [value for value in hidden if value in seen] == []


def test_a_private_log_shows_the_text(
    weather_sms: Run, live: Sandbox, actions: dict[str, str]
) -> None:
    Path(actions["GITHUB_EVENT_PATH"]).write_text('{"repository": {"private": true}}', "utf-8")
    done = weather_sms("send", "--now", env=live.env | actions, code=0)
    assert live.twilio.messages[0]["body"] in done.stdout
    assert "15550123467" not in visible(done.stdout, done.stderr, actions)


def test_masks_come_before_anything_else(
    weather_sms: Run, live: Sandbox, actions: dict[str, str]
) -> None:
    lines = weather_sms("send", "--now", env=live.env | actions, code=0).stdout.splitlines()
    commands = [line.startswith("::add-mask::") for line in lines]
    assert commands == sorted(commands, reverse=True)
    assert {
        "::add-mask::+15550123467",
        "::add-mask::15550123467",
        "::add-mask::San Francisco",
    } <= set(lines)


def test_json_stays_one_object_in_actions(
    weather_sms: Run, live: Sandbox, actions: dict[str, str]
) -> None:
    (outcome,) = json.loads(
        weather_sms("send", "--now", "--json", env=live.env | actions, code=0).stdout
    )["outcomes"]
    assert (outcome["sid"], outcome["text"], outcome["status"]) == (None, None, "sent")


def test_each_problem_is_an_annotation_and_a_line_of_the_summary(
    weather_sms: Run, actions: dict[str, str]
) -> None:
    done = weather_sms("send", env=actions | {"WEATHER_PLACE": "94112"}, code=2)
    assert done.stderr.count("::error title=weather-sms::") == 2
    summary = Path(actions["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    page = "https://github.com/me/weather/settings/secrets/actions/new"
    assert (
        "| OPENWEATHER\\_API\\_KEY | is missing | Get a free key at "
        "https://home.openweathermap.org/api_keys. Only City,Country "
        f"and coordinates do without one. | [open]({page}) |" in summary
    )
    assert summary.count("is missing") == summary.count(page) == done.stderr.count(page) == 2


def test_a_scheduled_run_without_any_setting_is_green_and_says_what_to_add(
    weather_sms: Run, actions: dict[str, str]
) -> None:
    scheduled = actions | {
        "GITHUB_EVENT_NAME": "schedule",
        "WEATHER_PLACE": " ",
        "TWILIO_ACCOUNT_SID": "",
    }
    done = weather_sms("send", env=scheduled, code=0)
    assert done.stdout.startswith("::notice title=weather-sms::No settings yet")
    summary = Path(actions["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert all(
        f"`{name}`" in summary
        for name in ("OPENWEATHER_API_KEY", "TWILIO_SENDER_NUMBER", "WEATHER_TO")
    )


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule"])
def test_otherwise_missing_settings_fail(
    weather_sms: Run, actions: dict[str, str], event: str
) -> None:
    weather_sms("send", env=actions | {"GITHUB_EVENT_NAME": event, "WEATHER_AT": "7am"}, code=2)


def test_a_services_words_cannot_command_the_runner(
    weather_sms: Run, live: Sandbox, actions: dict[str, str]
) -> None:
    live.twilio.refuse(
        "+15550123467", 29999, message="x\n::stop-commands::y\r\n##[error]z <b>|`%0A"
    )
    done = weather_sms("send", "--now", env=live.env | actions, code=1)
    for line in (done.stdout + done.stderr).splitlines():
        assert line.startswith(("::add-mask::", "::error title=weather-sms::", "1. ")), line
        assert "##[" not in line or line.startswith("::error")
    assert "<b>" not in Path(actions["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


def test_a_private_doctor_shows_what_it_found(
    weather_sms: Run, live: Sandbox, actions: dict[str, str]
) -> None:
    """Mask nothing the owner is to read: GitHub blots out masked values in the summary too."""
    Path(actions["GITHUB_EVENT_PATH"]).write_text('{"repository": {"private": true}}', "utf-8")
    service = live.twilio.services[0]
    live.twilio.account.pools[service] = [live.twilio.numbers[0]]
    done = weather_sms("doctor", env=live.env | actions)
    masked = [
        line.removeprefix("::add-mask::")
        for line in done.stdout.splitlines()
        if line.startswith("::add-mask::")
    ]
    assert {"+15550123467", "+15550100200"} <= set(masked)
    assert [
        value for value in ("San Francisco", "America/Los_Angeles", service) if value in masked
    ] == []
    assert f"Set TWILIO_MESSAGING_SERVICE_SID to {service}" in done.stdout


def test_a_summary_stays_within_githubs_limit_and_a_page_that_cannot_be_written_is_no_failure(
    weather_sms: Run, live: Sandbox, actions: dict[str, str], tmp_path: Path
) -> None:
    weather_sms(
        "send", env=actions | {"WEATHER_SUBSCRIPTIONS": "[[subscription]]\n" * 2800}, code=2
    )
    assert Path(actions["GITHUB_STEP_SUMMARY"]).stat().st_size < 2**20
    weather_sms(
        "send", "--now", env=live.env | actions | {"GITHUB_STEP_SUMMARY": str(tmp_path)}, code=0
    )


def test_toml_errors_quote_nothing(weather_sms: Run, actions: dict[str, str]) -> None:
    written = '[[subscription]]\nto = {"+15550123467" = 1, "+15550123467" = 2}'
    done = weather_sms("send", env=actions | {"WEATHER_SUBSCRIPTIONS": written}, code=2)
    assert "0123467" not in visible(done.stdout, done.stderr, actions)
    assert "(at line 2, column" in done.stderr


def test_a_secret_of_a_table_is_mended_where_it_is(
    weather_sms: Run, actions: dict[str, str]
) -> None:
    done = weather_sms("send", env=actions | {"WEATHER_SUBSCRIPTIONS": "[[subscription]]"}, code=2)
    assert "secrets/actions/WEATHER_SUBSCRIPTIONS" in done.stderr
    older = weather_sms("send", env=actions | {"TWILIO_RECEIVER_NUMBER": "x9"}, code=2)
    assert "secrets/actions/TWILIO_RECEIVER_NUMBER" in older.stderr


def test_public_json_tells_no_zone(
    weather_sms: Run, live: Sandbox, actions: dict[str, str]
) -> None:
    (outcome,) = json.loads(
        weather_sms("send", "--now", "--json", env=live.env | actions, code=0).stdout
    )["outcomes"]
    assert outcome["occurrence"].endswith("+00:00")


def test_commands_are_escaped() -> None:
    assert annotated(["50%\r\nmore"]) == ["::error title=weather-sms::50%25%0D%0Amore"]
    assert annotated(map(str, range(40)))[9:] == [
        "::error title=weather-sms::and 31 more: the run's summary lists them"
    ]
    assert masks(["abc", "Lyon", ""]) == ["::add-mask::Lyon"]
    assert masks(["+1555"]) == ["::add-mask::+1555", "::add-mask::\\+1555"]
    assert plain("::error::x ##[group]") == ": :error: :x ## [group]"
    assert markdown("a|b <i>\n[x](y) `z`") == "a\\|b &lt;i&gt; \\[x\\]\\(y\\) \\`z\\`"
