"""The product, as a story: due -> weather -> briefing -> message -> look at the log -> claim -> hand over -> report."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import count, groupby, islice
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from weather_sms import diary
from weather_sms.agenda import ASKED_FOR, Agenda, Schedule, iso
from weather_sms.clock import Clock, SystemClock
from weather_sms.delivery import FOLLOW_FROM, FOLLOW_TO, Delivery, Due, Words
from weather_sms.forecast import Forecast, NoForecast, Place
from weather_sms.report import Outcome, Report
from weather_sms.services import Known, Services
from weather_sms.settings import Settings, Subscription

if TYPE_CHECKING:
    import httpx

    from weather_sms.due import Row
    from weather_sms.ledger import Ledger, Seal
    from weather_sms.place import Query
    from weather_sms.style import Style

T = TypeVar("T")
R = TypeVar("R")
Ready = Outcome | Callable[[], Outcome]  # a text that needs no handing over, or what hands it over
KEPT = timedelta(days=2)
AT_ONCE = 48  # Twilio allows an account about 100 requests at once
HELD = ("held", "refreshing")
FACTS = ("runs", "run", "server", "held_back_until", "ticked")
FATE_AWAITED_S, FATE_ASKED_EVERY_S = 60, 5
ACTIONS = ("send", "settle", "miss", "hold", "refresh", "wait")  # in this order: what is late comes first


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a GitHub workflow: every run gets the next number; an attempt above 1 is a re-run.

    `cron_line` is what started it, if anything did but a person.
    """

    number: int
    attempt: int = 1
    cron_line: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A text that could be sent now; `segments` is None where its channel does not count them.

    `trouble`: why another weather service had to stand in, without anything personal.
    """

    text: str
    segments: int | None
    place: Place
    forecast: Forecast
    style: Style
    zone: ZoneInfo
    trouble: str = ""

    @property
    def source(self) -> str:
        """The service that gave the weather."""
        return self.forecast.source


@dataclass(frozen=True, slots=True)
class Work:
    """The numbers of the subscriptions that have something to be done: by the place of their weather, and without."""

    by_place: Mapping[Query, Sequence[int]]
    weatherless: Sequence[int]


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
    known: Known | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Hand over every text that is due; one failure does not stop the others. It may be called at any moment.

    `send_now`: every subscription gets its text now. `dry_run`: everything but handing over. `await_fate`: wait up to
    a minute for what becomes of the texts. All HTTP goes through `transport`, all time through `clock`; `ledger`
    defaults to the one of the settings. `only`: the subscriptions (counted from 1) to look at; without it, all.
    `known`: places whose weather need not be asked for. `progress` is told how many of how many texts are done.
    Failures are in the report; only LedgerError is raised: from then on nothing was sent.
    """
    early = [each.place for each in settings.subscriptions] if send_now and not only else []
    with _opened(settings, clock, transport, ledger, run, dry_run, early, known) as opened:
        return opened.report(send_now, await_fate, only, progress or (lambda _, __: None))


def find(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    ledger: Ledger | None = None,
) -> Work:
    """What a tick would do now. Nobody's weather is asked for, and only texts that nobody wants are cancelled."""
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
    settings: Settings, query: Query, *, clock: Clock | None = None, transport: httpx.BaseTransport | None = None
) -> tuple[Place, Forecast]:
    """Where a place is, and its weather. Raises WeatherError."""
    with closing(Services(settings, clock or SystemClock(), transport)) as services:
        services.ask_early([query])
        return services.place(query), services.forecast(query)


