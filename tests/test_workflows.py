"""The workflow files themselves: checked by their linters, and run from end to end by act, which runs them here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import ROOT
from weather_sms.sandbox import Sandbox

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
NOT_COPIED = (".git", ".venv", ".*_cache", "__pycache__")
SETTINGS = ("OPENWEATHER_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER_NUMBER", "WEATHER_TO",
            "WEATHER_PLACE")  # fmt: skip
PRIVATE: dict[str, object] = {"repository": {"private": True}}


def git(*arguments: str, cwd: Path) -> None:
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a repository of someone's own."""
    folder = tmp_path_factory.mktemp("copied") / "weather-sms"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    git("add", ".", cwd=folder)
    git("commit", "--quiet", "-m", "copied", cwd=folder)
    return folder


class Act(Protocol):
    def __call__(
        self,
        event: str,
        what: str = "",
        secrets: dict[str, str] | None = None,
        payload: dict[str, object] | None = None,
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def act(program: Callable[[str], str], copied: Path, live: Sandbox, tmp_path: Path) -> Act:
    """Run weather.yml for an event, with the sandbox in place of the services."""
    path = os.pathsep.join([str(Path(program("pipx")).parent), os.environ["PATH"]])

    def run(
        event: str, what: str = "", secrets: dict[str, str] | None = None, payload: dict[str, object] | None = None
    ) -> subprocess.CompletedProcess[str]:
        chosen = {name: live.env[name] for name in SETTINGS} if secrets is None else secrets
        secret_file, event_file = tmp_path / "secrets", tmp_path / "event.json"
        secret_file.write_text("".join(f"{name}={value}\n" for name, value in chosen.items()), "utf-8")
        event_file.write_text(json.dumps({"inputs": {"what": what}} | (payload or {})), "utf-8")
        command = [
            program("act"), event, "-W", ".github/workflows/weather.yml", "-P", "ubuntu-slim=-self-hosted",
            "--secret-file", str(secret_file), "--eventpath", str(event_file), "--cache-server-addr", "127.0.0.1",
            "--env", f"OPENWEATHER_BASE_URL={live.origin}", "--env", f"TWILIO_BASE_URL={live.origin}",
        ]  # fmt: skip
        return subprocess.run(
            command, cwd=copied, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=300
        )

    return run


def test_a_scheduled_run_sends_the_text_and_tells_the_public_nothing(act: Act, live: Sandbox) -> None:
    done = act("schedule")
    assert done.returncode == 0, done.stdout + done.stderr
    (message,) = live.twilio.messages
    assert message["body"].startswith("San Francisco ")
    assert "1. handed over, 1 segment" in done.stdout
    for personal in ("San Francisco", "0123467", "94112", message["body"], message["sid"], *live.env.values()):
        assert not personal or personal.startswith("http") or personal not in _shown(done.stdout), personal


def test_run_workflow_sends_a_text_now(act: Act, live: Sandbox) -> None:
    done = act("workflow_dispatch", "send the text now")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(live.twilio.messages) == 1


def test_a_private_repository_shows_the_text_and_sends_nothing(act: Act, live: Sandbox) -> None:
    done = act("workflow_dispatch", "show the text, send nothing", payload=PRIVATE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of 160 septets, 1 segment" in done.stdout
    assert "| San Francisco " in done.stdout
    assert live.twilio.messages == []


def test_checking_everything_sends_nothing(act: Act, live: Sandbox) -> None:
    done = act("workflow_dispatch", "check everything, send nothing")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1. not sent (dry run), 1 segment" in done.stdout
    assert live.twilio.messages == []


def test_a_copy_without_secrets_stays_green_until_someone_presses_the_button(act: Act) -> None:
    scheduled = act("schedule", secrets={})
    assert scheduled.returncode == 0, scheduled.stdout + scheduled.stderr
    assert "No settings yet" in scheduled.stdout
    pressed = act("workflow_dispatch", "send the text now", secrets={})
    assert pressed.returncode != 0
    assert "6 settings to fix" in pressed.stdout


def test_a_refusal_of_twilios_fails_the_run_with_the_fix(act: Act, live: Sandbox) -> None:
    live.twilio.refuse("+15550123467", 21608)
    done = act("schedule")
    assert done.returncode != 0
    assert "NOT SENT" in done.stdout
    assert "verif" in done.stdout


def _shown(log: str) -> str:
    """What GitHub shows of a log: it takes the commands out, among them those that say what to mask."""
    return "\n".join(line for line in log.splitlines() if "::add-mask::" not in line)


def test_the_workflows_have_no_known_weakness(program: Callable[[str], str]) -> None:
    subprocess.run([program("zizmor"), "--offline", "--persona=pedantic", str(FOLDER)], check=True, cwd=ROOT)


def test_the_workflows_follow_githubs_schema(program: Callable[[str], str]) -> None:
    command = [program("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *map(str, FILES)]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_githubs_own_pinned_by_commit_with_their_version(file: Path) -> None:
    uses = re.findall(r"uses: (.*)", file.read_text("utf-8"))
    assert uses
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+(\.\d+)*", use) for use in uses), uses


def test_every_setting_reaches_the_workflow() -> None:
    from weather_sms.settings import NAMES

    text = (FOLDER / "weather.yml").read_text("utf-8")
    assert [name for name in NAMES if f"{name}: ${{{{ secrets.{name} }}}}" not in text] == []


def test_the_workflows_stay_shorter_than_what_they_run() -> None:
    assert sum(len(file.read_text("utf-8").splitlines()) for file in FILES) < 200
