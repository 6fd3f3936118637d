"""The rules of the house: who may import whom, what is imported when, and where words stand."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "weather_sms"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Files that do no input or output; a name ending in / is a whole room.
CORE = (
    "errors.py", "forecast.py", "place.py", "receiver.py", "schedule.py", "text/",
    "delivery/plan.py", "ledger/row.py", "report/punctuality.py",
)  # fmt: skip
SERVICES = {"weather", "channels"}
NO_IO = {
    "os", "sys", "time", "socket", "httpx", "subprocess", "pathlib", "random", "threading",
    "logging",
}  # fmt: skip
# Every room, and what it may import of the others. `delivery` holds settings and services together.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "forecast": {"errors"},
    "place": {"errors"},
    "receiver": {"errors"},
    "schedule": {"errors"},
    "http": {"clock"},
    "github_api": {"clock", "http"},
    "text": {"forecast"},
    "ledger": {"errors"},
    "weather": {"clock", "errors", "forecast", "http", "ledger", "place"},
    "channels": {"clock", "errors", "http", "receiver"},
    "settings": {"channels", "errors", "place", "receiver", "schedule", "text", "weather"},
    "report": {"forecast", "receiver", "settings", "text"},
    "delivery": {
        "channels", "clock", "errors", "forecast", "github_api", "http", "ledger", "place",
        "receiver", "report", "schedule", "settings", "text", "weather",
    },
    "doctor": {
        "channels", "clock", "delivery", "github_api", "ledger", "receiver", "report", "schedule",
        "settings", "weather",
    },
    "setup": {
        "clock", "delivery", "doctor", "errors", "place", "receiver", "report", "settings", "text",
        "weather",
    },
    "schedulers": {
        "clock", "delivery", "forecast", "http", "ledger", "place", "report", "settings", "weather",
    },
    "commands": {
        "clock", "delivery", "doctor", "forecast", "github_api", "http", "ledger",
        "report", "sandbox", "schedulers", "settings", "setup", "text", "weather",
    },
    "sandbox": {"text", "weather"},
    "cli": {"commands", "report"},
    "__main__": {"cli"},
    "__init__": {"delivery", "settings"},
}  # fmt: skip


# What sends a request on an httpx client. Only http/ may, so that nobody can forget the policy.
SENDING = {"get", "post", "put", "patch", "delete", "head", "options", "request", "send", "stream"}


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


def others(path: Path) -> set[str]:
    """The other rooms that a module imports something of."""
    names = (name.split(".")[1] for name in imports(path) if name.startswith("weather_sms."))
    return set(names) - {"__version__", room(path)}


def in_core(path: Path) -> bool:
    return path.relative_to(PACKAGE).as_posix().startswith(CORE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_from_the_shell_to_the_core(path: Path) -> None:
    assert others(path) <= MAY_IMPORT[room(path)]


def test_the_rooms_stand_in_an_order_without_circles() -> None:
    assert set(MAY_IMPORT) == {room(path) for path in MODULES}
    TopologicalSorter(MAY_IMPORT).prepare()


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if in_core(path)],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_the_core_does_no_input_or_output(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & NO_IO
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    calls = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    assert not calls & {"now", "today", "utcnow", "environ", "getenv"}


def test_services_do_not_know_each_other() -> None:
    for path in MODULES:
        if room(path) in SERVICES:
            assert not others(path) & (SERVICES | {"settings"}), path


def names_a_client(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in {"client", "_client", "httpx"}


def sends_by_itself(node: ast.AST) -> bool:
    """Whether a node is a way past `http.send`: a call on a client, or httpx's extensions."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in SENDING and names_a_client(node.func.value)
    return "extensions" in {getattr(node, field, None) for field in ("attr", "arg", "id")}


@pytest.mark.parametrize(
    "written",
    ["client.get(url)", "self._client.request('DELETE', url)", "httpx.post(url)",
     "client.build_request('GET', url, extensions={})", "request.extensions['timeout']"],
)  # fmt: skip
def test_a_way_past_the_one_send_is_recognized(written: str) -> None:
    assert any(map(sends_by_itself, ast.walk(ast.parse(written))))


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if room(path) != "http"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_every_request_goes_out_through_the_one_send(path: Path) -> None:
    assert not any(map(sends_by_itself, ast.walk(ast.parse(path.read_text("utf-8")))))


@pytest.mark.parametrize("arguments", [["--help"], ["send"], ["send", "--help"], ["preview"]])
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str]) -> None:
    code = (
        "import sys; from weather_sms.cli import main; code = main(sys.argv[1:])\n"
        "heavy = {'twilio', 'httpx', 'rich', 'tzfpy', 'msgspec'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_tick_with_nothing_to_do_imports_no_service() -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from weather_sms import Settings, tick\n"
        "from weather_sms.ledger.sqlite import SqliteLedger\n"
        "class Clock: now = staticmethod(lambda: datetime(2026, 11, 23, 14, tzinfo=UTC))\n"
        "env = {'WEATHER_TO': 'ntfy://a-topic', 'WEATHER_PLACE': 'Lyon,FR', "
        "'WEATHER_TIMEZONE': 'Europe/Paris', 'WEATHER_LOOK_AHEAD': '1h'}\n"
        "ledger = SqliteLedger(':memory:', Clock.now())\n"
        "assert tick(Settings.from_env(env), clock=Clock, ledger=ledger).idle\n"
        "heavy = {'twilio', 'httpx', 'tzfpy', 'msgspec'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_twilio_is_imported_while_the_weather_is_on_its_way() -> None:
    code = (
        "import sys, httpx; from weather_sms import Settings, tick\n"
        "from weather_sms.ledger.sqlite import SqliteLedger\n"
        "from weather_sms.sandbox import Sandbox\n"
        "from weather_sms.sandbox.demo import FixedClock\n"
        "s = Sandbox(); clock = FixedClock(s.days[0].moment); s.now = clock.now; seen = []\n"
        "def handle(request): seen.append('twilio.rest' in sys.modules); return s.handle(request)\n"
        "tick(Settings.from_env(s.env), clock=clock, transport=httpx.MockTransport(handle), "
        "send_now=True, ledger=SqliteLedger(':memory:', clock.now()))\n"
        "assert seen[0] is False and seen[-1] is True and s.twilio.messages, seen"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_preview_does_not_import_twilio() -> None:
    code = (
        "import sys; from weather_sms import Settings, preview\n"
        "from weather_sms.sandbox import Sandbox\n"
        "from weather_sms.sandbox.demo import FixedClock\n"
        "s = Sandbox()\n"
        "preview(Settings.from_env(s.env, sending=False), clock=FixedClock(s.days[0].moment), "
        "transport=s.transport)\n"
        "assert 'twilio' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_nothing_stands_at_the_top_but_what_was_agreed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    assert {name.split("/")[0] for name in tracked.stdout.splitlines()} <= {
        ".ci", ".github", ".gitignore", "LICENSE", "README.md", "docs", "pyproject.toml", "tests",
        "uv.lock", "weather_sms",
    }  # fmt: skip
