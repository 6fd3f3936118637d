"""All texts to hand over now, many at once: late ones first, those to wait for last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count, groupby, islice
from typing import TYPE_CHECKING

from weather_sms.delivery.faults import caught
from weather_sms.delivery.hand_over import AT_ONCE, Delivery, Due, at_once
from weather_sms.delivery.occurrences import Schedule
from weather_sms.delivery.plan import Why
from weather_sms.forecast import NoForecast
from weather_sms.report.outcome import Outcome, unexpected

if TYPE_CHECKING:
    from weather_sms.clock import Clock
    from weather_sms.delivery.services import Services
    from weather_sms.errors import Explained
    from weather_sms.ledger import Ledger
    from weather_sms.receiver import Receiver
    from weather_sms.text.compose import Composed

Ready = Outcome | Callable[[], Outcome]  # a text that needs no handing over, or what hands it over
FATE_AWAITED_S, FATE_ASKED_EVERY_S = 60, 5
ACTIONS = ("send", "settle", "miss", "hold", "refresh", "wait")  # in this order


class Dispatch:
    """Weather and words for each text, then the hand-over. `dry_run`: all but the hand-over."""

    def __init__(
        self,
        services: Services,
        delivery: Delivery,
        ledger: Ledger,
        clock: Clock,
        began: datetime,
        dry_run: bool,
    ) -> None:
        self._services, self._delivery, self._ledger = services, delivery, ledger
        self._clock, self._began, self._dry_run = clock, began, dry_run

    def hand_over(
        self,
        schedules: list[Schedule],
        todo: list[Due],
        await_fate: bool,
        progress: Callable[[int, int], None],
    ) -> list[Outcome]:
        """Hand over all texts: late ones first, those to wait for last.

        Places, logs and texts are each handled many at once.
        """
        todo, of, done = in_order(todo), {each.number: each for each in schedules}, count(1)
        self._services.weather.ask_early(of[each.number].subscription.place for each in todo)
        if todo:
            self._services.load(sending=not self._dry_run)
        if not self._dry_run:
            starts = _log_starts(
                each
                for each in todo
                if each.plan.action != "miss" and self._delivery.asks_log(each)
            )
            self._services.channels.ask_logs(dict(islice(starts.items(), AT_ONCE)))

        def prepared(each: Due) -> tuple[Due, Ready]:
            schedule = of[each.number]
            work = partial(self._prepare, schedule, each)
            return each, caught(work, partial(self._fault, schedule, each))

        def handed_over(text: tuple[Due, Ready]) -> Outcome:
            each, ready = text
            failed = partial(self._fault, of[each.number], each)
            outcome = ready if isinstance(ready, Outcome) else caught(ready, failed)
            progress(next(done), len(todo))
            return outcome

        now = [each for each in todo if each.plan.action != "wait"]
        outcomes = at_once(lambda each: handed_over(prepared(each)), now)
        ready = at_once(prepared, todo[len(now) :])
        for at, group in groupby(ready, lambda text: text[0].at):
            texts = list(group)
            if any(not isinstance(text, Outcome) for _, text in texts):
                self._clock.sleep(max(0.0, (at - self._clock.now()).total_seconds()))
            outcomes += at_once(handed_over, texts)
        return self._awaited(todo, outcomes) if await_fate else outcomes

    def _fault(self, schedule: Schedule, each: Due, error: Exception) -> Outcome:
        about = schedule.about(each.at)
        if self._dry_run:
            return replace(about, status="rejected", detail=unexpected(error))
        return self._delivery.fault(each.key, each.at, about, error)

    def _prepare(self, schedule: Schedule, each: Due) -> Ready:
        """Take one occurrence from its weather to its outcome, or to the hand-over that is left."""
        from weather_sms.weather import WeatherError

        about = schedule.about(each.at)
        if each.plan.action == "miss":
            return about if self._dry_run else self._delivery.miss(each, about)
        try:
            words, about = self._composed(schedule, each, about)
        except (NoForecast, WeatherError) as error:
            return self._without_weather(each, about, error)
        unwanted = words.wanted is False and each.plan.why is not Why.ASKED_FOR
        if self._dry_run:
            return replace(about, status="skipped" if unwanted else "dry_run")
        if unwanted and each.plan.action in ("hold", "wait", "refresh"):
            return self._delivery.skip(each, about)
        if each.plan.action != "refresh":
            return self._looked_up(each, words, about, unwanted)
        if about.trouble or any(gap.topic == "alerts" and gap.passing for gap in about.gaps):
            # A stand-in's text, or one without the warning that may be in this one, is no better.
            return replace(about, status="already", detail="the text that is held stays as it is")
        return self._delivery.refresh(each, words, about)

    def _composed(self, schedule: Schedule, each: Due, about: Outcome) -> tuple[Composed, Outcome]:
        """The text, and what is to be said of it. Raises NoForecast and WeatherError."""
        from weather_sms.text.compose import compose  # an idle tick needs no words

        subscription, zone = schedule.subscription, schedule.zone
        assert zone is not None
        place, forecast = self._services.weather.at(subscription.place)
        long = subscription.to.takes_long
        words = compose(
            subscription, place, forecast, zone, each.at, self._clock.now(), each.own, long
        )
        trouble = self._services.weather.trouble(subscription.place)
        about = replace(about, text=words.text, segments=words.segments, place=place.name)
        about = replace(about, sources=forecast.sources, stands_in=forecast.stands_in)
        about = replace(about, trouble=trouble, gaps=forecast.gaps)
        if words.wanted is None:
            about = replace(
                about,
                detail="no service tells of warnings there now, so the text comes in any case",
            )
        if words.wanted is False and each.plan.why is not Why.ASKED_FOR:
            about = replace(
                about,
                detail=f"the forecast holds nothing of {', '.join(subscription.only_if)}",
                text=None,
            )
        return words, about

    def _looked_up(self, each: Due, words: Composed, about: Outcome, unwanted: bool) -> Ready:
        """A text that is not there yet: what is left to do for it."""
        if each.row is not None and each.row.state == "refreshing":
            reopened = self._delivery.reopen(each, about)
            if isinstance(reopened, Outcome):
                return reopened
        log = self._services.channels.log
        found = self._delivery.looked_up(
            each,
            words,
            about,
            partial(log, each.receiver, each.window.start),
        )
        if unwanted and not found:
            return self._delivery.skip(each, about)
        return found or partial(self._delivery.hand_over, each, words, about)

    def _without_weather(self, each: Due, about: Outcome, error: Explained) -> Outcome:
        """Return the outcome of a text without weather.

        Until the grace is over a later tick may have more luck; its end and `--now` make this a
        failure.
        """
        if not each.own and not self._dry_run and each.at <= self._began:
            self._delivery.note_no_weather(each)
        final = each.own or self._dry_run or each.plan.why is Why.ASKED_FOR
        about = replace(about, status="no_weather", fresh=final)
        return replace(about, detail=str(error), public_detail=error.public)

    def _awaited(self, todo: list[Due], outcomes: list[Outcome]) -> list[Outcome]:
        """The fates of the texts that were just handed over; for up to a minute, all together."""
        until = self._clock.now() + timedelta(seconds=FATE_AWAITED_S)
        return [
            caught(
                partial(self._fate, each, outcome, until),
                partial(self._delivery.fault, each.key, each.at, outcome),
            )
            for each, outcome in zip(todo, outcomes, strict=True)
        ]

    def _fate(self, each: Due, outcome: Outcome, until: datetime) -> Outcome:
        while outcome.status == "sent" and self._clock.now() < until:
            row = self._ledger.get(each.key)
            if row is None or row.fate or not row.sid:
                return outcome
            self._clock.sleep(FATE_ASKED_EVERY_S)
            outcome = self._delivery.follow(row, outcome) or outcome
        return outcome


def in_order(todo: Iterable[Due]) -> list[Due]:
    """What is late first, what has to be waited for last."""
    return sorted(todo, key=lambda each: (ACTIONS.index(each.plan.action), each.at))


def _log_starts(todo: Iterable[Due]) -> dict[Receiver, datetime]:
    """From when on each receiver's log is needed."""
    starts: dict[Receiver, datetime] = {}
    for each in todo:
        starts[each.receiver] = min(each.window.start, starts.get(each.receiver, each.window.start))
    return starts
