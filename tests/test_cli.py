"""The commands as a user meets them: another process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import click
import httpx
import pytest

from tests.conftest import Run, a_moment_ago
from weather_sms import commands
from weather_sms.cli import COMMANDS, program
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS

RECEIVER = "+15550123467"
CANARY = "canary0canary0canary0canary0cana"


@pytest.mark.parametrize("day", ["fair", "rain", "snow", "storm", "heat"])
def test_the_demo_needs_nothing(weather_sms: Run, day: str) -> None:
    shown = weather_sms("demo", day, code=0).stdout
    assert "GSM-7" in shown
    assert "of 160 septets, 1 segment" in shown
    assert "1. handed over, 1 segment" in shown
    assert len([line for line in shown.splitlines() if line.startswith("  |")]) >= 3


def test_the_demo_ignores_the_users_own_settings(weather_sms: Run) -> None:
    env = {
        "OPENWEATHER_BASE_URL": "https://real.invalid",
        "TWILIO_BASE_URL": "https://real.invalid",
        "WEATHER_TO": "x",
    }
    weather_sms("demo", env=env, code=0)


def test_version_and_help(weather_sms: Run) -> None:
    assert weather_sms("--version", code=0).stdout.startswith("weather-sms 0.")
    overview = weather_sms("--help", code=0).stdout
    for name in (
        "OPENWEATHER_API_KEY",
        "TWILIO_ACCOUNT_SID",
        "WEATHER_TO",
        "WEATHER_PLACE",
        "demo",
        "preview",
        "send",
    ):
        assert name in overview
    assert "\n    TWILIO_ACCOUNT_SID     from console.twilio.com, like the next two\n" in overview
    sending = " ".join(weather_sms("send", "--help", code=0).stdout.split())
    assert "Call it as often as you like" in sending


def test_help_knows_every_command_without_importing_it() -> None:
    files = {path.stem for path in Path(commands.__file__).parent.glob("[!_]*.py")}
    context = click.Context(program)
    found = {name: program.get_command(context, name) for name in files}
    assert {name: each and each.get_short_help_str(100) for name, each in found.items()} == COMMANDS


@pytest.mark.parametrize(
    "arguments",
    [("sned",), ("send", "--nwo"), ("demo", "blizzard"), ("--env-file", "none", "send")],
)
def test_wrong_usage_is_code_2(weather_sms: Run, arguments: tuple[str, ...]) -> None:
    assert "Error: " in weather_sms(*arguments, code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("sned",), "Did you mean 'send'?"),
        (
            ("preview", "-33.87,151.21"),
            "A place that begins with - goes after --: weather-sms preview -- -33.87,151.21.",
        ),
        (
            ("send", "--env-file", "x"),
            "It stands before the command: weather-sms --env-file FILE send.",
        ),
    ],
)
def test_a_near_miss_says_what_was_meant(
    weather_sms: Run, arguments: tuple[str, ...], hint: str
) -> None:
    assert hint in weather_sms(*arguments, code=2).stderr


@pytest.mark.parametrize("file", ["/proc/none/log", "/dev/full"])
def test_a_log_that_cannot_be_written_stops_no_text(
    weather_sms: Run, live: Sandbox, file: str
) -> None:
    done = weather_sms("send", "--now", "--log-file", file, env=live.env, code=0)
    assert ("cannot be written. Name a file in a folder of yours." in done.stderr) is (
        file != "/dev/full"
    )
    assert len(live.twilio.messages) == 1


def test_the_log_tells_why_a_tick_did_not_even_begin(weather_sms: Run, tmp_path: Path) -> None:
    weather_sms("--env-file", "moved.sh", "send", "--log-file", "tick.log", code=2)
    assert "File 'moved.sh' does not exist." in (tmp_path / "tick.log").read_text("utf-8")


def test_the_log_tells_of_a_fault_of_ours(live: Sandbox, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['weather_sms.ledger.sqlite'] = None; from weather_sms.cli "
        "import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", code, "send", "--log-file", "tick.log"]
    assert subprocess.run(command, env=os.environ | live.env, cwd=tmp_path).returncode == 1
    assert "weather-sms failed unexpectedly (" in (tmp_path / "tick.log").read_text("utf-8")


def test_the_log_tells_that_a_tick_was_ended(live: Sandbox, tmp_path: Path) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(2)
        return live.twilio.handle(request)

    live.fail("Messages.json", slow, method="POST")
    command = [sys.executable, "-m", "weather_sms", "send", "--now", "--log-file=tick.log"]
    process = subprocess.Popen(
        command, env=os.environ | live.env | {"HOME": str(tmp_path)}, cwd=tmp_path
    )
    end = time.monotonic() + 20
    while not any(request.method == "POST" for request in live.requests) and time.monotonic() < end:
        time.sleep(0.1)
    process.terminate()
    assert process.wait(20) == 1
    assert (tmp_path / "tick.log").read_text("utf-8").endswith(" Stopped.\n")
    assert len(live.twilio.messages) == 1


def test_lines_of_a_settings_file_that_cannot_be_read_are_named(
    weather_sms: Run, tmp_path: Path
) -> None:
    (tmp_path / "secrets.sh").write_text(
        "# mine\nexport WEATHER_TO='ntfy://t'\nthis is prose\n", "utf-8"
    )
    said = weather_sms("--env-file", "secrets.sh", "send", code=2).stderr.splitlines()
    assert said[0] == "--env-file secrets.sh: line 3 is not KEY=value, and is left out."
    assert said[1] == "1 setting to fix; nothing was sent:"


def test_a_toml_file_is_looked_for_beside_the_settings_that_name_it(
    weather_sms: Run, live: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "people.toml").write_text(
        '[[subscription]]\nto = "+15550123467"\nplace = "94112"\n', "utf-8"
    )
    (folder / "secrets.sh").write_text("export WEATHER_SUBSCRIPTIONS=people.toml\n", "utf-8")
    weather_sms("--env-file", "mine/secrets.sh", "send", "--now", env=live.env, code=0)
    assert [message["to"] for message in live.twilio.messages] == [RECEIVER]


def test_without_settings_everything_missing_is_listed(weather_sms: Run) -> None:
    done = weather_sms("send", "--now", code=2)
    assert done.stdout == ""
    first, place, to, last = done.stderr.splitlines()
    assert first == "2 settings to fix; nothing was sent:"
    assert (place.split()[1], to.split()[1]) == ("WEATHER_PLACE", "WEATHER_TO")
    assert (
        last
        == "Settings in a file: weather-sms --env-file FILE ... None yet: weather-sms setup asks "
        "for them."
    )


def test_a_text_is_sent_and_shown(weather_sms: Run, live: Sandbox) -> None:
    done = weather_sms("send", "--now", env=live.env, code=0)
    (message,) = live.twilio.messages
    assert message["to"] == RECEIVER
    assert done.stdout == f"1. handed over to ...67, 1 segment\n   {message['body']}\n"


def test_without_now_a_text_goes_out_when_it_is_due_and_only_once(
    weather_sms: Run, live: Sandbox
) -> None:
    env = live.env | {"WEATHER_AT": a_moment_ago()}
    weather_sms("send", env=env, code=0)
    assert len(live.twilio.messages) == 1
    live.requests.clear()
    again = weather_sms("send", env=env, code=0).stdout
    assert again.startswith("Nothing to do.")
    assert again.count("\n") == 1
    assert (len(live.twilio.messages), live.requests) == (1, [])


def test_stop_says_what_goes_on(weather_sms: Run, live: Sandbox) -> None:
    stopped = weather_sms("stop", env=live.env, code=0).stdout
    assert stopped == (
        "No text is held. Later texts come as scheduled; to end them too, end what ticks, such "
        "as cron: `weather-sms cron remove`.\n"
    )
    wrong = weather_sms("stop", env=live.env | {"WEATHER_AT": "soon"}, code=2).stderr
    assert wrong.startswith(
        "1 setting to fix; nothing was canceled, and what is held still comes:\n"
    )


def test_processes_at_the_same_instant_send_one_text(weather_sms: Run, live: Sandbox) -> None:
    env = live.env | {"WEATHER_AT": a_moment_ago(), "WEATHER_TIMEZONE": DAYS["fair"].timezone}
    with ThreadPoolExecutor(6) as pool:
        outputs = [
            done.stdout
            for done in pool.map(lambda _: weather_sms("send", env=env, code=0), range(6))
        ]
    assert sum("handed over" in output for output in outputs) == 1
    assert len(live.twilio.messages) == 1


def test_send_json_is_one_object_with_the_contracts_fields(weather_sms: Run, live: Sandbox) -> None:
    (outcome,) = json.loads(weather_sms("send", "--now", "--json", env=live.env, code=0).stdout)[
        "outcomes"
    ]
    assert list(outcome) == [
        "subscription", "occurrence", "status", "sid", "send_at", "segments", "detail", "text",
    ]  # fmt: skip
    (message,) = live.twilio.messages
    assert (outcome["sid"], outcome["text"], outcome["status"]) == (
        message["sid"],
        message["body"],
        "sent",
    )
    assert datetime.fromisoformat(outcome["occurrence"]).utcoffset() is not None


def test_a_dry_run_sends_nothing(weather_sms: Run, live: Sandbox) -> None:
    assert (
        "not sent (dry run)"
        in weather_sms("send", "--now", "--dry-run", env=live.env, code=0).stdout
    )
    assert live.twilio.messages == []


@pytest.mark.parametrize(
    "where", [(), ("37.72,-122.44",), ("San Francisco,US",), ("--", "37.7,-122.4")]
)
def test_a_preview_shows_the_text(weather_sms: Run, live: Sandbox, where: tuple[str, ...]) -> None:
    assert "| San Francisco " in weather_sms("preview", *where, env=live.env, code=0).stdout
    assert live.twilio.messages == []


def test_a_preview_needs_only_the_weather_key(weather_sms: Run, live: Sandbox) -> None:
    env = {name: value for name, value in live.env.items() if name.startswith("OPENWEATHER")}
    preview = json.loads(weather_sms("preview", "94112", "--json", env=env, code=0).stdout)
    assert preview["text"].startswith("San Francisco ")
    assert (preview["segments"], preview["encoding"], preview["source"]) == (
        1,
        "GSM-7",
        "openweather",
    )
    assert preview["septets"] == len(preview["text"])
    assert preview["place"] == "San Francisco"


def test_an_unknown_place_shows_what_was_understood(weather_sms: Run, live: Sandbox) -> None:
    done = weather_sms("preview", "00000", env=live.env, code=1)
    assert "understood as the postal code 00000 in US" in done.stderr


def test_a_wrong_key_says_so_and_hides_it(weather_sms: Run, live: Sandbox) -> None:
    done = weather_sms("send", "--now", env=live.env | {"OPENWEATHER_API_KEY": CANARY}, code=1)
    assert "OpenWeather refused the key" in done.stdout
    assert CANARY not in done.stdout + done.stderr


def test_a_refused_text_is_code_1(weather_sms: Run, live: Sandbox) -> None:
    live.twilio.refuse(RECEIVER, 572006)
    done = weather_sms("send", "--now", env=live.env, code=1)
    assert (
        "NOT SENT to ...67, 1 segment: A trial account cannot send texts of its own" in done.stdout
    )


def test_a_broken_connection_to_twilio_is_uncertain_and_code_1(
    weather_sms: Run, live: Sandbox
) -> None:
    live.fail("Messages.json", httpx.ReadError("reset"), method="POST")
    assert "MAYBE SENT" in weather_sms("send", "--now", env=live.env, code=1).stdout


def test_nobody_home_is_a_sentence(weather_sms: Run, live: Sandbox) -> None:
    live.fail("/geo/1.0/zip", httpx.ReadError("reset"), times=2)
    live.fail("/data", httpx.Response(401), times=9)
    live.fail("/v1/forecast", httpx.Response(404), times=9)
    weather_sms("send", "--now", env=live.env, code=1)


SECRETS_SH = """#!/bin/sh
# the tutorial's file
export OPENWEATHER_API_KEY={OPENWEATHER_API_KEY}
export TWILIO_ACCOUNT_SID="{TWILIO_ACCOUNT_SID}"
export TWILIO_AUTH_TOKEN='{TWILIO_AUTH_TOKEN}'  # keep it to yourself