def preview(settings: Settings, *, clock: Clock | None = None, transport: httpx.BaseTransport | None = None) -> Preview:
    """The text the first subscription would get now. Raises WeatherError or NoForecast with a sentence."""
    clock = clock or SystemClock()
    subscription = settings.subscriptions[0]
    with closing(Services(settings, clock, transport)) as services:
        services.ask_early([subscription.place])
        place, forecast = services.place(subscription.place), services.forecast(subscription.place)
        zone = ZoneInfo(subscription.timezone or place.timezone)
        long = bool(subscription.to) and services.takes_long(subscription.to)
        words = compose(subscription, place, forecast, zone, clock.now(), clock.now(), long=long)
        style = style_of(subscription, place)
        trouble = services.trouble(subscription.place)
        return Preview(words.text, words.segments, place, forecast, style, zone, trouble)


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
    known: Known | None = None,
) -> Iterator[_Tick]:
    clock = clock or SystemClock()
    with ExitStack() as stack:
        services = stack.enter_context(closing(Services(settings, clock, transport, known)))
        services.ask_early(early)
        from weather_sms.ledger import Seal, open_ledger

        seal = Seal(settings.ledger_secret.reveal())
        if ledger is None:
            ledger = stack.enter_context(closing(open_ledger(settings.ledger_url, seal, clock.now())))
        if settings.keeps_places:
            from weather_sms.atlas import Atlas

            services.atlas = Atlas(ledger, seal)
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
        seal: Seal,
        services: Services,
        dry_run: bool,
        run: Run | None,
    ) -> None:
        self._settings, self._clock, self._ledger, self._services = settings, clock, ledger, services
        self.began, self._dry_run = clock.now(), dry_run
        facts, timing = self._notice_lost_memory(ledger.recall_all(FACTS), run), settings.timing
        self._new, self._runs = "ticked" not in facts, facts.get("runs")
        self._agenda = Agenda(ledger, seal, services, timing, self.began, self._new)
        held_back_until, complete_since = _moment(facts.get("held_back_until")), _moment(facts.get("server"))
        self._delivery = Delivery(ledger, seal, services.channel, clock, timing, held_back_until, complete_since)

    def report(
        self, send_now: bool, await_fate: bool, only: Collection[int], progress: Callable[[int, int], None]
    ) -> Report:
        """Look at every occurrence around now, do what is to be done, and say what came of it."""
        schedules, dues, rows = self._look(only, send_now)
        outcomes: list[Outcome] = []
        if not self._dry_run:
            outcomes += [] if only else self._tidy_all(schedules, rows)
            outcomes += self._follow_up(schedules, rows)
        todo = [each for each in dues if each.plan.action in ACTIONS]
        outcomes += self._serve_all(schedules, todo, await_fate, progress)
        busy = {outcome.subscription for outcome in outcomes}
        of = {number: list(each) for number, each in groupby(dues, lambda each: each.number)}
        outcomes += [self._quiet(each, of.get(each.number, [])) for each in schedules if each.number not in busy]
        self._settle_facts(pruning=not only)
        return Report(
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.subscription)),
            began=self.began,
            upcoming={each.number: at for each in schedules if (at := each.next(self.began))},
            punctuality=diary.punctuality(self._runs),
            month_segments=self._count_segments(outcomes),
        )

    def find(self) -> Work:
        """What `report` would do, beside tidying up, which is done here."""
        schedules, dues, rows = self._look((), send_now=False)
        self._tidy_all(schedules, rows)
        places = {each.number: each.subscription.place for each in schedules}
        todo = _in_order(each for each in dues if each.plan.action in ACTIONS)
        by_place: dict[Query, list[int]] = {}
        for each in todo:
            if each.plan.action != "miss":
                by_place.setdefault(places[each.number], []).append(each.number)
        late = [each.number for each in todo if each.plan.action == "miss"]
        followed = [number for number, _ in self._followable(schedules, rows) if number]
        self._settle_facts(pruning=True)
        return Work(by_place, list(dict.fromkeys(late + followed)))

    def _look(self, only: Collection[int], send_now: bool) -> tuple[list[Schedule], list[Due], dict[str, Row]]:
        """The schedules, what is due for them, and what the ledger knows of all that."""
        beside = self._agenda.schedules(self._settings.beside(only))
        schedules = [each for each in beside if not only or each.number in only]
        if only:
            rows = self._ledger.get_all(list(self._agenda.keys(schedules)))
        else:
            rows = {row.key: row for row in self._ledger.upcoming(self.began - KEPT - timedelta(seconds=1))}
        return schedules, self._agenda.dues(schedules, beside, rows, send_now), rows

    @cached_property
    def _receivers(self) -> list[str]:
        """Through whose channels a text may be found; Twilio finds it by its SID, whoever it is for."""
        return [*(each.to for each in self._settings.subscriptions), *([""] if self._settings.twilio else [])]

    def stop(self) -> list[Outcome]:
        """Cancel everything that is held; what nobody confirms may still come."""
        held = [row for row in self._ledger.upcoming(self.began) if row.state in HELD]
        canceled = self._tidy(held, keep=())
        gone = {outcome.sid for outcome in canceled}
        left = [_unowned(row) for row in held if row.sid not in gone]
        return canceled + [replace(each, status="unknown", detail="its cancellation is not confirmed") for each in left]

    def _settle_facts(self, pruning: bool) -> None:
        if pruning:
            self._ledger.prune(self.began - KEPT)
        if self._new:
            self._ledger.remember("ticked", iso(self.began))

    def _count_segments(self, outcomes: list[Outcome]) -> int:
        """The segments of this month, with those of this tick."""
        month = diary.month(self.began)
        new = sum(outcome.segments or 0 for outcome in outcomes if outcome.status in ("sent", "scheduled"))
        return self._ledger.add(month, new) if new else int(self._ledger.recall(month) or 0)

    def _tidy_all(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> list[Outcome]:
        """Cancel what nobody wants, unless it is unknown who wants what."""
        if not all(schedule.zone for schedule in schedules):
            return []
        held = [row for row in rows.values() if row.state in HELD and row.due > self.began]
        return self._tidy(held, keep=self._agenda.keys(schedules)) if held else []

    def _tidy(self, held: Iterable[Row], keep: Container[str]) -> list[Outcome]:
        """Cancel held texts that nobody wants any more: their time, place or number was changed."""
        unwanted = [row for row in held if row.key not in keep]
        gone = at_once(lambda row: self._delivery.cancel(row, self._receivers), unwanted)
        return [
            replace(_unowned(row), status="canceled", sid=row.sid)
            for row, done in zip(unwanted, gone, strict=True)
            if done
        ]

    def _notice_lost_memory(self, facts: Mapping[str, str], run: Run | None) -> dict[str, str]:
        """The facts with what is new. After a gap in a workflow's runs, or a server's restart, texts are held back."""
        news, lost = dict[str, str](), False
        if run is not None:
            news |= {"runs": diary.with_run(facts.get("runs"), run.cron_line, self.began), "run": str(run.number)}
            lost = run.attempt > 1 or ("run" in facts and run.number != int(facts["run"]) + 1)
        server, known = self._ledger.incarnation(), facts.get("server", "")
        if server and server != known.split(" ")[0]:
            lost |= bool(known)
            news["server"] = f"{server} {iso(self.began)}"
        if lost:
            news["held_back_until"] = iso(self.began + self._settings.timing.witness_lag)
        if news:
            self._ledger.remember_all(news)
        return {**facts, **news}

    def _serve_all(
        self, schedules: list[Schedule], todo: list[Due], await_fate: bool, progress: Callable[[int, int], None]
    ) -> list[Outcome]:
        """What is late comes first, what has to be waited for last; places, logs and texts are each many at once."""
        todo, of, done = _in_order(todo), {each.number: each for each in schedules}, count(1)
        self._services.ask_early(of[each.number].subscription.place for each in todo)
        if todo:
            self._services.load(sending=not self._dry_run)
        if not self._dry_run:
            starts = _log_starts(each for each in todo if each.plan.action != "miss" and self._delivery.asks_log(each))
            self._services.ask_logs(dict(islice(starts.items(), AT_ONCE)))

        def handed_over(ready: Ready) -> Outcome:
            outcome = ready if isinstance(ready, Outcome) else ready()
            progress(next(done), len(todo))
            return outcome

        now = [each for each in todo if each.plan.action != "wait"]
        outcomes = at_once(lambda each: handed_over(self._prepare(of[each.number], each)), now)
        waiting = todo[len(now) :]
        ready = at_once(lambda each: self._prepare(of[each.number], each), waiting)
        for at, group in groupby(zip(waiting, ready, strict=True), lambda pair: pair[0].at):
            texts = [text for _, text in group]
            if any(not isinstance(text, Outcome) for text in texts):
                self._clock.sleep(max(0.0, (at - self._clock.now()).total_seconds()))
            outcomes += at_once(handed_over, texts)
        return self._awaited(todo, outcomes) if await_fate else outcomes

    def _prepare(self, schedule: Schedule, each: Due) -> Ready:
        """One occurrence, from its weather to its outcome, or to the hand-over that is left to do."""
        from weather_sms.weather import WeatherError

        about = self._about(schedule, each.at)
        if each.plan.action == "miss":
            return about if self._dry_run else self._delivery.miss(each, about)
        subscription, zone = schedule.subscription, schedule.zone
        assert zone is not None
        try:
            place, forecast = self._services.place(subscription.place), self._services.forecast(subscription.place)
            long = self._services.takes_long(subscription.to)
            words = compose(subscription, place, forecast, zone, each.at, self._clock.now(), each.own, long)
        except (NoForecast, WeatherError) as error:
            return self._without_weather(each, about, error)
        trouble = self._services.trouble(subscription.place)
        about = replace(about, text=words.text, segments=words.segments, place=place.name)
        about = replace(about, source=forecast.source, credit=forecast.credit, trouble=trouble)
        unwanted = words.wanted is False and each.plan.why != ASKED_FOR
        if unwanted:
            about = replace(about, detail=f"the forecast holds nothing of {', '.join(subscription.only_if)}", text=None)
        elif words.wanted is None:
            about = replace(about, detail="no service tells of warnings there now, so the text comes in any case")
        if self._dry_run:
            return replace(about, status="skipped" if unwanted else "dry_run")
        if unwanted and each.plan.action in ("hold", "wait", "refresh"):
            return self._delivery.skip(each, about)
        if each.plan.action == "refresh" and trouble:
            return replace(about, status="already", detail="the text that is held stays as it is")
        if each.plan.action == "refresh":
            return self._delivery.refresh(each, words, about)
        if each.row is not None and each.row.state == "refreshing":
            reopened = self._delivery.reopen(each, about)
            if isinstance(reopened, Outcome):
                return reopened
        found = self._delivery.looked_up(
            each, words, about, lambda: self._services.log(each.receiver, each.window.start)
        )
        if unwanted and not found:
            return self._delivery.skip(each, about)
        return found or partial(self._delivery.hand_over, each, words, about)

    def _without_weather(self, each: Due, about: Outcome, error: Exception) -> Outcome:
        """Until the grace is over a later tick may have more luck; that and `--now` make it a failure."""
        public = getattr(error, "public", str(error))
        if not each.own and not self._dry_run and each.at <= self.began:
            self._delivery.note_no_weather(each)
        final = each.own or self._dry_run or each.plan.why == ASKED_FOR
        return replace(about, status="no_weather", detail=str(error), public_detail=public, fresh=final)

    def _follow_up(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> Iterator[Outcome]:
        """What became of the texts that should have arrived by now; only bad news is told."""
        of = {each.number: each for each in schedules}

        def followed(found: tuple[int, Row]) -> Outcome | None:
            number, row = found
            about = self._about(of[number], row.due) if number else _unowned(row)
            return self._delivery.follow(row, about, self._receivers)

        return filter(None, at_once(followed, list(self._followable(schedules, rows))))

    def _followable(self, schedules: list[Schedule], rows: Mapping[str, Row]) -> Iterator[tuple[int, Row]]:
        """The rows of which news may be had, with their subscriptions' numbers; 0 without one."""
        first, last = self.began - FOLLOW_TO, self.began - FOLLOW_FROM
        open_ = [r for r in rows.values() if r.sid and r.fate is None and r.state in ("held", "sent")]
        due = [row for row in open_ if first < row.due <= last]
        numbers = self._agenda.keys(schedules) if due else {}
        return ((numbers.get(row.key, 0), row) for row in due)

    def _awaited(self, todo: list[Due], outcomes: list[Outcome]) -> list[Outcome]:
        """The fates of the texts that were just handed over; for up to a minute, all together."""
        until = self._clock.now() + timedelta(seconds=FATE_AWAITED_S)
        return [self._fate(each, outcome, until) for each, outcome in zip(todo, outcomes, strict=True)]

    def _fate(self, each: Due, outcome: Outcome, until: datetime) -> Outcome:
        while outcome.status == "sent" and self._clock.now() < until:
            row = self._ledger.get(each.key)
            if row is None or row.fate or not row.sid:
                return outcome
            self._clock.sleep(FATE_ASKED_EVERY_S)
            outcome = self._delivery.follow(row, outcome) or outcome
        return outcome

    def _about(self, schedule: Schedule, at: datetime) -> Outcome:
        local = iso(at.astimezone(schedule.zone or UTC))
        receiver = schedule.subscription.to
        return Outcome(subscription=schedule.number, occurrence=local, status="not_due", receiver=receiver)

    def _quiet(self, schedule: Schedule, dues: list[Due]) -> Outcome:
        """A subscription for which there is nothing to do."""
        if schedule.error is not None:
            about = self._about(schedule, self.began)
            public = getattr(schedule.error, "public", "")
            return replace(about, status="no_weather", detail=str(schedule.error), public_detail=public)
        if not dues:
            return replace(self._about(schedule, self.began), detail="its schedule has nothing in the next two days")
        last = next((each for each in dues if each.plan.action == "uncertain"), dues[-1])
        about = self._about(schedule, last.at)
        if last.plan.action == "not_due":
            return about
        if last.plan.action == "uncertain":
            return replace(about, status="unknown", fresh=False, detail=last.plan.why)
        return replace(about, status="already", sid=last.row.sid if last.row else None)


def _moment(fact: str | None) -> datetime | None:
    """The moment at the end of a fact, if there is one."""
    return datetime.fromisoformat(fact.split(" ")[-1]) if fact else None


def _in_order(todo: Iterable[Due]) -> list[Due]:
    return sorted(todo, key=lambda each: (ACTIONS.index(each.plan.action), each.at))


def at_once(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """The results of some work on each item, many at once. If it is interrupted, what has begun is ended."""
    if len(items) < 2:
        return [work(each) for each in items]
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as pool:
        return list(pool.map(work, items))


def _log_starts(todo: Iterable[Due]) -> dict[str, datetime]:
    """From when on each receiver's log is needed."""
    starts: dict[str, datetime] = {}
    for each in todo:
        starts[each.receiver] = min(each.window.start, starts.get(each.receiver, each.window.start))
    return starts


def _unowned(row: Row) -> Outcome:
    """About a text that belongs to no subscription any more."""
    return Outcome(subscription=0, occurrence=iso(row.due), status="already")


def style_of(subscription: Subscription, place: Place) -> Style:
    """Units and clock, as the subscription says, or as the place's country has them."""
    from weather_sms.style import style_for
    from weather_sms.words import words

    return style_for(place.country, subscription.units, words(subscription.language))


def compose(
    subscription: Subscription,
    place: Place,
    forecast: Forecast,
    zone: ZoneInfo,
    occurrence: datetime,
    now: datetime,
    with_time: bool = False,
    long: bool = False,
) -> Words:
    """The text for an occurrence, in the words, units and clock of its subscription. Raises NoForecast.

    `long`: the receiver's channel takes more than a segment, degree signs, and every letter.
    """
    from weather_sms import message
    from weather_sms.briefing import brief
    from weather_sms.briefing.only_if import met
    from weather_sms.words import words

    language, style = words(subscription.language), style_of(subscription, place)
    forecast = forecast.seen_from(max(occurrence, now).astimezone(zone).date(), zone)
    style = replace(style, degree="\N{DEGREE SIGN}") if long else style
    told = brief(forecast, occurrence, now, zone)
    made = message.compose(told, place.name, style, language, with_time, long=long)
    heading = message.heading(place.name, occurrence.astimezone(zone), style, language, with_time, long=long)
    wanted = met(subscription.only_if, told, forecast.alerts_known)
    return Words(made.text, heading, None if long else made.segments, wanted)
