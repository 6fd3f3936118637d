"""Measure the wall time of `send --now` beside that of a plain script.

Everything runs in an environment of its own, installed as users install it and compiled. A loopback
sandbox, in a process of its own, takes 150 ms for each answer. Runs alternate; the ratio is the
median over pairs.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

PAIRS = 9
ZONE = "America/Los_Angeles"
LATENCY_S = 0.15
INSTALL = ["uv", "sync", "--locked", "--no-dev", "--no-editable", "--compile-bytecode", "--quiet"]
INSTALL += ["--reinstall-package", "weather-sms"]  # uv would take a wheel it built of older code
PLAIN_SCRIPT = Path(__file__).with_name("plain_script.py")
SERVER = f"""
import json, sys
from datetime import datetime
from zoneinfo import ZoneInfo
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
fair = DAYS["fair"]
sandbox = Sandbox(days=(fair.on(datetime.now(ZoneInfo(fair.timezone)).date()),))
with sandbox.serve({LATENCY_S}):
    print(json.dumps(sandbox.env), flush=True)
    sys.stdin.read()
"""


def wall_s(command: list[str], env: dict[str, str]) -> float:
    """Seconds from start to end of a command that must succeed."""
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def cpu_s(command: list[str], env: dict[str, str] | None = None) -> float:
    """CPU seconds of one run of a command; without settings unless some are given."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=env or {}, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(bin_folder: Path, place: str, env: dict[str, str]) -> None:
    """Print the times and the ratio for one way to write the place."""
    env = env | {"WEATHER_PLACE": place}
    send = [str(bin_folder / "weather-sms"), "send", "--now"]
    plain_script = [str(bin_folder / "python"), str(PLAIN_SCRIPT)]
    pairs = [(wall_s(send, env), wall_s(plain_script, env)) for _ in range(PAIRS + 1)][1:]
    ours, plain = (median(times) for times in zip(*pairs, strict=True))
    ratio = median(ours / plain for ours, plain in pairs)
    print(
        f"{'send --now ' + place:<28}{ours:>8.3f} s   plain script {plain:.3f} s   ratio "
        f"{ratio:.2f}"
    )


def measure(bin_folder: Path) -> None:
    """Print all figures of an environment."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        far_from_now = datetime.now(ZoneInfo(ZONE)) - timedelta(hours=10)
        env = dict(os.environ) | json.loads(server.stdout.readline())
        env |= {
            "WEATHER_AT": f"{far_from_now:%M %H} * * *",
            "WEATHER_STATE": f"sqlite:///{bin_folder.parent}/ledger.db",
        }
        compare(bin_folder, "94112", env)
        compare(bin_folder, "37.72,-122.44", env)
        server.communicate()
        idle = median(cpu_s([str(bin_folder / "weather-sms"), "send"], env) for _ in range(PAIRS))
    for argument in ("--help", "send"):
        seconds = median(cpu_s([str(bin_folder / "weather-sms"), argument]) for _ in range(PAIRS))
        print(f"{'weather-sms ' + argument:<28}{seconds:>8.3f} s of CPU without settings")
    print(f"{'weather-sms send':<28}{idle:>8.3f} s of CPU with nothing due")


def main() -> int:
    """Install, then print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(INSTALL, env=os.environ | {"UV_PROJECT_ENVIRONMENT": folder}, check=True)
        measure(Path(folder) / "bin")
    return 0


if __name__ == "__main__":
    sys.exit(main())
