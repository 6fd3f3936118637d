"""GitHub as the only server: runs and re-runs, people who press buttons, and the cache."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.simulation.chance import Chance
from tests.simulation.history import Kind

REMEMBERED = 150  # of so many saves an old one may be restored


@dataclass(frozen=True, slots=True)
class Unkindness:
    """How often things go wrong: a share of calls or runs, or how often a day."""

    calls_fail: float = 0.1
    outages: float = 0.05  # a day and service, for half an hour to an hour and a half
    dies: float = 0.02
    dies_installing: float = 0.02
    comes_twice: float = 0.02
    rerun: float = 0.015
    save_fails: float = 0.02
    bad_times: float = 0.04  # a day: for days no save works, or every second run dies installing
    cache_is_gone: float = 0.01
    cache_is_old: float = 0.015
    sends_now: float = 0.25  # a day
    stops: float = 0.1  # a day
    edits: float = 0.3  # a day


@dataclass(frozen=True, slots=True)
class Start:
    """A run that is about to start; `number` 0: not on GitHub."""

    at: datetime
    kind: Kind = "send"
    number: int = 0
    attempt: int = 1

    @property
    def name(self) -> str:
        return f"{self.number}.{self.attempt}" if self.number else f"cron {self.at:%d %H:%M}"


def bad_times(chance: Chance, what: str, at: datetime, rate: float) -> bool:
    """Whether a moment lies in some days on which something never works."""
    day = at.toordinal()
    return any(
        chance(what, first) < rate and day < first + 1 + int(chance("days", what, first) * 4)
        for first in range(day - 3, day + 1)
    )


def workflow_runs(
    scheduled: list[datetime], start: datetime, days: int, unkind: Unkindness, chance: Chance
) -> list[Start]:
    """All runs with their numbers, in the order in which they are wanted."""
    found = [Start(at) for at in scheduled]
    found += [
        Start(at + timedelta(seconds=40))
        for at in scheduled
        if chance("twice", at) < unkind.comes_twice
    ]
    buttons: tuple[tuple[Kind, float], ...] = (("now", unkind.sends_now), ("stop", unkind.stops))
    for kind, rate in buttons:
        pressed = [day for day in range(1, days) if chance(kind, day) < rate]
        found += [
            Start(start + timedelta(days=day + chance(kind, "at", day)), kind) for day in pressed
        ]
    numbered = [
        replace(run, number=number, kind=_kind(run, number, unkind, chance))
        for number, run in enumerate(sorted(found, key=lambda run: run.at), 1)
    ]
    again = [
        replace(
            run,
            at=run.at + timedelta(minutes=chance.between(1, 1200, "again at", run.number)),
            attempt=2,
            kind="send" if run.kind == "install" else run.kind,
        )
        for run in numbered
        if chance("again", run.number) < unkind.rerun
    ]
    return sorted(numbered + again, key=lambda run: run.at)


def _kind(run: Start, number: int, unkind: Unkindness, chance: Chance) -> Kind:
    every_second = number % 2 and bad_times(chance, "installing", run.at, unkind.bad_times)
    dies = chance("installing", number) < unkind.dies_installing
    return "install" if run.kind == "send" and (dies or every_second) else run.kind


@dataclass(frozen=True, slots=True)
class Save:
    """A ledger as a run left it; without a run: nothing was restored."""

    run: str = ""
    at: datetime | None = None
    ledger: bytes | None = None


class Cache:
    """What carries the ledger from run to run."""

    def __init__(self, unkind: Unkindness, chance: Chance) -> None:
        self._unkind, self._chance = unkind, chance
        self._saves: list[Save] = []

    def restore(self, run: str) -> Save:
        """A ledger for a run, mostly the newest."""
        luck = self._chance("restored", run)
        if not self._saves or luck < self._unkind.cache_is_gone:
            return Save()
        if luck < self._unkind.cache_is_gone + self._unkind.cache_is_old:
            return self._chance.choice(self._saves[-REMEMBERED:], "old", run)
        return self._saves[-1]

    def save(self, run: str, at: datetime, ledger: bytes) -> bool:
        """Keep a ledger, unless that fails."""
        fails = self._chance("save fails", run) < self._unkind.save_fails
        if fails or bad_times(self._chance, "saving", at, self._unkind.bad_times):
            return False
        self._saves = [*self._saves[1 - REMEMBERED :], Save(run, at, ledger)]
        return True
