"""The worlds that are simulated, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.simulation.github import Unkindness
from tests.simulation.history import History
from tests.simulation.judge import Judge, Verdict
from tests.simulation.run_times import Regime, starts
from tests.simulation.weather import REGIONS, Region
from tests.simulation.wishes import Wish, Wishes
from tests.simulation.world import Setting, World
from weather_sms.sandbox.twilio_messages import Order
from weather_sms.schedule import Timing

PHONE, SECOND_PHONE = "+15550123467", "+15550123458"
TOPIC = "ntfy://a-topic-nobody-guesses"
ORDERS: tuple[Order, ...] = ("created", "unsent first", "unsent last")
UNKIND = Unkindness()
KIND = Unkindness(**dict.fromkeys(Unkindness.__dataclass_fields__, 0.0))
# The clocks change in the US, Europe and Australia within 20 days of these:
BEGINNINGS = [datetime(2026, *day, tzinfo=UTC) for day in ((3, 2), (10, 19), (3, 21), (6, 1))]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`row`: of the table, which joins scenarios. `promised`: whether the promise covers it."""

    name: str
    row: str
    order: Order = "created"
    regime: Regime = "both"
    unkind: Unkindness = UNKIND
    topic: bool = False
    service: bool = True
    many: bool = False
    cron: bool = False
    shift_min: int = 0
    promised: bool = True

    def holds(self, to: str) -> bool:
        """Whether a receiver's channel can hold texts."""
        return self.service or to.startswith("ntfy")

    def wishes(self, region: Region) -> Wishes:
        """The subscriptions, before anybody edits them."""
        one = Wish(TOPIC if self.topic else PHONE, region.home, zone=region.home.timezone)
        if not self.many:
            return (one,)
        return (
            one,
            replace(one, spot=region.twin, minute=5),
            replace(one, to=SECOND_PHONE, hours=(7, 12, 19)),
            replace(one, to=TOPIC, hours=(7, 18)),
            replace(one, to=TOPIC, spot=region.away, zone=region.away.timezone),
        )


def scenarios(shifts: range) -> Iterator[Scenario]:
    """All, in the order of the table."""
    for row, many in (("service", False), ("many", True)):
        for order in ORDERS:
            yield Scenario(f"{row}:{order.replace(' ', '-')}", row, order, many=many)
    yield Scenario("ntfy", "ntfy", topic=True)
    yield Scenario("service:kind", "service, no faults", unkind=KIND)
    yield Scenario("ntfy:kind", "ntfy, no faults", topic=True, unkind=KIND)
    for order in ORDERS:
        name = f"two-ledgers:{order.replace(' ', '-')}"
        yield Scenario(name, "two ledgers", order, cron=True, promised=False)
    regimes: tuple[Regime, ...] = ("hourly", "rare")
    for regime in regimes:
        for shift in shifts:
            order = ORDERS[shift % len(ORDERS)]
            name, row = f"number:{regime}+{shift}", f"number, {regime} runs"
            yield Scenario(name, row, order, regime, service=False, shift_min=shift)


@cache
def _starts(
    trace: tuple[datetime, ...], regime: Regime, seed: int, start: datetime, days: int
) -> list[datetime]:
    return starts(list(trace), regime, seed, start, days)


def simulate(scenario: Scenario, seed: int, days: int, trace: tuple[datetime, ...]) -> History:
    """The history of one scenario under one seed."""
    start, region = BEGINNINGS[seed % len(BEGINNINGS)], REGIONS[seed % len(REGIONS)]
    scheduled = _starts(trace, scenario.regime, seed, start, days)
    shift = timedelta(minutes=scenario.shift_min)
    setting = Setting(
        name=scenario.name.partition("+")[0],
        seed=seed,
        start=start,
        days=days,
        scheduled=[at + shift for at in scheduled],
        region=region,
        wishes=scenario.wishes(region),
        unkind=scenario.unkind,
        order=scenario.order,
        service=scenario.service,
        cron=scenario.cron,
    )
    return World(setting).run()


def judged(scenario: Scenario, history: History) -> Verdict:
    """The verdict of the promise in `Timing`."""
    return Judge(history, Timing(), scenario.holds).verdict()
