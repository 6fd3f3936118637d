"""What a tick is about: the occurrences around now, what the ledger knows of them, and the plan for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from weather_sms import due
from weather_sms.delivery import Due
from weather_sms.place import Coordinates
from weather_sms.place import timezone as zone_of
from weather_sms.receiver import identity

if TYPE_CHECKING:
    from weather_sms.ledger import Ledger, Seal
    from weather_sms.services import Services
    from weather_sms.settings import Subscription

ASKED_FOR = "it was asked for"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A subscription (counted from 1) with its occurrences around now; `zone` is None where the place is unknown."""

    number: int
    subscription: Subscription
    zone: ZoneInfo | None
    occurrences: tuple[datetime, ...] = ()
    error: Exception | None = None

    def next(self, now: datetime) -> datetime | None:
        """The first occurrence after now, in local time."""
        at = min((at for at in self.occurrences if at > now), default=None)
        return at.astimezone(self.zone) if at else None


class Agenda:
    """Looks at the clock once, when the tick `began`."""

    def __init__(self, ledger: Ledger, seal: Seal, services: Services, timing: due.Timing, began: datetime) -> None:
        self._ledger, self._seal, self._services = ledger, seal, services
        self._timing, self._began = timing, began

    def schedule(self, number: int, subscription: Subscription) -> Schedule:
        """A subscription's zone and its occurrences around now."""
        from weather_sms.weather import WeatherError

        try:
            zone = self._zone(subscription)
        except WeatherError as error:
            return Schedule(number, subscription, None, error=error)
        return Schedule(number, subscription, zone, tuple(due.occurrences(subscription.at, zone, self._began)))

    def _zone(self, subscription: Subscription) -> ZoneInfo:
        """As set, as remembered, by the coordinates, or by asking where the place is."""
        from weather_sms.ledger import zone_names

        query = subscription.place
        if subscription.timezone:
            return ZoneInfo(subscription.timezone)
        memory = f"zone:{self._seal('place', repr(query))}"
        sealed = self._ledger.recall(memory)
        name = self._seal.find(sealed, "zone", zone_names()) if sealed else None
        if name is None:
            if isinstance(query, Coordinates):
                name = zone_of(query.latitude, query.longitude)
            else:
                name = self._services.place(query).timezone
            self._ledger.remember(memory, self._seal("zone", name))
        return ZoneInfo(name)

    def keys(self, schedules: list[Schedule]) -> Iterator[str]:
        """The ledger's keys of all occurrences around now."""
        return (self._key(each.subscription, at) for each in schedules for at in each.occurrences)

    def _key(self, subscription: Subscription, at: datetime, *more: str) -> str:
        return self._seal("occurrence", identity(subscription.to), repr(subscription.place), iso(at), *more)

    def dues(self, schedule: Schedule, schedules: list[Schedule], send_now: bool) -> list[Due]:
        """The occurrence before now, if it is owed, and the one after it; with `send_now` one text for now."""
        now, subscription = self._began, schedule.subscription
        if schedule.zone is None:
            return []
        mine = identity(subscription.to)
        same = [each for each in schedules if identity(each.subscription.to) == mine]
        of_receiver = [at for each in same for at in each.occurrences]
        previous = max((at for at in schedule.occurrences if at <= now), default=None)
        upcoming = min((at for at in schedule.occurrences if at > now), default=None)
        owed = previous if previous and previous >= self._known_since(schedule) else None
        found = [self._due(schedule, at, of_receiver) for at in (owed, upcoming) if at]
        if not send_now:
            return found
        settles = [each for each in found if each.at == owed and _may_settle(each)]
        return [replace(each, plan=due.Plan("send", ASKED_FOR)) for each in settles] or [
            Due(
                number=schedule.number,
                receiver=subscription.to,
                at=now,
                key=self._key(subscription, now, "now", now.isoformat()),
                row=None,
                window=due.Window(now, now),
                plan=due.Plan("send", ASKED_FOR),
                own=True,
            )
        ]

    def _due(self, schedule: Schedule, at: datetime, of_receiver: list[datetime]) -> Due:
        timing, key = self._timing, self._key(schedule.subscription, at)
        row, window = self._ledger.get(key), due.window(at, of_receiver, timing)
        plan = due.plan(at, row, window, self._began, self._services.can_hold(schedule.subscription.to), timing)
        receiver = schedule.subscription.to
        return Due(number=schedule.number, receiver=receiver, at=at, key=key, row=row, window=window, plan=plan)

    def _known_since(self, schedule: Schedule) -> datetime:
        """What was due before a known ledger met a schedule is not owed; a new one is owed what is in its grace."""
        each = schedule.subscription
        name = f"schedule:{self._seal('schedule', identity(each.to), repr(each.place), each.at, str(schedule.zone))}"
        since = self._ledger.recall(name)
        if since is None:
            new = self._ledger.recall("ticked") is None
            since = iso(self._began - self._timing.grace if new else self._began)
            self._ledger.remember(name, since)
        return datetime.fromisoformat(since)


def _may_settle(each: Due) -> bool:
    """Whether a text sent by `--now` can stand for an occurrence: it is open, or was refused."""
    return each.plan.action == "send" or (each.row is not None and each.row.state == "rejected")


def iso(moment: datetime) -> str:
    """A moment as the ledger and the reports write it, to the second."""
    return moment.isoformat(timespec="seconds")
