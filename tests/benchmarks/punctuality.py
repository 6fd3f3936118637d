"""Measure how punctual the texts are in a world as unkind as the real one.

Run times are replayed through `tick()` on a simulated clock: those of a file (`--run-times`: a UTC
time in ISO 8601 a line), else of a model. `tests/simulation/` has the world: what goes wrong in it,
and what the promise covers. A violation can be reproduced:

    python -m tests.benchmarks.punctuality --only many:created --seed 3 --until 2026-03-09 --trace
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

from tests.simulation import run_times
from tests.simulation.history import Event, History
from tests.simulation.judge import LOST, Verdict, Violation
from tests.simulation.scenarios import BEGINNINGS, Scenario, judged, scenarios, simulate

Trace = tuple[datetime, ...]
SHORT, SHOWN_OF_A_KIND, SHOWN_EVENTS = 20, 2, 14
BEFORE, AFTER = timedelta(hours=14), timedelta(minutes=5)
COLUMNS = "texts", "on minute", "median", "p95 min", "never", "promised", "twice", "red", "calls"


@dataclass(frozen=True, slots=True)
class Done:
    """One simulation, and what is shown of its violations."""

    scenario: Scenario
    seed: int
    verdict: Verdict
    shown: tuple[tuple[Violation, tuple[Event, ...]], ...]
    cpu_s: float


def one(scenario: Scenario, seed: int, days: int, trace: Trace) -> Done:
    """Simulate and judge."""
    began = time.process_time()
    history = simulate(scenario, seed, days, trace)
    verdict = judged(scenario, history)
    of_kind, shown = Counter[str](), []
    for each in verdict.violations:
        of_kind[each.kind] += 1
        if of_kind[each.kind] <= SHOWN_OF_A_KIND:
            shown.append((each, tuple(around(history, each))))
    return Done(scenario, seed, verdict, tuple(shown), time.process_time() - began)


def around(history: History, violation: Violation) -> Sequence[Event]:
    """The last events that concern a violation, without the runs in which nothing happened."""
    near, to = violation.near, violation.occurrence.to
    since, until = near - BEFORE, near + AFTER
    found = [each for each in history.events if since <= each.at <= until and each.to in ("", to)]
    telling = [
        event
        for event, following in pairwise([*found, Event(until, "", "run")])
        if not (_is_of_a_run(event) and _is_of_a_run(following))
    ]
    return telling[-SHOWN_EVENTS:]


def _is_of_a_run(event: Event) -> bool:
    return event.words.startswith("run")


def row(name: str, all_done: list[Done]) -> str:
    """One line of the table."""
    verdicts = [done.verdict for done in all_done]
    late = sorted(each.total_seconds() / 60 for v in verdicts for each in v.lateness)
    texts = max(1, sum(v.texts for v in verdicts))
    minute = sum(v.on_the_minute * v.texts for v in verdicts) / texts
    p95 = late[int(len(late) * 0.95)] if late else 0.0
    calls = sum(v.creates + v.cancels for v in verdicts) / max(1, len(late))
    promised = all_done[0].scenario.promised
    missed = sum(v.count("missed") + v.count(LOST) for v in verdicts)
    red = sum(len(v.violations) for v in verdicts)
    return (
        f"{name:<24}{texts:>6}{minute:>11.1%}{median(late or [0]):>9.1f}{p95:>9.1f}"
        f"{sum(v.never for v in verdicts):>7}{missed if promised else '-':>10}"
        f"{sum(v.twice for v in verdicts):>7}{red if promised else '-':>6}{calls:>7.2f}"
    )


def first_violations(all_done: Iterable[Done]) -> Iterator[str]:
    """The first of each kind, with what happened before them."""
    of_kind = Counter[str]()
    for done in (done for done in all_done if done.scenario.promised):
        for violation, events in done.shown:
            of_kind[violation.kind] += 1
            if of_kind[violation.kind] > SHOWN_OF_A_KIND:
                continue
            until = (violation.occurrence.at + timedelta(days=2)).date()
            yield f"\n{violation.kind}: {violation.occurrence}; {violation.words}"
            yield f"  --only {done.scenario.name} --seed {done.seed} --until {until} --trace"
            yield from map(line, events)


def line(event: Event) -> str:
    """One event of a trace."""
    return f"  {event.at:%m-%d %H:%M:%S}  {f'..{event.to[-4:]} ' if event.to else ''}{event.words}"


def main(argv: list[str] | None = None) -> int:
    """Print the table and the first violations; with --strict 1 if there are any."""
    parser, chosen = _arguments(argv)
    if chosen.run_times and not chosen.run_times.is_file():
        parser.error(f"{chosen.run_times} is not a file")
    found = run_times.recorded(chosen.run_times) if chosen.run_times else run_times.model()
    all_scenarios = list(scenarios(range(0, 60, 60 // chosen.shifts)))
    if chosen.only:
        all_scenarios = [each for each in all_scenarios if chosen.only in (each.name, each.row)]
    if not all_scenarios:
        parser.error(f"there is no scenario {chosen.only}")
    seeds = [chosen.seed] if chosen.seed is not None else list(range(chosen.seeds))
    jobs = [(scenario, seed) for scenario in all_scenarios for seed in seeds]
    if chosen.trace:
        for scenario, seed in jobs:
            _print_trace(scenario, seed, _days(chosen, seed), tuple(found))
        return 0
    print(f"run times: {chosen.run_times or 'a model'}; {len(seeds)} seeds x {chosen.days} days")
    print(
        f"{'':<24}"
        + "".join(
            f"{name:>{width}}"
            for name, width in zip(COLUMNS, (6, 11, 9, 9, 7, 10, 7, 6, 7), strict=True)
        )
    )
    began = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [
            pool.submit(one, scenario, seed, _days(chosen, seed), tuple(found))
            for scenario, seed in jobs
        ]
        done = [future.result() for future in futures]
    for name, group in groupby(done, key=lambda each: each.scenario.row):
        print(row(name, list(group)))
    return conclude(done, time.monotonic() - began, chosen.days, chosen.strict)


def conclude(done: list[Done], took_s: float, days: int, strict: bool) -> int:
    """Print the first violations and the sum; 1 if any counts."""
    kinds = Counter(
        each.kind for one in done if one.scenario.promised for each in one.verdict.violations
    )
    for text in first_violations(done):
        print(text)
    all_days, cpu_s = len(done) * days, sum(each.cpu_s for each in done)
    print(f"\n{all_days} days in {took_s:.0f} s, {all_days / cpu_s:.0f} days per second of CPU")
    if kinds:
        of_kinds = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        print(f"red: {kinds.total()} violations ({of_kinds})")
    return int(bool(kinds) and strict)


def _days(chosen: argparse.Namespace, seed: int) -> int:
    """How many days are simulated."""
    if chosen.until is None:
        return int(chosen.days)
    end = datetime.combine(chosen.until, datetime.min.time(), UTC)
    return max(3, (end - BEGINNINGS[seed % len(BEGINNINGS)]).days)


def _print_trace(scenario: Scenario, seed: int, days: int, trace: Trace) -> None:
    history = simulate(scenario, seed, days, trace)
    for event in history.events:
        print(line(event))
    for each in judged(scenario, history).violations:
        print(f"{each.kind}: {each.occurrence}; {each.words}")


def _arguments(argv: list[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--days", type=int, default=SHORT)
    parser.add_argument("--shifts", type=int, default=6, help="of a number's run times, in an hour")
    parser.add_argument("--run-times", type=Path, metavar="FILE")
    parser.add_argument("--only", metavar="SCENARIO", help="such as many:created, or a whole row")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DATE")
    parser.add_argument("--trace", action="store_true", help="print all that happens")
    parser.add_argument("--strict", action="store_true", help="fail if the promise is broken")
    return parser, parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
