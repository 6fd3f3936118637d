"""Measure how punctual the texts are on GitHub's own schedule.

Run times are replayed through `tick()` on a simulated clock. They are those of a file
(`--run-times`: a UTC time in ISO 8601 a line), else of a model with the figures of a public hourly
workflow from November 2025 to April 2026 (gaps: median 60 min, p95 about 110, one of 8 hours; one
run in twenty dropped). Each cron line of ours takes the same trace, moved by its own number of
weeks and by half an hour, so that the lines are late on their own; the year repeats the trace.
Injected, at random: runs that come twice, forecasts that change, every kind of call failing (before
and after it was processed), a log that lags up to 10 minutes, and runners that die in mid-tick,
whose ledger is never saved.

`python -m tests.benchmarks.punctuality [--seeds 20] [--days 365] [--run-times FILE]` for the full
table; 1 seed over 60 days otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from weather_sms import Settings, tick
from weather_sms.delivery.tick import Run
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS, SampleDay, forecast
from weather_sms.sandbox.demo import FixedClock

START = datetime(2026, 1, 5, tzinfo=UTC)
LINES, HOUR, WEEK = 2, timedelta(hours=1), timedelta(days=7)
SYDNEY = replace(
    DAYS["fair"],
    name="Sydney",
    country="AU",
    zip="2000",
    latitude=-33.87,
    longitude=151.21,
    timezone="Australia/Sydney",
)
PLACES = (DAYS["fair"], DAYS["storm"], DAYS["rain"], SYDNEY)
DIES, COMES_TWICE, CALL_FAILS = 0.01, 0.02, 0.02
ON_THE_MINUTE = timedelta(seconds=60)


class Died(BaseException):
    """The runner is gone."""


@dataclass(frozen=True)
class Result:
    """What became of the occurrences of one simulation."""

    lateness_min: tuple[float, ...]
    never: int
    twice: int


def recorded_trace(file: Path) -> list[datetime]:
    """The run times of a file, a line each; a line that begins with # is a comment."""
    lines = file.read_text("utf-8").splitlines()
    return [datetime.fromisoformat(line) for line in lines if line and not line.startswith("#")]


def model_trace(days: int) -> list[datetime]:
    """Run times of a model with the real ones' figures."""
    chance = random.Random(0)
    outage = range(1000, 1008)
    hours = [hour for hour in range(days * 24) if chance.random() > 0.05 and hour not in outage]
    late_min = [chance.lognormvariate(3.2, 0.45) for _ in hours]
    return sorted(
        START + hour * HOUR + timedelta(minutes=late)
        for hour, late in zip(hours, late_min, strict=True)
    )


