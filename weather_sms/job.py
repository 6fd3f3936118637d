"""The product, as a story: due -> weather -> briefing -> message -> look at the log -> claim -> hand over -> report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weather_sms import diary
from weather_sms.agenda import ASKED_FOR, Agenda, Schedule, iso
from weather_sms.clock import Clock, SystemClock
from weather_sms.delivery import FOLLOW_FROM, FOLLOW_TO, Delivery, Due, Words
from weather_sms.forecast import Forecast, NoForecast, Place
from weather_sms.report import Outcome, Report
from weather_sms.services import Services
from weather_sms.settings import Settings, Subscription

if TYPE_CHECKING:
    import httpx

    from weather_sms.due import Row
    from weather_sms.ledger import Ledger
    from weather_sms.place import Query
    from weather_sms.style import Style

KEPT = timedelta(days=2)
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
) -> Report:
    """Hand over every text that is due; one failure does not stop the others. It may be called at any moment.

    `send_now`: every subscription gets its text now. `dry_run`: everything but handing over. `await_fate`: wait up to
    a minute for what becomes of each text. All HTTP goes through `transport`, all time through `clock`; `ledger`
    defaults to the one of the settings. Failures are in the report; only LedgerError is raised: nothing was sent.
    """
    early = [each.place for each in settings.subscriptions] if send_now else []
    with _opened(settings, clock, transport, ledger, run, dry_run, early) as opened:
        return opened.report(send_now, await_fate)


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
        return Report(tuple(opened.tidy(keep=frozenset())), opened.began)


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
) -> Iterator[_Tick]:
    clock = clock or SystemClock()
    with ExitStack() as stack:
        services = stack.enter_context(closing(Services(settings, clock, transport)))
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
        yield _Tick(settings, clock, ledger, services, dry_run, run)


class _Tick:
    """One tick. `report` is the story."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ledger: Ledger,
        services: Services,
        dry_run: bool,
        run: Run | None,
    ) -> None:
        from weather_sms.ledger import Seal

        self._settings, self._clock, self._ledger, self._services = settings, clock, ledger, services
        self.began, self._dry_run = clock.now(), dry_run
        anyone = [""] if settings.twilio else []  # Twilio finds a text by its SID, whoever it is for
        self._receivers = [*(each.to for each in settings.subscriptions), *anyone]
        seal, held_back_until = Seal(settings.ledger_secret.reveal()), self._notice_lost_memory(run)
        self._agenda = Agenda(ledger, seal, services, settings.timing, self.began)
        self._delivery = Delivery(ledger, seal, services.channel, clock, settings.timing, held_back_until)

    def report(self, send_now: bool, await_fate: bool) -> Report:
        """Look at every occurrence around now, do what is to be done, and say what came of it."""
        schedules = [self._agenda.schedule(number, each) for number, each in enumerate(self._settings.subscriptions, 1)]
        dues = [each for schedule in schedules for each in self._agenda.dues(schedule, schedules, send_now)]
        outcomes: list[Outcome] = []
        if not self._dry_run and all(schedule.zone for schedule in schedules):
            outcomes += self.tidy(keep=frozenset(self._agenda.keys(schedules)))
        if not self._dry_run:
            outcomes += self._follow_up(schedules)
        outcomes += self._serve_all(schedules, [each for each in dues if each.plan.action in ACTIONS], await_fate)
        busy = {outcome.subscription for outcome in outcomes}
        outcomes += [self._quiet(each, dues) for each in schedules if each.number not in busy]
        self._ledger.prune(self.began - KEPT)
        if self._ledger.recall("ticked") is None:
            self._ledger.remember("ticked", iso(self.began))
        return Report(
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.subscription)),
            began=self.began,
            upcoming={each.number: at for each in schedules if (at := each.next(self.began))},
            punctuality=diary.punctuality(self._ledger.recall("runs")),
            month_segments=self._count_segments(outcomes),
        )

    def _count_segments(self, outcomes: list[Outcome]) -> int:
        """The segments of this month, with those of this tick."""
        month = diary.month(self.began)
        known = int(self._ledger.recall(month) or 0)
        new = sum(outcome.segments or 0 for outcome in outcomes if outcome.status in ("sent", "scheduled"))
        if new:
            self._ledger.remember(month, str(known + new))
        return known + new

    def tidy(self, keep: frozenset[str]) -> Iterator[Outcome]:
        """Cancel held texts that nobody wants any more: their time, place or number was changed."""
        for row in self._ledger.upcoming(self.began):
            if (
                row.state in ("held", "refreshing")
                and row.key not in keep
                and self._delivery.cancel(row, self._receivers)
            ):
                yield replace(_unowned(row), status="canceled", sid=row.sid)

    def _notice_lost_memory(self, run: Run | None) -> datetime | None:
        """Until when texts are held back, because an earlier run of the workflow never saved its ledger."""
        if run is not None:
            self._ledger.remember("runs", diary.with_run(self._ledger.recall("runs"), run.cron_line, self.began))
            before = self._ledger.recall("run")
            self._ledger.remember("run", str(run.number))
            if run.attempt > 1 or (before is not None and run.number != int(before) + 1):
                self._ledger.remember("held_back_until", iso(self.began + self._settings.timing.witness_lag))
        held_back_until = self._ledger.recall("held_back_until")
        return datetime.fromisoformat(held_back_until) if held_back_until else None

    def _serve_all(self, schedules: list[Schedule], todo: list[Due], await_fate: bool) -> list[Outcome]:
        """What is late comes first, what has to be waited for last; all places and logs are asked at once."""
        todo = sorted(todo, key=lambda each: (ACTIONS.index(each.plan.action), each.at))
        self._services.ask_early(schedules[each.number - 1].subscription.place for each in todo)
        if todo:
            self._services.load(sending=not self._dry_run)
        if not self._dry_run:
            self._services.ask_logs(_log_starts(todo))
        served = [(each, self._serve(schedules[each.number - 1], each)) for each in todo]
        return [self._awaited(each, outcome) if await_fate else outcome for each, outcome in served]

    def _serve(self, schedule: Schedule, each: Due) -> Outcome:
        """One occurrence, from its weather to its outcome."""
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
        if self._dry_run:
            return replace(about, status="dry_run")
        if each.plan.action == "refresh" and trouble:
            return replace(about, status="already", detail="the text that is held stays as it is")
        if each.plan.action == "refresh":
            return self._delivery.refresh(each, words, about)
        if each.row is not None and each.row.state == "refreshing":
            reopened = self._delivery.reopen(each, about)
            if isinstance(reopened, Outcome):
                return reopened
        log = self._services.log
        return self._delivery.hand_over(each, words, about, lambda: log(each.receiver, each.window.start))

    def _without_weather(self, each: Due, about: Outcome, error: Exception) -> Outcome:
        """Until the grace is over a later tick may have more luck; that and `--now` make it a failure."""
        public = getattr(error, "public", str(error))
        if not each.own and not self._dry_run and each.at <= self.began:
            self._delivery.note_no_weather(each)
        final = each.own or self._dry_run or each.plan.why == ASKED_FOR
        return replace(about, status="no_weather", detail=str(error), public_detail=public, fresh=final)

    def _follow_up(self, schedules: list[Schedule]) -> Iterator[Outcome]:
        """What became of the texts that should have arrived by now; only bad news is told."""
        numbers = {key: each.number for each in schedules for key in self._agenda.keys([each])}
        for row in self._ledger.upcoming(self.began - FOLLOW_TO):
            if row.sid and row.fate is None and row.state in ("held", "sent") and row.due + FOLLOW_FROM <= self.began:
                number = numbers.get(row.key, 0)
                about = self._about(schedules[number - 1], row.due) if number else _unowned(row)
                if outcome := self._delivery.follow(row, about, self._receivers):
                    yield outcome

    def _awaited(self, each: Due, outcome: Outcome) -> Outcome:
        """For up to a minute, the fate of a text that was just handed over."""
        until = self._clock.now() + timedelta(seconds=FATE_AWAITED_S)
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
        upcoming = [each for each in dues if each.number == schedule.number]
        if not upcoming:
            return replace(self._about(schedule, self.began), detail="its schedule has nothing in the next two days")
        last = next((each for each in upcoming if each.plan.action == "uncertain"), upcoming[-1])
        about = self._about(schedule, last.at)
        if last.plan.action == "not_due":
            return about
        if last.plan.action == "uncertain":
            return replace(about, status="unknown", fresh=False, detail=last.plan.why)
        return replace(about, status="already", sid=last.row.sid if last.row else None)


def _log_starts(todo: list[Due]) -> dict[str, datetime]:
    """From when on each receiver's log is needed."""
    starts: dict[str, datetime] = {}
    for each in todo:
        if not each.own and each.plan.action != "miss":
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
    from weather_sms.words import words

    language, style = words(subscription.language), style_of(subscription, place)
    forecast = forecast.seen_from(max(occurrence, now).astimezone(zone).date(), zone)
    style = replace(style, degree="\N{DEGREE SIGN}") if long else style
    made = message.compose(brief(forecast, occurrence, now, zone), place.name, style, language, with_time, long=long)
    heading = message.heading(place.name, occurrence.astimezone(zone), style, language, with_time, long=long)
    return Words(made.text, heading, None if long else made.segments)
