"""The workflow files: their linters check them, and act runs them here from end to end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT, a_moment_ago
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
NOT_COPIED = (".git", ".ledger", ".uv", ".venv", ".*_cache", "__pycache__")
CACHE = "actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
CALLER = ROOT / "docs" / "caller.yml"
CALLED = "OWNER/weather-sms@v0.1.0"
RESTORE = "cp -r '{store}'/. '${{{{ inputs.path }}}}' 2>/dev/null || true"
SAVE = (
    "test ! -d '${{{{ inputs.path }}}}' || {{ mkdir -p '{store}' && cp -r '${{{{ inputs.path "
    "}}}}'/. '{store}'; }}"
)
CHECK_OUT = "cp -r '{store}'/. ."
STAND_IN = """name: stand-in
description: keeps the folder on this machine
inputs: {{path: {{default: .}}, key: {{}}, restore-keys: {{}}, \
repository: {{}}, ref: {{}}, persist-credentials: {{}}}}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        env > '{environment}'
        mkdir -p '${{{{ inputs.path }}}}'
        {script}
"""
SETTINGS = ("OPENWEATHER_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
"TWILIO_SENDER_NUMBER", "WEATHER_TO",
            "WEATHER_PLACE")  # fmt: skip
RECORDING_PIP = """#!/bin/sh
env > '{environment}'
exec '{pip}' "$@"
"""
EVIL_BACKEND = """import os
from pathlib import Path

Path("stolen").write_text(str(os.environ))
raise SystemExit
"""
TOPIC = "ntfy://a-topic-of-the-tests"
PRIVATE: dict[str, object] = {"repository": {"private": True}}


def git(*arguments: str, cwd: Path) -> None:
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a repository of someone's own."""
    folder = tmp_path_factory.mktemp("copied") / "weather-sms"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return committed(folder)


def committed(folder: Path) -> Path:
    """A folder, made a repository."""
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    git("add", ".", cwd=folder)
    git("commit", "--quiet", "-m", "weather", cwd=folder)
    return folder


def repository_with(workflow: Path, folder: Path) -> Path:
    """A repository that holds one workflow, as weather.yml or under its own name."""
    file = (
        folder / ".github" / "workflows" / ("weather.yml" if workflow == CALLER else workflow.name)
    )
    file.parent.mkdir(parents=True)
    shutil.copy(workflow, file)
    return committed(folder)


