"""A tick: due -> weather -> briefing -> message -> look at log -> claim -> hand over -> report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from weather_sms.clock import Clock, SystemClock
from weather_sms.delivery.desk import A_DAY, KEPT, Desk
from weather_sms.delivery.dispatch import Dispatch, in_order
from weather_sms.delivery.due import Due, iso
from weather_sms.delivery.follow_up import FollowUp
from weather_sms.delivery.lost_memory import FACTS, Memory, moment, noticed
from weather_sms.delivery.occurrences import Occurrences, Schedule
from weather_sms.delivery.plan import ACTIONS
from weather_sms.delivery.run import Run
from weather_sms.delivery.services import Services
from weather_sms.forecast import Forecast, Place
from weather_sms.ledger import KeyedHash, Ledger, first_tick, open_ledger
from weather_sms.report import punctuality
from weather_sms.report.outcome import Outcome, Report
from weather_sms.settings import Settings
from weather_sms.weather.known_places import KnownPlaces

if TYPE_CHECKING:
    import httpx

    from weather_sms.ledger.row import Row
    from weather_sms.place import Query
    from weather_sms.weather.source import Weather


@dataclass(frozen=True, slots=True)
class Work:
    """The numbers of subscriptions with something to do: by the place of their weather, or without.

    `tidied`: what became of held texts that nobody wanted any more.
    """

    by_place: Mapping[Query, Sequence[int]]
    weatherless: Sequence[int]
    tidied: Report


def tick(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    ledger: Ledger | None = None,
    run: Run | None = None,
    send_now: bool = False,
    dry_run: bool = False,
    await_fate: bool = False,
    only: Collection[int] = (),
    weather: Weather | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Hand over every text that is due; one failure does not stop the others.

    It may be called at any moment. `send_now`: every subscription gets its text now. `dry_run`:
    everything but handing over. `await_fate`: wait up to a minute for what becomes of the texts.
    All HTTP goes through `transport`, all time through `clock`; `ledger` defaults to the one of the
    settings. `only`: the subscriptions (counted from 1) to look at; without it, all. `weather`:
    what is known already, or why there is none. `progress` is told how many of how many texts are
    done. Failures are in the report; only LedgerError is raised: from then on nothing was sent.
    """
    early = [each.place for each in settings.subscriptions] if send_now and not only else []
    with _opened(settings, clock, transport, ledger, run, dry_run, early, weather) as opened:
        return opened.report(send_now, await_fate, only, progress or (lambda _, __: None))


def find(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    ledger: Ledger | None = None,
) -> Work:
    """Return the work of a tick, without asking for weather; unwanted texts are canceled."""
    with _opened(settings, clock, transport, ledger, None) as opened:
        return opened.find()


def stop(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    ledger: Ledger | None = None,
    run: Run | None = None,
) -> Report:
    """Cancel every text that is held. Raises LedgerError."""
    with _opened(settings, clock, transport, ledger, run) as opened:
        return Report(tuple(opened.stop()), opened.began)


def fetch(
    settings: Settings,
    query: Query,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
) -> tuple[Place, Forecast]:
    """Where a place is, and its weather. Raises WeatherError."""
    with closing(Services(settings, clock or SystemClock(), transport)) as services:
        services.weather.ask_early([query])
        return services.weather.at(query)


def note_run(settings: Settings, run: Run) -> None:
    """Count a run of the workflow that does nothing else with the ledger. Raises LedgerError."""
    with _opened(settings, None, None, None, run):
        pass


@contextmanager
def _opened(
    settings: Settings,
    clock: Clock | None,
    transport: httpx.BaseTransport | None,
    ledger: Ledger | None,
    run: Run | None,
    dry_run: bool = False,
    early: Sequence[Query] = (),
    weather: Weather | None = None,
) -> Iterator[_Tick]:
    clock = clock or SystemClock()
    with ExitStack() as stack:
        services = stack.enter_context(closing(Services(settings, clock, transport, weather)))
        services.weather.ask_early(early)
        seal = KeyedHash(settings.ledger_secret.reveal())
        if ledger is None:
            opened = open_ledger(settings.ledger_url, seal, clock.now(), settings.aside)
            ledger = stack.enter_context(closing(opened))
        if settings.keeps_places:
            services.weather.known_places = KnownPlaces(ledger, seal)
        if early:
            services.load(sending=not dry_run)
        yield _Tick(settings, clock, ledger, seal, services, dry_run, run)


