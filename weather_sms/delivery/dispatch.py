"""All texts to hand over now, many at once: late ones first, those to wait for last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count, groupby, islice
from typing import TYPE_CHECKING, cast

from weather_sms.delivery.due import Due
from weather_sms.delivery.faults import caught
from weather_sms.delivery.follow_up import followed
from weather_sms.delivery.hand_over import AT_ONCE, Delivery, at_once
from weather_sms.delivery.held import STAYS
from weather_sms.delivery.occurrences import Schedule
from weather_sms.delivery.plan import ACTIONS, Why, plan
from weather_sms.forecast import NoForecast, Place
from weather_sms.report.outcome import Outcome, unexpected
from weather_sms.weather import WeatherError

if TYPE_CHECKING:
    from weather_sms.delivery.desk import Desk
    from weather_sms.delivery.services import Services
    from weather_sms.errors import Explained
    from weather_sms.ledger.row import Row
    from weather_sms.settings import Subscription
    from weather_sms.text.compose import Composed

Text = tuple["Composed", Outcome]  # what has to wait for its minute, and what is said of it
FATE_AWAITED_S = 60
FATE_ASKED_EVERY_S = 5
WEATHER_GOOD_FOR = timedelta(minutes=30)  # to a machine that slept while it waited


class Dispatch:
    """Weather and words for each text, then the hand-over. `dry_run`: all but the hand-over."""

    def __init__(self, services: Services, desk: Desk, began: datetime, dry_run: bool) -> None:
        self._services, self._desk, self._delivery = services, desk, Delivery(desk)
        self._clock, self._began, self._dry_run = desk.clock, began, dry_run

    def hand_over(
        self,
        schedules: list[Schedule],
        todo: list[Due],
        await_fate: bool,
        progress: Callable[[int, int], None],
    ) -> list[Outcome]:
        """Hand over all texts: what is due goes out before anything sleeps.

        Places, logs and texts are each handled many at once.
        """
        todo, of, done = in_order(todo), {each.number: each for each in schedules}, count(1)
        weatherless = ("miss", "take_back")
        self._services.weather.ask_early(
            of[each.number].subscription.place
            for each in todo
            if each.plan.action not in weatherless
        )
        if todo:
            self._services.load(sending=not self._dry_run)
        if not self._dry_run:
            receivers = dict.fromkeys(each.receiver for each in todo if self._asks_log(each))
            self._services.channels.ask_logs(islice(receivers, AT_ONCE), self._desk.since)

        results: dict[str, Outcome | Text] = {}

        def work_on(some: Sequence[Due], work: Callable[[Schedule, Due], Outcome | Text]) -> None:
            def done_with(each: Due) -> Outcome | Text:
                schedule = of[each.number]
                failed = partial(self._fault, schedule, each)
                result: Outcome | Text = caught(partial(work, schedule, each), failed)
                if isinstance(result, Outcome):
                    progress(next(done), len(todo))
                return result

            found = at_once(done_with, some)
            results.update(zip((each.key for each in some), found, strict=True))

        for waits in (False, True):
            some = [each for each in todo if (each.plan.action == "wait") == waits]
            work_on(some, self._prepare)
        late = [each for each in todo if not isinstance(results[each.key], Outcome)]
        for at, group in groupby(sorted(late, key=lambda each: each.at), lambda each: each.at):
            self._clock.sleep(max(0.0, (at - self._clock.now()).total_seconds()))
            texts = {each.key: cast(Text, results[each.key]) for each in late if each.at == at}
            work_on(list(group), partial(self._awake, texts))
        outcomes = [cast(Outcome, results[each.key]) for each in todo]
        return self._awaited(todo, outcomes) if await_fate else outcomes

    def stop_forgotten(self, schedules: list[Schedule], forgotten: list[Due]) -> list[Outcome]:
        """Take back what is held although the ledger does not know it; the log shows it."""
        of = {each.number: each for each in schedules}
        self._services.weather.ask_early(of[each.number].subscription.place for each in forgotten)

        def stopped(each: Due) -> Outcome | None:
            about = of[each.number].about(each.at)
            try:
                words, about = self._composed(of[each.number], each, about)
            except (NoForecast, WeatherError) as error:
                detail = f"whether one is held is not known: {error}"
                return replace(about, status="unknown", detail=detail)
            return self._delivery.stop(each, words, replace(about, text=None, segments=None))

        found = at_once(
            lambda each: caught(
                partial(stopped, each), partial(self._fault, of[each.number], each)
            ),
            forgotten,
        )
        return [outcome for outcome in found if outcome is not None]

    def _asks_log(self, each: Due) -> bool:
        first = each.plan.action in ("send", "hold")
        return each.plan.action == "settle" or (first and self._desk.asks_log(each))

    def _fault(self, schedule: Schedule, each: Due, error: Exception) -> Outcome:
        about = schedule.about(each.at)
        if self._dry_run:
            return replace(about, status="rejected", detail=unexpected(error))
        return self._delivery.fault(each.key, each.at, about, error)

    def _prepare(self, schedule: Schedule, each: Due) -> Outcome | Text:
        """Take one occurrence from its weather to its outcome, or to words that have to wait."""
        about = schedule.about(each.at)
        if each.plan.action == "miss":
            return about if self._dry_run else self._delivery.miss(each, about)
        if each.plan.action == "take_back" and not self._dry_run:
            taken = self._taken_back(each, about)
            if isinstance(taken, Outcome):
                return taken
            each = taken
        try:
            words, about = self._composed(schedule, each, about)
        except (NoForecast, WeatherError) as error:
            settled = None
            if each.plan.action == "settle" and not self._dry_run:
                settled = self._delivery.settled(each, about)
            return settled or self._without_weather(each, about, error)
        unwanted = words.wanted is False and each.plan.why is not Why.ASKED_FOR
        if self._dry_run:
            return replace(about, status="skipped" if unwanted else "dry_run")
        if unwanted and each.plan.action != "settle":
            return self._delivery.skip(each, about)
        if each.plan.action == "look" and (
            about.trouble or any(gap.topic == "alerts" and gap.passing for gap in about.gaps)
        ):
            # A stand-in's text, or one without the warning that may be in this one, is no better.
            return replace(about, status="already", detail=STAYS)
        if each.plan.action == "wait" or self._delivery.is_too_near(each):
            return words, about
        return self._delivery.carry_out(each, words, about)

    def _taken_back(self, each: Due, about: Outcome) -> Outcome | Due:
        """Go on taking a text back; return what is to be handed over instead."""
        assert each.row is not None
        if each.row.sid is None:
            self._desk.swap(each.row, state="unknown")
            return replace(about, status="unknown", fresh=False, detail="the log is asked next")
        back = self._delivery.held.take_back(each.row, [each.receiver], for_good=False)
        if back is not None and back.state == "open":
            again = self._planned_anew(each, back)
            if again.plan.action in ("send", "hold", "wait"):
                return again
            return replace(about, status="not_due")
        if back is None or back.state == "canceling":
            detail = "it is being taken back; the channel has not confirmed that yet"
            return replace(about, status="unknown", fresh=False, detail=detail)
        return replace(about, status="already", sid=back.sid)

    def _awake(self, texts: Mapping[str, Text], schedule: Schedule, each: Due) -> Outcome:
        """After the wait plan anew, with the log and the row as they are then."""
        words, about = texts[each.key]
        each = self._planned_anew(each, self._desk.ledger.get(each.key))
        if each.plan.action == "miss":
            return self._delivery.miss(each, schedule.about(each.at))
        if each.plan.action != "send":
            return replace(about, status="already", detail="another run took care of it")
        if self._clock.now() - each.at > WEATHER_GOOD_FOR:
            detail = "the machine slept; the next run sends it, with the weather as it is then"
            return replace(schedule.about(each.at), detail=detail)
        self._services.channels.forget_log(each.receiver)
        return self._delivery.carry_out(each, words, about)

    def _planned_anew(self, each: Due, row: Row | None) -> Due:
        """An occurrence with its row and the plan as they are now."""
        can_hold = self._services.channels.can_hold(each.receiver)
        new = plan(each.at, row, self._clock.now(), can_hold, self._desk.timing)
        return replace(each, row=row, plan=new)

    def _composed(self, schedule: Schedule, each: Due, about: Outcome) -> tuple[Composed, Outcome]:
        """The text, and what is to be said of it. Raises NoForecast and WeatherError."""
        from weather_sms.text.compose import compose  # an idle tick needs no words

        subscription, zone = schedule.subscription, schedule.zone
        assert zone is not None
        place, forecast = self._services.weather.at(subscription.place)
        long = subscription.to.takes_long
        named = replace(place, name=self._heading_name(each.number, subscription, place))
        words = compose(
            subscription, named, forecast, zone, each.at, self._clock.now(), each.with_time, long
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

    def _heading_name(self, number: int, subscription: Subscription, place: Place) -> str:
        """The place's name, or what the user wrote if another place has that name."""
        mine = subscription.place
        for other in self._services.places_beside(number) - {mine}:
            with suppress(WeatherError):
                if self._services.weather.place(other).name == place.name:
                    return mine.written
        return place.name

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
            row = self._desk.ledger.get(each.key)
            if row is None or row.fate or not row.sid:
                return outcome
            self._clock.sleep(FATE_ASKED_EVERY_S)
            outcome = followed(self._desk, row, outcome) or outcome
        return outcome


def in_order(todo: Iterable[Due]) -> list[Due]:
    """What is due first, what has to be waited for last."""
    return sorted(todo, key=lambda each: (ACTIONS.index(each.plan.action), each.at))