def runs(trace: list[datetime], line: int, seed: int, days: int) -> Iterator[datetime]:
    """When one cron line of ours runs: the trace from another week on, repeated."""
    length = trace[-1] - trace[0] + HOUR
    moved = (seed * 3 + line * 11) % max(1, length // WEEK) * WEEK + line * HOUR / LINES
    for turn in range(-2, int(timedelta(days=days) / length) + 2):
        for at in trace:
            shifted = START + (at - trace[0]) - moved + turn * length
            if START <= shifted < START + timedelta(days=days):
                yield shifted


class Weather(httpx.BaseTransport):
    """The sandbox behind a bad line: calls fail, and the runner may die at any of them."""

    def __init__(self, sandbox: Sandbox, chance: random.Random, dies: bool) -> None:
        self._sandbox, self._chance = sandbox, chance
        self._dies_at = chance.randrange(1, 8) if dies else 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, fail or die, before or after the work is done."""
        self._dies_at -= 1
        dies, fails = self._dies_at == 0, self._chance.random() < CALL_FAILS
        done = (
            self._sandbox.handle(request)
            if not (dies or fails) or self._chance.random() < 0.5
            else None
        )
        if dies:
            raise Died
        if fails:
            status = self._chance.choice((503, 429, 0, 0))
            if status == 503 or (status == 429 and done is None):
                return httpx.Response(status)
            raise httpx.ReadTimeout("slow") if done else httpx.ConnectError("down")
        assert done is not None
        return done


def simulate(place: SampleDay, holds: bool, seed: int, days: int, trace: list[datetime]) -> Result:
    """Every run of a stretch of days, one after the other."""
    chance = random.Random(f"{place.name}{holds}{seed}")
    clock = FixedClock(START)
    sandbox = Sandbox(days=(place,), every_day=True, now=lambda: clock.now())
    sandbox.twilio.log_lag = timedelta(minutes=chance.uniform(0, 10))
    with tempfile.TemporaryDirectory(
        dir="/dev/shm" if Path("/dev/shm").is_dir() else None
    ) as folder:
        ledger = Path(folder) / "ledger.db"
        service = {"TWILIO_MESSAGING_SERVICE_SID": sandbox.twilio.services[0]} if holds else {}
        settings = Settings.from_env(
            sandbox.env | service | {"WEATHER_STATE": f"sqlite:///{ledger}"}
        )
        starts = sorted(at for line in range(LINES) for at in runs(trace, line, seed, days))
        starts = sorted(
            starts + [at + timedelta(seconds=40) for at in starts if chance.random() < COMES_TWICE]
        )
        for number, at in enumerate(starts, 1):
            clock = FixedClock(max(at, clock.now()))
            sandbox.openweather.forecasts[place.name] = newest(place, clock.now(), chance)
            saved = ledger.read_bytes() if ledger.exists() else None
            try:
                line = Weather(sandbox, chance, dies=chance.random() < DIES)
                tick(settings, clock=clock, transport=line, run=Run(number))
            except Died:
                ledger.unlink(missing_ok=True)
                if saved is not None:
                    ledger.write_bytes(saved)
    return judged(sandbox, place, days, starts)


def newest(place: SampleDay, now: datetime, chance: random.Random) -> dict[str, Any]:
    """The day's forecast, every third time three degrees warmer than the one before it."""
    answer = forecast(place.on(now.astimezone(ZoneInfo(place.timezone)).date()))
    for step in answer["list"] if chance.random() < 1 / 3 else []:
        step["main"]["temp"] += 3
    return answer


def judged(sandbox: Sandbox, place: SampleDay, days: int, starts: list[datetime]) -> Result:
    """Compare what left with what was due; the first and the last two days are left out."""
    zone = ZoneInfo(place.timezone)
    left: Counter[str] = Counter()
    first: dict[str, datetime] = {}
    for message in sandbox.twilio.left:
        at = sandbox.twilio.left_at[message["sid"]].astimezone(zone)
        heading = f"{at.year}{message['body'].split(': ')[0].removeprefix(place.name)}"
        left[heading] += 1
        first.setdefault(heading, at)
    lateness, never = [], 0
    for day in range(1, days - 2):
        date = (START + timedelta(days=day)).astimezone(zone).date()
        due = datetime(date.year, date.month, date.day, 7, tzinfo=zone)
        if not promised(due, starts):
            continue
        name = (
            f"{date.year} {date:%a} {date:%b} {date.day}"
            if place.country != "GB"
            else f"{date.year} {date:%a} {date.day} {date:%b}"
        )
        if name in first:
            lateness.append((first[name] - due).total_seconds() / 60)
        else:
            never += 1
    return Result(tuple(lateness), never, sum(1 for count in left.values() if count > 1))


def promised(due: datetime, starts: list[datetime]) -> bool:
    """Whether a run came in the window around the time, without which nothing is promised."""
    return (
        sum(1 for at in starts if due - timedelta(minutes=10) <= at <= due + timedelta(hours=4))
        >= 1
    )


def scripts(trace: list[datetime], seeds: int, days: int) -> Iterator[tuple[str, Result]]:
    """The two usual scripts in the same world, without any failure injected."""
    daily, hourly = [], []
    for place in PLACES:
        zone = ZoneInfo(place.timezone)
        for seed in range(seeds):
            starts = list(runs(trace, 0, seed, days))
            daily.append(_script(starts, zone, days, by_hour=False))
            hourly.append(_script(starts, zone, days, by_hour=True))
    yield "a daily cron line", _joined(daily)
    yield "hourly: is it 7 o'clock?", _joined(hourly)


def _script(starts: list[datetime], zone: ZoneInfo, days: int, by_hour: bool) -> Result:
    lateness, never, twice = [], 0, 0
    winter_hour = datetime(2026, 1, 5, 7, tzinfo=zone).astimezone(UTC).time()
    for day in range(1, days - 2):
        date = (START + timedelta(days=day)).astimezone(zone).date()
        due = datetime(date.year, date.month, date.day, 7, tzinfo=zone)
        if by_hour:
            hits = [
                at
                for at in starts
                if at.astimezone(zone).date() == date and at.astimezone(zone).hour == 7
            ]
        else:
            planned = datetime.combine(due.astimezone(UTC).date(), winter_hour, UTC)
            hits = [at for at in starts if planned <= at < planned + HOUR][:1]
        twice += len(hits) > 1
        never += not hits
        lateness += [(hits[0] - due).total_seconds() / 60] if hits else []
    return Result(tuple(lateness), never, twice)


def _joined(results: list[Result]) -> Result:
    lateness = tuple(late for result in results for late in result.lateness_min)
    return Result(lateness, sum(r.never for r in results), sum(r.twice for r in results))


def row(name: str, result: Result) -> str:
    """One line of the table."""
    late = sorted(result.lateness_min)
    minute = sum(1 for each in late if abs(each) <= ON_THE_MINUTE.total_seconds() / 60) / max(
        1, len(late)
    )
    p95 = late[int(len(late) * 0.95)] if late else 0.0
    return (
        f"{name:<34}{len(late) + result.never:>7}{minute:>12.1%}{median(late or [0]):>10.1f}"
        f"{p95:>9.1f}{result.never:>7}{result.twice:>7}"
    )


def main() -> int:
    """Print the table; 1 if any text was sent twice or never."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--run-times", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    if chosen.run_times and not chosen.run_times.is_file():
        parser.error(f"{chosen.run_times} is not a file")
    trace = recorded_trace(chosen.run_times) if chosen.run_times else model_trace(180)
    gaps = sorted((b - a).total_seconds() / 60 for a, b in pairwise(trace))
    print(
        f"run times: {chosen.run_times or 'a model'}, gaps median {median(gaps):.0f}, p95 "
        f"{gaps[int(len(gaps) * 0.95)]:.0f}, longest {gaps[-1]:.0f} min"
    )
    print(
        f"{chosen.seeds} seeds x {chosen.days} days; {LINES} cron lines; dying {DIES:.0%}, twice "
        f"{COMES_TWICE:.0%}, calls failing {CALL_FAILS:.0%}"
    )
    print(
        f"{'':<34}{'texts':>7}{'on minute':>12}{'median':>10}{'p95 min':>9}{'never':>7}{'twice':>7}"
    )
    wrong = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for holds in (True, False):
            for place in PLACES:
                seeds = range(chosen.seeds)
                futures = [
                    pool.submit(simulate, place, holds, seed, chosen.days, trace) for seed in seeds
                ]
                result = _joined([future.result() for future in futures])
                wrong += result.never + result.twice
                service = "Messaging Service" if holds else "number only"
                print(row(f"{ZoneInfo(place.timezone)}, {service}"[:33], result), flush=True)
    for name, result in scripts(trace, chosen.seeds, chosen.days):
        print(row(name, result))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
