"""The occurrences around now, what the ledger knows of them, and the plan for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weather_sms.delivery.due import Due, iso
from weather_sms.delivery.faults import caught
from weather_sms.delivery.plan import Plan, Why, plan
from weather_sms.ledger.row import Row
from weather_sms.place import Coordinates, Query
from weather_sms.report.outcome import Outcome, unexpected
from weather_sms.schedule import Timing, occurrences
from weather_sms.weather import WeatherError, zones

if TYPE_CHECKING:
    from weather_sms.delivery.services import Services
    from weather_sms.ledger import KeyedHash, Ledger
    from weather_sms.settings import Subscription

Rows = Mapping[str, Row]
Day = tuple[tuple[str, str], date]
# The states of texts that do not come any more:
NEVER = ("canceled", "rejected", "missed", "skipped")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A subscription (counted from 1) with its occurrences around now.

    `zone` is None where the place is unknown.
    """

    number: int
    subscription: Subscription
    zone: ZoneInfo | None
    occurrences: tuple[datetime, ...] = ()
    error: WeatherError | None = None

    def about(self, at: datetime) -> Outcome:
        """The beginning of what is said of its text for a moment."""
        local = iso(at.astimezone(self.zone or UTC))
        return Outcome(
            subscription=self.number,
            occurrence=local,
            status="not_due",
            receiver=self.subscription.to,
        )


