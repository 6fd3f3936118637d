"""Many subscriptions at once, on a loopback sandbox that takes 50 ms for each answer: one process, then Celery.

    python -m tests.benchmarks.scale [--subscriptions 10000] [--places 500]

Beside them the plain script's loop: for each subscription one weather call and one message. It is measured on a few.
Every subscription is due once; the sandbox counts what it was asked for. Sandbox and Valkey run on the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = "America/Los_Angeles"
LATENCY_S = 0.05
PLAIN_MEASURED = 200
PATIENCE_S = 900
SAMPLE_S = 0.2
SERVER = f"""
import json, sys
from collections import Counter
from weather_sms.sandbox import Sandbox
sandbox = Sandbox(every_day=True)
with sandbox.serve({LATENCY_S}):
    print(json.dumps(sandbox.env), flush=True)
    for _ in sys.stdin:
        texts = Counter(message["to"] for message in sandbox.twilio.messages)
        asked = [(r.url.path, r.url.params["lat"], r.url.params["lon"]) for r in list(sandbox.requests) if r.method == "GET" and "lat" in r.url.params]
        weather = Counter(place for path, *place in map(lambda a: (a[0], *a[1:]), asked) for place in [tuple(place)] if "/data/" in path)
        found = {{"texts": sum(texts.values()), "receivers": len(texts), "most": max(texts.values(), default=0),
                 "weather": sum(weather.values()), "places": len(weather), "most_weather": max(weather.values(), default=0)}}
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
    params = {"lat": "37.72", "lon": "-122.44", "units": "imperial", "appid": os.environ["OPENWEATHER_API_KEY"]}
    weather = requests.get(os.environ["OPENWEATHER_BASE_URL"] + "/data/2.5/weather", params=params, timeout=10).json()
    body = f"Good morning! Today the weather is {weather['main']['temp']} degrees F"
    client.messages.create(to=f"+1555{number:07}", from_=os.environ["TWILIO_SENDER_NUMBER"], body=body)
"""


class World:
    """A sandbox in a process of its own, and the settings for its subscriptions."""

    def __init__(self, server: subprocess.Popen[str], env: dict[str, str]) -> None:
        self._server, self.env = server, env

    def counts(self) -> dict[str, int]:
        """What the sandbox was asked for."""
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write("\n")
        self._server.stdin.flush()
        found: dict[str, int] = json.loads(self._server.stdout.readline())
        return found


@contextmanager
def world(folder: Path, subscriptions: int, places: int) -> Iterator[World]:
    """Subscriptions that were due a minute ago, with a sandbox."""
    at = datetime.now(ZoneInfo(ZONE)) - timedelta(minutes=1)
    tables = "".join(
        f'[[subscription]]\nto = "+1555{i:07}"\nplace = "{37 + i % places / 100:.2f},-122.44"\nat = "{at:%H:%M}"\n'
        for i in range(subscriptions)
    )
    (folder / "people.toml").write_text(tables, "utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout and server.stdin
        env = os.environ | json.loads(server.stdout.readline())
        env |= {"WEATHER_SUBSCRIPTIONS": str(folder / "people.toml"), "WEATHER_STATE": f"sqlite:///{folder}/ledger.db"}
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


def say(name: str, counts: dict[str, int], seconds: float, memory_mb: float, plain_s: float, said: str = "") -> None:
    """Print one row."""
    rate, once = counts["texts"] / seconds, counts["texts"] == counts["receivers"] and counts["most"] == 1
    print(
        f"{name:<24}{counts['texts']:>7} texts {seconds:>7.1f} s {rate:>7.1f}/s {rate * plain_s:>6.1f} x plain"
        f"  weather {counts['weather']} for {counts['places']} places (at most {counts['most_weather']} each)"
        f"  {memory_mb:.0f} MB{said}  {'each once' if once else 'NOT each once'}",
        flush=True,
    )


def main() -> int:
    """Print all figures; 1 if a text came twice or not at all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--places", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with world(folder, 1, 1) as one:
            seconds, memory = ran([sys.executable, "-c", PLAIN, str(PLAIN_MEASURED)], one.env)
            plain_s = seconds / PLAIN_MEASURED
            say(
                "the plain loop",
                one.counts(),
                seconds,
                memory,
                plain_s,
                f" ({plain_s * asked.subscriptions:.0f} s for all)",
            )
        with world(folder, asked.subscriptions, asked.places) as many:
            seconds, memory = ran([sys.executable, "-m", "weather_sms", "send", "--json"], many.env)
            say("one process", many.counts(), seconds, memory, plain_s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
