"""The README and the help tell the truth: commands run, settings exist, links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT, Run
from tests.support.picture import drawn, sample_text
from weather_sms import Settings, settings
from weather_sms.channels.registry import CHANNELS
from weather_sms.sandbox import Sandbox
from weather_sms.weather import PREFIXES

README = (ROOT / "README.md").read_text("utf-8")
SETUP = "python3 -m venv .venv && .venv/bin/pip install uv && .venv/bin/uv run "


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    return [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]


def in_an_empty_folder(command: str, tmp_path: Path) -> str:
    """Run a command in a fresh copy, without the environment that runs this test."""
    folder = tmp_path / "fresh"
    shutil.copytree(
        ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__")
    )
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
    }
    done = subprocess.run(
        command, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_first_command_shows_a_text(tmp_path: Path) -> None:
    command = next(line for line in commands() if line.endswith(" demo"))
    assert command == f"{SETUP}weather-sms demo"
    shown = in_an_empty_folder(command, tmp_path)
    assert "1 segment, GSM-7" in shown
    assert "1. handed over, 1 segment" in shown


def test_the_second_command_runs_the_tests_and_ci_runs_it(tmp_path: Path) -> None:
    command = next(line for line in commands() if line.endswith(" pytest"))
    assert command == f"{SETUP}pytest"
    assert command in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert "passed" in in_an_empty_folder(f"{command} tests/test_gsm7.py", tmp_path)


def test_the_other_commands_do_what_stands_beside_them(
    weather_sms: Run, live: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "secrets.sh").write_text(
        "".join(f"export {name}='{value}'\n" for name, value in live.env.items())
    )
    lines = [
        line
        for line in commands()
        if line.startswith("weather-sms ") and not re.search(r"setup|cron", line)
    ]
    assert len(lines) == 4
    for line in lines:
        weather_sms(*line.split()[1:], env=live.env, code=1 if line.endswith("doctor") else 0)
    assert len(live.twilio.messages) == 1


def test_the_python_example_sends(
    live: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (
        live.env | {"WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}"}
    ).items():
        monkeypatch.setenv(name, value)
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    assert len(live.twilio.messages) == 1


def test_the_toml_example_is_read(sandbox: Sandbox) -> None:
    (example,) = blocks("toml")
    read = Settings.from_env(sandbox.env | {"WEATHER_SUBSCRIPTIONS": example}).subscriptions
    assert [(each.to.identity, each.units) for each in read] == [
        ("+15551234567", None),
        ("ntfy://ntfy.sh/a-topic-of-hers", None),
        ("+33612345678", None),
    ]


def test_every_setting_is_in_the_readme_and_every_one_there_exists() -> None:
    named = set(
        re.findall(r"\b(?:(?:WEATHER|TWILIO|OPENWEATHER)_[A-Z_]+|[A-Z_]+_BASE_URL)\b", README)
    )
    urls = {f"{prefix}_BASE_URL" for prefix in PREFIXES.values()}
    urls |= {each.origin_setting for each in CHANNELS if each.origin is not None}
    assert named == set(settings.NAMES) | urls


def test_the_phones_show_the_demos_text(weather_sms: Run) -> None:
    """The pictures are drawn by the project; `python -m tests.support.picture` draws them anew."""
    shown = re.sub(r"[|.\s']+", " ", weather_sms("demo", "storm", code=0).stdout)
    assert re.sub(r"[.\s]+", " ", sample_text()).strip() in shown
    for name, picture in drawn().items():
        assert (ROOT / "docs" / name).read_text("utf-8") == picture
        assert ElementTree.fromstring(picture).tag.endswith("svg")
        assert name in README


def links(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", path.read_text("utf-8"))


@pytest.mark.parametrize(
    "file", [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").glob("*.md")]
)
def test_relative_links_lead_somewhere(file: Path) -> None:
    """`../../` leads from a page of the repository to GitHub's own pages about it."""
    for link in ("".join(each) for each in links(file)):
        if link.startswith("../../"):
            assert link in GITHUB_PAGES, link
        elif not link.startswith(("http", "#")):
            assert (file.parent / link.split("#")[0]).exists(), link


GITHUB_PAGES = (
    "../../generate",
    "../../settings/secrets/actions/new",
    "../../actions/workflows/weather.yml",
)


def test_the_front_door_is_no_longer_than_it_may_be() -> None:
    assert len(README.splitlines()) <= 200
