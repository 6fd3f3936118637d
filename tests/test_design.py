"""The rules of the house: who may import whom, what is imported when, and that no words stand outside the words."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "weather_sms"
MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = {"forecast", "gsm7", "place", "due", "style", "message", "phrases", "briefing", "words", "receiver", "diary"}
SERVICES = {"weather", "channels"}
NO_IO = {"os", "sys", "time", "socket", "httpx", "subprocess", "pathlib", "random", "threading", "logging"}
# What a room may import of the others; the shell (cli, job, report, github) may import all of them.
MAY_IMPORT = {
    "forecast": set[str](),
    "gsm7": set[str](),
    "place": set[str](),
    "due": set[str](),
    "words": {"words", "gsm7"},
    "style": {"words"},
    "briefing": {"briefing", "forecast"},
    "phrases": {"briefing", "gsm7", "style", "words"},
    "message": {"briefing", "gsm7", "phrases", "style", "words"},
    "clock": set[str](),
    "http": {"clock"},
    "senses": {"forecast", "weather"},
    "atlas": {"forecast", "ledger", "place"},
    "weather": {"weather", "forecast", "place", "http", "clock"},
    "channels": {"channels", "http", "clock", "receiver"},
    "receiver": set[str](),
    "settings": {"settings", "channels", "due", "place", "receiver", "words"},
    "ledger": {"ledger", "due"},
    "report": {"receiver", "diary"},
    "summary": {"github", "report"},
    "chart": {"forecast", "github", "style"},
    "github": set[str](),
    "github_api": {"http", "clock"},
    "diary": set[str](),
    "sandbox": {"sandbox", "gsm7"},
    "schedulers": {
        "schedulers",
        "job",
        "output",
        "report",
        "settings",
        "services",
        "ledger",
        "clock",
        "http",
        "place",
        "forecast",
        "weather",
    },
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Everything a module imports, anywhere in it, as dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "weather_sms"
                else {node.module or ""}
            )
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_from_the_shell_to_the_core(path: Path) -> None:
    if room(path) not in MAY_IMPORT:
        return
    own = {name.split(".")[1] for name in imports(path) if name.startswith("weather_sms.")} - {"__version__"}
    assert own <= MAY_IMPORT[room(path)]


@pytest.mark.parametrize(
    "path", [p for p in MODULES if room(p) in CORE], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_core_does_no_input_or_output(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & NO_IO
    calls = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not calls & {"now", "today", "utcnow", "environ", "getenv"}


def test_services_do_not_know_each_other() -> None:
    for path in MODULES:
        if room(path) in SERVICES:
            others = {f"weather_sms.{name}" for name in SERVICES - {room(path)}}
            assert not any(name.startswith(tuple(others)) for name in imports(path)), path


@pytest.mark.parametrize("arguments", [["--help"], ["send"], ["send", "--help"], ["preview"]])
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str]) -> None:
    code = (
        "import sys; from weather_sms.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'twilio', 'httpx', 'rich', 'tzfpy', 'msgspec'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_twilio_is_imported_while_the_weather_is_on_its_way() -> None:
    code = (
        "import sys, httpx; from weather_sms import Settings, tick; from weather_sms.sandbox import Sandbox;"
        "from weather_sms.sandbox.demo import FixedClock; from weather_sms.ledger.sqlite import SqliteLedger\n"
        "s = Sandbox(); clock = FixedClock(s.days[0].moment); s.now = clock.now; seen = []\n"
        "def handle(request): seen.append('twilio.rest' in sys.modules); return s.handle(request)\n"
        "tick(Settings.from_env(s.env), clock=clock, transport=httpx.MockTransport(handle), send_now=True,"
        "     ledger=SqliteLedger(':memory:', clock.now()))\n"
        "assert seen[0] is False and seen[-1] is True and s.twilio.messages, seen"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_preview_does_not_import_twilio() -> None:
    code = (
        "import sys; from weather_sms import Settings; from weather_sms.job import preview;"
        "from weather_sms.sandbox import Sandbox; from weather_sms.sandbox.demo import FixedClock; s = Sandbox();"
        "preview(Settings.from_env(s.env, sending=False), clock=FixedClock(s.days[0].moment), transport=s.transport);"
        "assert 'twilio' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_nothing_stands_at_the_top_but_what_was_agreed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    assert {name.split("/")[0] for name in tracked.stdout.splitlines()} <= {
        ".ci", ".github", ".gitignore", "LICENSE", "README.md", "docs", "pyproject.toml", "tests", "uv.lock", "weather_sms",
    }  # fmt: skip