class Occurrences:
    """The occurrences of a tick, which looks at the clock once, when it `began`.

    `new`: no tick has used this ledger before.
    """

    def __init__(
        self,
        ledger: Ledger,
        seal: KeyedHash,
        services: Services,
        timing: Timing,
        began: datetime,
        new: bool,
    ) -> None:
        self._ledger, self._seal, self._services = ledger, seal, services
        self._timing, self._began, self._new = timing, began, new
        self._occurrences = lru_cache(None)(occurrences)

    def schedules(self, subscriptions: Mapping[int, Subscription]) -> list[Schedule]:
        """Each subscription's zone and its occurrences around now."""
        zones = self._zones({each.place for each in subscriptions.values() if not each.timezone})
        return [self._schedule(number, each, zones) for number, each in subscriptions.items()]

    def _schedule(
        self, number: int, each: Subscription, zones: Mapping[Query, ZoneInfo | WeatherError]
    ) -> Schedule:
        zone = ZoneInfo(each.timezone) if each.timezone else zones[each.place]
        if not isinstance(zone, ZoneInfo):
            return Schedule(number, each, None, error=zone)
        return Schedule(number, each, zone, tuple(self._occurrences(each.at, zone, self._began)))

    def _zones(self, queries: set[Query]) -> dict[Query, ZoneInfo | WeatherError]:
        """Find zones as known, as remembered, by coordinates, or by asking where the places are."""
        from weather_sms.ledger import zone_names

        here = {
            query: ZoneInfo(found[0].timezone)
            for query, found in self._services.weather.known.items()
            if not isinstance(found, WeatherError)
        }
        queries = queries - here.keys()
        memories = {query: f"zone:{self._seal('place', query.key)}" for query in queries}
        sealed = self._ledger.recall_all(list(memories.values()))
        names = self._seal.opened("zone", zone_names()) if sealed else {}
        known = {
            query: names[sealed[memory]]
            for query, memory in memories.items()
            if sealed.get(memory) in names
        }
        found, failures = self._located(queries - known.keys())
        if found:
            self._ledger.remember_all(
                {memories[query]: self._seal("zone", name) for query, name in found.items()}
            )
        return here | {query: ZoneInfo(name) for query, name in (known | found).items()} | failures

    def _located(self, queries: set[Query]) -> tuple[dict[Query, str], dict[Query, WeatherError]]:
        """The zones' names of places that nobody has asked for yet; all are asked at once."""
        written = [query for query in queries if not isinstance(query, Coordinates)]
        self._services.weather.ask_where(written)
        names = {
            query: caught(partial(self._zone_name, query), lambda e: WeatherError(unexpected(e)))
            for query in queries
        }
        found = {query: name for query, name in names.items() if isinstance(name, str)}
        return found, {query: e for query, e in names.items() if isinstance(e, WeatherError)}

    def _zone_name(self, query: Query) -> str | WeatherError:
        if isinstance(query, Coordinates):
            return zones.timezone(query.latitude, query.longitude)
        try:
            return self._services.weather.place(query).timezone
        except WeatherError as error:
            return error

    def keys(self, schedules: Iterable[Schedule]) -> dict[str, int]:
        """The ledger's keys of all occurrences around now, each with its subscription's number."""
        return {
            self._key(each.subscription, at): each.number
            for each in schedules
            for at in each.occurrences
        }

    def _key(self, subscription: Subscription, at: datetime, *more: str) -> str:
        return self._seal(
            "occurrence", subscription.to.identity, subscription.place.key, iso(at), *more
        )

    def dues(
        self, schedules: list[Schedule], beside: list[Schedule], rows: Rows, send_now: bool
    ) -> list[Due]:
        """Return what is owed and what is coming; with `send_now` one text each for now.

        `beside`: all schedules of the same receivers, whose headings have to differ.
        """
        known = self._known_since([each for each in schedules if each.zone])
        a_day = Counter(_day(each, at) for each in beside for at in each.occurrences)
        dues = [
            due
            for each in schedules
            if each.zone
            for due in self._of(each, known[each.number], rows, a_day)
        ]
        dues = self._only_last(dues)
        if not send_now:
            return dues
        return [self._for_now(each, dues, rows) for each in schedules if each.zone]

    def _of(
        self, schedule: Schedule, known_since: datetime, rows: Rows, a_day: Counter[Day]
    ) -> list[Due]:
        """All from the last two days to the end of the look-ahead that may need something."""
        last = self._began + max(self._timing.look_ahead, self._timing.max_wait)
        return [
            self._due(schedule, at, rows, several=a_day[_day(schedule, at)] > 1)
            for at in schedule.occurrences
            if at <= last and (at >= known_since or self._key(schedule.subscription, at) in rows)
        ]

    def _only_last(self, dues: list[Due]) -> list[Due]:
        """Of several that are owed for one receiver and place only the last goes out."""
        last: dict[tuple[str, str], datetime] = {}
        for each in dues:
            if each.plan.action == "send":
                last[each.who] = max(each.at, last.get(each.who, each.at))
        later = Plan("miss", Why.LATER_ONE_OWED)
        return [
            replace(each, plan=later)
            if each.plan.action == "send" and each.at < last[each.who]
            else each
            for each in dues
        ]

    def _for_now(self, schedule: Schedule, dues: list[Due], rows: Rows) -> Due:
        """The last text that is owed or was refused, if there is one, else one of its own."""
        mine = [each for each in dues if each.number == schedule.number and each.at <= self._began]
        last = max(mine, key=lambda each: each.at, default=None)
        if last and last.plan.action in ("settle", "busy", "take_back"):
            return last
        if last and (last.plan.action in ("send", "miss") or _was_refused(last.row)):
            return replace(last, plan=Plan("send", Why.ASKED_FOR))
        now = self._began
        key = self._key(schedule.subscription, now, "now", now.isoformat())
        return replace(
            self._due(schedule, now, rows, several=True),
            key=key,
            sequence=key,
            row=rows.get(key),
            plan=Plan("send", Why.ASKED_FOR),
            own=True,
        )

    def upcoming(self, schedules: list[Schedule], rows: Rows) -> dict[int, datetime]:
        """Return each subscription's next text in local time, without those canceled or refused."""
        gone = {key for key, row in rows.items() if row.state in NEVER}
        found = ((each, self._next(each, gone)) for each in schedules)
        return {each.number: at.astimezone(each.zone) for each, at in found if at}

    def _next(self, schedule: Schedule, gone: set[str]) -> datetime | None:
        coming = (at for at in schedule.occurrences if at > self._began)
        return next(
            (at for at in coming if not gone or self._key(schedule.subscription, at) not in gone),
            None,
        )

    def _due(self, schedule: Schedule, at: datetime, rows: Rows, several: bool) -> Due:
        subscription = schedule.subscription
        key = self._key(subscription, at)
        can_hold = self._services.channels.can_hold(subscription.to)
        return Due(
            number=schedule.number,
            receiver=subscription.to,
            at=at,
            key=key,
            who=_who(subscription),
            sequence=_sequence(subscription, at),
            row=rows.get(key),
            plan=plan(at, rows.get(key), self._began, can_hold, self._timing),
            with_time=several,
        )

    def _known_since(self, schedules: list[Schedule]) -> dict[int, datetime]:
        """Return the moment from which each schedule's texts are owed.

        What was due before a known ledger met a schedule is not owed; a new ledger owes what is in
        its grace.
        """
        names = {each.number: f"schedule:{self._sealed(each)}" for each in schedules}
        known = {
            name: since
            for name, text in self._ledger.recall_all(list(names.values())).items()
            if (since := datetime.fromisoformat(text)) <= self._began  # else a clock was wrong
        }
        since = self._began - self._timing.grace if self._new else self._began
        met = {name: since for name in names.values() if name not in known}
        if met:
            self._ledger.remember_all({name: iso(since) for name in met})
        return {number: (known | met)[name] for number, name in names.items()}

    def _sealed(self, schedule: Schedule) -> str:
        each = schedule.subscription
        return self._seal("schedule", each.to.identity, each.place.key, each.at, str(schedule.zone))


def _who(subscription: Subscription) -> tuple[str, str]:
    return subscription.to.identity, subscription.place.key


def _day(schedule: Schedule, at: datetime) -> Day:
    """What texts have in common whose headings could be the same."""
    return _who(schedule.subscription), at.astimezone(schedule.zone).date()


def _sequence(subscription: Subscription, at: datetime) -> str:
    """A name for the text that every ledger gives it, whatever its secret."""
    return sha256("\0".join((*_who(subscription), iso(at))).encode()).hexdigest()


def _was_refused(row: Row | None) -> bool:
    return row is not None and row.state in ("rejected", "missed", "open")