TWILIO_SENDER_NUMBER={TWILIO_SENDER_NUMBER}
export TWILIO_RECEIVER_NUMBER="15550123467"
export WEATHER_PLACE = "94112"
export WEATHER_UNITS=
"""


def test_the_tutorials_secrets_file_works_as_it_is(
    weather_sms: Run, live: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.sh"
    file.write_text(SECRETS_SH.format(**live.env), "utf-8")
    urls = {name: value for name, value in live.env.items() if name.endswith("_BASE_URL")}
    weather_sms(
        "--env-file", str(file), "send", "--now", env=urls | {"WEATHER_UNITS": "metric"}, code=0
    )
    (message,) = live.twilio.messages
    assert message["to"] == RECEIVER
    assert "C, " in message["body"]


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00binary", b"this is no settings file\n===\n", b""]
)
def test_a_strange_env_file_is_no_traceback(
    weather_sms: Run, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "strange"
    file.write_bytes(content)
    weather_sms("--env-file", str(file), "send", code=2)


def test_output_survives_a_terminal_without_unicode(weather_sms: Run) -> None:
    weather_sms("demo", env={"PYTHONIOENCODING": "ascii"}, code=0)


def test_no_secret_is_printed_however_wrong_it_is(weather_sms: Run) -> None:
    names = ("OPENWEATHER_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
    "TWILIO_SENDER_NUMBER", "WEATHER_TO",
             "WEATHER_PLACE", "WEATHER_TIMEZONE", "WEATHER_UNITS", "TWILIO_BASE_URL",
             "WEATHER_SUBSCRIPTIONS")  # fmt: skip
    for form in (
        CANARY,
        f"{CANARY},,",
        f"[{CANARY}",
        f"http://{CANARY}",
        f"  {CANARY} \n {CANARY}",
    ):
        done = weather_sms("send", env=dict.fromkeys(names, form))
        assert CANARY not in done.stdout + done.stderr
        assert done.returncode == 2