class _Tick:
    """One tick. `report` is the story."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ledger: Ledger,
        seal: KeyedHash,
        services: Services,
        dry_run: bool,
        run: Run | None,
    ) -> None:
        self._settings, self._ledger, self._dry_run = settings, ledger, dry_run
        self.began = clock.now()
        self._first_tick, timing = first_tick(seal), settings.timing
        facts = ledger.recall_all(["runs", *FACTS, self._first_tick])
        self._new = moment(facts.get(self._first_tick), self.began) is None
        news = noticed(facts, run, ledger.server_id(), self._new, self.began)
        if run is not None:
            news["runs"] = punctuality.with_run(facts.get("runs"), run.cron_line, self.began)
        if news:
            ledger.remember_all(news)
        facts |= news
        self._runs = facts.get("runs")
        self._memory = Memory(
            timing,
            doubt=moment(facts.get("doubt"), self.began),
            complete_since=moment(facts.get("server"), self.began),
        )
        self._services, self._seal, self._clock = services, seal, clock
        self._occurrences = Occurrences(ledger, seal, services, timing, self.began, self._new)

    def _desk(self, rows: Mapping[str, Row]) -> Desk:
        timing = self._settings.timing
        owners: dict[str, list[Row]] = {}
        for row in rows.values():
            if row.sid:
                owners.setdefault(row.sid, []).append(row)
        return Desk(
            ledger=self._ledger,
            seal=self._seal,
            channels=self._services.channels,
            clock=self._clock,
            timing=timing,
            memory=self._memory,
            owners=owners,
            since=self.began - timing.look_ahead - timing.grace - A_DAY,
        )

    def _follow_up(self, desk: Desk) -> FollowUp:
        receivers = [each.to for each in self._settings.subscriptions]
        return FollowUp(self._occurrences, desk, receivers, self.began)

    def report(
        self,
        send_now: bool,
        await_fate: bool,
        only: Collection[int],
        progress: Callable[[int, int], None],
    ) -> Report:
        """Look at every occurrence around now, do what is to be done, and say what came of it."""
        schedules, rows = self._look(only)
        desk = self._desk(rows)
        outcomes: list[Outcome] = []
        if not self._dry_run:
            follow_up = self._follow_up(desk)
            outcomes += [] if only else follow_up.tidy(schedules, rows)
            outcomes += follow_up.follow_up(schedules, rows)
        dues = self._dues(only, schedules, rows, send_now)
        todo = [each for each in dues if each.plan.action in ACTIONS]
        dispatch = Dispatch(self._services, desk, self.began, self._dry_run)
        outcomes += dispatch.hand_over(schedules, todo, await_fate, progress)
        busy = {outcome.subscription for outcome in outcomes}
        of = {number: list(each) for number, each in groupby(dues, lambda each: each.number)}
        outcomes += [
            self._quiet(each, of.get(each.number, []))
            for each in schedules
            if each.number not in busy and (not only or each.number in only)
        ]
        self._settle_facts(pruning=not only)
        return Report(
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.subscription)),
            began=self.began,
            upcoming=self._occurrences.upcoming(schedules, rows),
            punctuality=punctuality.punctuality(self._runs),
            month_segments=self._count_segments(outcomes),
        )

    def find(self) -> Work:
        """What `report` would do, beside tidying up, which is done here."""
        schedules, rows = self._look(())
        follow_up = self._follow_up(self._desk(rows))
        tidied = Report(tuple(follow_up.tidy(schedules, rows)), self.began)
        dues = self._dues((), schedules, rows, send_now=False)
        places = {each.number: each.subscription.place for each in schedules}
        todo = in_order(each for each in dues if each.plan.action in ACTIONS)
        by_place: dict[Query, list[int]] = {}
        for each in todo:
            if each.plan.action != "miss":
                by_place.setdefault(places[each.number], []).append(each.number)
        late = [each.number for each in todo if each.plan.action == "miss"]
        followed = [number for number, _ in follow_up.followable(schedules, rows) if number]
        self._settle_facts(pruning=True)
        return Work(by_place, list(dict.fromkeys(late + followed)), tidied)

    def _look(self, only: Collection[int]) -> tuple[list[Schedule], dict[str, Row]]:
        """The schedules of all who get a text from these settings, and what the ledger knows."""
        schedules = self._occurrences.schedules(self._settings.beside(only))
        if only:
            return schedules, self._ledger.get_all(list(self._occurrences.keys(schedules)))
        since = self.began - KEPT - timedelta(seconds=1)
        return schedules, {row.key: row for row in self._ledger.upcoming(since)}

    def _dues(
        self,
        only: Collection[int],
        schedules: list[Schedule],
        rows: Mapping[str, Row],
        send_now: bool,
    ) -> list[Due]:
        mine = [each for each in schedules if not only or each.number in only]
        return self._occurrences.dues(mine, schedules, rows, send_now)

    def stop(self) -> list[Outcome]:
        """Cancel what is held, also where the ledger does not know of it."""
        schedules, rows = self._look(())
        desk = self._desk(rows)
        outcomes = self._follow_up(desk).stop(row for row in rows.values() if row.due > self.began)
        forgotten = [
            each
            for each in self._dues((), schedules, rows, send_now=False)
            if each.plan.action == "hold" and each.row is None
        ]
        if forgotten and (self._new or self._memory.doubt):
            dispatch = Dispatch(self._services, desk, self.began, dry_run=False)
            outcomes += dispatch.stop_forgotten(schedules, forgotten)
        return outcomes

    def _settle_facts(self, pruning: bool) -> None:
        if pruning:
            self._ledger.prune(self.began - KEPT)
        if self._new:
            self._ledger.remember(self._first_tick, iso(self.began))

    def _count_segments(self, outcomes: list[Outcome]) -> int:
        """The segments of this month, with those of this tick."""
        month = punctuality.month(self.began)
        new = sum(
            outcome.segments or 0 for outcome in outcomes if outcome.status in ("sent", "scheduled")
        )
        return self._ledger.add(month, new) if new else int(self._ledger.recall(month) or 0)

    def _is_news(self, schedule: Schedule) -> bool:
        """Whether it was not said within the last day that a place's zone is unknown."""
        each = schedule.subscription
        name = f"lost:{self._seal('lost', each.to.identity, each.place.key, each.at)}"
        said = moment(self._ledger.recall(name), self.began)
        if said is not None and self.began - said < A_DAY:
            return False
        self._ledger.remember(name, iso(self.began))
        return True

    def _quiet(self, schedule: Schedule, dues: list[Due]) -> Outcome:
        """A subscription for which there is nothing to do."""
        if schedule.error is not None:
            about = schedule.about(self.began)
            about = replace(about, status="no_weather", detail=str(schedule.error))
            fresh = self._is_news(schedule)
            return replace(about, public_detail=schedule.error.public, fresh=fresh)
        if not dues:
            coming = next((at for at in schedule.occurrences if at > self.began), None)
            detail = "" if coming else "its schedule has nothing in the next two days"
            return replace(schedule.about(coming or self.began), detail=detail)
        last = next((each for each in dues if each.plan.action == "busy"), dues[-1])
        about = schedule.about(last.at)
        if last.plan.action == "not_due":
            return about
        if last.plan.action == "busy":
            return replace(about, status="unknown", fresh=False, detail=last.plan.why.value)
        return replace(about, status="already", sid=last.row.sid if last.row else None)