class Act(Protocol):
    def __call__(
        self,
        event: str,
        what: str = "",
        secrets: dict[str, str] | None = None,
        number: int = 1,
        payload: dict[str, object] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """The folder with the environment of every step but the program's: a file for each."""
    folder = tmp_path / "environments"
    folder.mkdir()
    return folder


@pytest.fixture
def stand_ins(copied: Path, tmp_path: Path, environments: Path) -> dict[str, Path]:
    """Stand in for what a run fetches: GitHub's actions (the cache: `store`), and this project."""
    store = tmp_path / "store"
    for name, script, folder in (
        ("cache/restore", RESTORE, store),
        ("cache/save", SAVE, store),
        ("checkout", CHECK_OUT, copied),
    ):
        action = tmp_path / name / "action.yml"
        action.parent.mkdir(parents=True)
        environment = environments / name.replace("/", "-")
        action.write_text(
            STAND_IN.format(script=script.format(store=folder), environment=environment), "utf-8"
        )
    return {CACHE: tmp_path / "cache", CHECKOUT: tmp_path / "checkout", CALLED: copied}


@pytest.fixture
def pip(program: Callable[[str], str], tmp_path: Path, environments: Path) -> Path:
    """The real pip, which records its environment first."""
    script = tmp_path / "bin" / "pip"
    script.parent.mkdir()
    script.write_text(
        RECORDING_PIP.format(environment=environments / "install", pip=program("pip")), "utf-8"
    )
    script.chmod(0o755)
    return script


@pytest.fixture
def caller(tmp_path: Path) -> Path:
    """A repository that holds nothing but the one file."""
    return repository_with(CALLER, tmp_path / "mine")


@pytest.fixture
def act(
    program: Callable[[str], str],
    copied: Path,
    live: Sandbox,
    stand_ins: dict[str, Path],
    pip: Path,
    tmp_path: Path,
) -> Act:
    """Run weather.yml for an event, with the sandbox in place of the services."""
    path = os.pathsep.join([str(pip.parent), os.environ["PATH"]])

    def run(
        event: str,
        what: str = "",
        secrets: dict[str, str] | None = None,
        number: int = 1,
        payload: dict[str, object] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        due_now = {"WEATHER_AT": a_moment_ago()}
        chosen = (
            {name: live.env[name] for name in SETTINGS} | due_now if secrets is None else secrets
        )
        secret_file, event_file = tmp_path / "secrets", tmp_path / "event.json"
        secret_file.write_text(
            "".join(f"{name}={value}\n" for name, value in chosen.items()), "utf-8"
        )
        event_file.write_text(json.dumps({"inputs": {"what": what}} | (payload or {})), "utf-8")
        command = [
            program("act"), event, "-W", ".github/workflows/weather.yml", "-P",
            "ubuntu-slim=-self-hosted",
            "--secret-file", str(secret_file), "--eventpath", str(event_file),
            "--cache-server-addr", "127.0.0.1",
            "--env", f"GITHUB_RUN_NUMBER={number}", "--env", f"GITHUB_API_URL={live.origin}",
            "--env", "GITHUB_REPOSITORY=me/weather", "-s", f"GITHUB_TOKEN={live.github.token}",
        ]  # fmt: skip
        for name, local in stand_ins.items():
            command += ["--local-repository", f"{name}={local}"]
        for name in [name for name in live.env if name.endswith("_BASE_URL")]:
            command += ["--env", f"{name}={live.origin}"]
        return subprocess.run(
            command,
            cwd=cwd or copied,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


def test_a_scheduled_run_sends_the_text_and_tells_the_public_nothing(
    act: Act, live: Sandbox
) -> None:
    done = act("schedule")
    assert done.returncode == 0, done.stdout + done.stderr
    (message,) = live.twilio.messages
    assert message["body"].startswith("San Francisco ")
    assert "1. handed over, 1 segment" in done.stdout
    for personal in (
        "San Francisco",
        "0123467",
        "94112",
        message["body"],
        message["sid"],
        *live.env.values(),
    ):
        assert not personal or personal.startswith("http") or personal not in _shown(done.stdout), (
            personal
        )


def test_the_next_run_knows_what_the_last_one_did(act: Act, live: Sandbox, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        done = act("schedule", number=number)
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(live.twilio.messages) == 1
    assert "Nothing to do." in done.stdout
    assert (tmp_path / "store" / "ledger.db").stat().st_size > 0


def test_stopping_cancels_what_is_held(act: Act, live: Sandbox) -> None:
    in_an_hour = datetime.now(ZoneInfo(DAYS["fair"].timezone)) + timedelta(hours=1)
    service = {
        "TWILIO_MESSAGING_SERVICE_SID": live.twilio.services[0],
        "WEATHER_AT": f"{in_an_hour:%M %H} * * *",
    }
    secrets = {name: live.env[name] for name in SETTINGS} | service
    held = act("schedule", secrets=secrets, number=1)
    assert [message["status"] for message in live.twilio.messages] == ["scheduled"], held.stdout
    stopped = act("workflow_dispatch", "stop, cancel what is held", secrets=secrets, number=2)
    assert stopped.returncode == 0, stopped.stdout
    assert [message["status"] for message in live.twilio.messages] == ["canceled"]
    assert "1 text canceled." in stopped.stdout


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


def test_checking_the_setup_sends_nothing_and_asks_github_too(act: Act, live: Sandbox) -> None:
    done = act("workflow_dispatch", "check my setup, send nothing")
    assert done.returncode != 0  # an American sender that is not registered
    assert "ok      openweather key: OpenWeather takes it" in done.stdout
    assert "ok      schedule: GitHub runs the workflow by itself" in done.stdout
    assert "FAIL    registration: American and Canadian carriers block senders" in done.stdout
    assert live.twilio.messages == []


def test_a_copy_without_secrets_stays_green_until_someone_presses_the_button(act: Act) -> None:
    scheduled = act("schedule", secrets={})
    assert scheduled.returncode == 0, scheduled.stdout + scheduled.stderr
    assert "No settings yet" in scheduled.stdout
    pressed = act("workflow_dispatch", "send the text now", secrets={})
    assert pressed.returncode != 0
    assert "2 settings to fix" in pressed.stdout


def test_a_refusal_of_twilios_fails_the_run_with_the_fix(act: Act, live: Sandbox) -> None:
    live.twilio.refuse("+15550123467", 21608)
    done = act("schedule")
    assert done.returncode != 0
    assert "NOT SENT" in done.stdout
    assert "verif" in done.stdout


def test_one_file_in_another_repository_does_it_all(
    act: Act, live: Sandbox, caller: Path, tmp_path: Path
) -> None:
    """The file docs/caller.yml, with an ntfy topic, does the same job; its ledger persists."""
    secrets = {name: live.env[name] for name in ("OPENWEATHER_API_KEY", "WEATHER_PLACE")} | {
        "WEATHER_TO": TOPIC
    }
    for number in (1, 2):
        done = act(
            "workflow_dispatch", "send the text now", secrets=secrets, number=number, cwd=caller
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "1. handed over" in done.stdout
    assert [event["title"].split()[0] for event in live.ntfy.events] == ["San", "San"]
    assert (tmp_path / "store" / "ledger.db").stat().st_size > 0
    scheduled = act("schedule", secrets=secrets, number=3, cwd=caller)
    assert scheduled.returncode == 0, scheduled.stdout + scheduled.stderr
    for personal in (
        "San Francisco",
        "94112",
        TOPIC.removeprefix("ntfy://"),
        live.env["OPENWEATHER_API_KEY"],
    ):
        assert personal not in _shown(done.stdout + scheduled.stdout)


def test_no_step_but_the_programs_has_a_secret_in_its_environment(
    act: Act, live: Sandbox, caller: Path, environments: Path
) -> None:
    secrets = {
        "OPENWEATHER_API_KEY": live.env["OPENWEATHER_API_KEY"],
        "WEATHER_PLACE": live.env["WEATHER_PLACE"],
        "WEATHER_TO": TOPIC,
    }
    done = act("workflow_dispatch", "send the text now", secrets=secrets, cwd=caller)
    assert len(live.ntfy.events) == 1, done.stdout + done.stderr  # the program has them
    seen = {file.name: file.read_text("utf-8") for file in environments.iterdir()}
    assert sorted(seen) == ["cache-restore", "cache-save", "checkout", "install"]
    assert [
        (step, name)
        for step, environment in seen.items()
        for name, value in secrets.items()
        if value in environment or name in environment
    ] == []


def test_no_step_but_the_programs_is_given_a_secret() -> None:
    workflow = read(FOLDER / "weather.yml")
    steps = workflow["jobs"]["text"].pop("steps")
    given = [step for step in steps if mentions_of_secrets(step)]
    assert [step.get("name") for step in given] == ["Weather"]
    assert mentions_of_secrets({**given[0], "env": {}}) == []
    assert mentions_of_secrets(workflow) == []


def test_the_projects_own_tests_are_given_no_secret() -> None:
    assert mentions_of_secrets(read(FOLDER / "tests.yml")) == []


def test_the_file_that_calls_passes_each_secret_by_its_name_and_nowhere_else() -> None:
    workflow = read(CALLER)
    passed = workflow["jobs"]["weather"].pop("secrets")
    assert passed == {name: f"${{{{ secrets.{name} }}}}" for name in passed}
    assert mentions_of_secrets(workflow) == []


def test_what_installs_the_program_runs_no_build_backend(
    program: Callable[[str], str], tmp_path: Path
) -> None:
    """The newest version of a backend is in no lock, and could take what it finds."""
    folder = tmp_path / "weather-sms"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (folder / "evil.py").write_text(EVIL_BACKEND, "utf-8")
    pyproject = (folder / "pyproject.toml").read_text("utf-8")
    evil = '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(
        re.sub(r"^\[build-system\](\n.+)*\n", evil, pyproject), "utf-8"
    )
    path = os.pathsep.join([str(Path(program("pip")).parent), os.environ["PATH"]])

    def run(script: str) -> int:
        command = ["bash", "-e", "-c", script]
        return subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}).returncode

    (install,) = (
        step["run"]
        for step in read(FOLDER / "weather.yml")["jobs"]["text"]["steps"]
        if step.get("name") == "Install"
    )
    installed = run(install)
    assert not (folder / "stolen").exists()
    assert installed == 0
    assert run(".venv/bin/python -m weather_sms demo") == 0
    run(".uv/bin/uv sync --locked --no-dev")  # as an install that builds would
    assert (folder / "stolen").exists()


def read(workflow: Path) -> Any:
    return YAML(typ="safe").load(workflow)


def mentions_of_secrets(part: Any) -> list[str]:
    """Every value in a part of a workflow that is made of a secret, or of the job's token."""
    if isinstance(part, dict):
        return mentions_of_secrets(list(part.values()))
    if isinstance(part, list):
        return [found for each in part for found in mentions_of_secrets(each)]
    return [part] if re.search(r"\bsecrets\b|\bgithub\.token\b", str(part)) else []


def test_a_called_workflow_takes_the_code_that_lies_beside_it() -> None:
    """`job.workflow_*` are those of the file that defines the job (actions/checkout#1418)."""
    text = (FOLDER / "weather.yml").read_text("utf-8")
    assert "repository: ${{ job.workflow_repository }}" in text
    assert "ref: ${{ job.workflow_sha }}" in text


def test_the_file_that_calls_offers_what_the_workflow_offers() -> None:
    own, called = CALLER.read_text("utf-8"), (FOLDER / "weather.yml").read_text("utf-8")
    choices = re.findall(r"^          - (\w.*)$", called, re.M)
    assert choices
    assert [choice for choice in choices if choice not in own] == []
    assert re.findall(r"cron: .*", own) == re.findall(r"cron: .*", called)
    assert len(own.splitlines()) <= 25


@pytest.mark.parametrize("is_template", [True, False])
def test_the_projects_own_tests_run_only_where_it_is_the_template(
    program: Callable[[str], str], tmp_path: Path, is_template: bool
) -> None:
    folder = repository_with(FOLDER / "tests.yml", tmp_path / "mine")
    (folder / ".ci").mkdir()
    (folder / ".ci" / "run").write_text("echo the tests run\n", "utf-8")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"is_template": is_template}}), "utf-8")
    command = [
        program("act"),
        "push",
        "--eventpath",
        str(event),
        "-P",
        "ubuntu-latest=-self-hosted",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("| the tests run" in done.stdout) == is_template


def _shown(log: str) -> str:
    """Return a log as GitHub shows it: without commands, such as those that say what to mask."""
    return "\n".join(line for line in log.splitlines() if "::add-mask::" not in line)


def test_the_workflows_have_no_known_weakness(program: Callable[[str], str]) -> None:
    command = [program("zizmor"), "--offline", "--persona=pedantic", str(FOLDER)]
    subprocess.run(command, check=True, cwd=ROOT)


def test_the_workflows_follow_githubs_schema(program: Callable[[str], str]) -> None:
    command = [
        program("check-jsonschema"),
        "--builtin-schema",
        "vendor.github-workflows",
        *map(str, [*FILES, CALLER]),
    ]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_githubs_own_pinned_by_commit_with_their_version(file: Path) -> None:
    uses = re.findall(r"uses: (.*)", file.read_text("utf-8"))
    assert uses
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+(\.\d+)*", use) for use in uses), (
        uses
    )


def test_every_setting_reaches_the_workflow() -> None:
    from weather_sms.settings import NAMES

    text = (FOLDER / "weather.yml").read_text("utf-8")
    assert [name for name in NAMES if f"{name}: ${{{{ secrets.{name} " not in text] == []
    assert [name for name in NAMES if f"      {name}: {{ required: false }}" not in text] == []


def test_the_workflows_stay_shorter_than_what_they_run() -> None:
    assert sum(len(file.read_text("utf-8").splitlines()) for file in FILES) < 200
