"""A tick: from settings to texts and outcomes."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

import httpx
import pytest

from weather_sms import Settings, tick
from weather_sms.delivery.tick import fetch, find
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.ledger.sqlite_file import IN_MEMORY
from weather_sms.report.outcome import Report
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

ONE, TWO, THREE = "+15550123401", "+15550123402", "+15550123403"


def ticked(
    sandbox: Sandbox, clock: FixedClock, env: dict[str, str] | None = None, dry_run: bool = False
) -> Report:
    settings = Settings.from_env(sandbox.env | (env or {}))
    sandbox.now = clock.now
    ledger = SqliteLedger(IN_MEMORY, clock.now())
    return tick(
        settings,
        clock=clock,
        transport=sandbox.transport,
        ledger=ledger,
        send_now=True,
        dry_run=dry_run,
    )


def subscriptions(*tables: tuple[str, str]) -> str:
    return "".join(f'[[subscription]]\nto = "{to}"\nplace = "{place}"\n' for to, place in tables)


def test_one_text_goes_to_the_one_receiver(sandbox: Sandbox, clock: FixedClock) -> None:
    report = ticked(sandbox, clock)
    (message,) = sandbox.twilio.messages
    assert message["to"] == "+15550123467"
    assert message["body"] == (
        "San Francisco Mon Nov 23: 50-63F, 50 now, mostly sunny and dry. Sunset 4:54pm. Bring "
        "a jacket."
    )
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.sid, outcome.segments, outcome.text) == (
        "sent",
        message["sid"],
        1,
        message["body"],
    )
    assert outcome.occurrence == "2026-11-23T07:00:00-08:00"
    assert report.exit_code == 0


def test_the_same_code_runs_over_real_sockets(sandbox: Sandbox, clock: FixedClock) -> None:
    ledger = SqliteLedger(IN_MEMORY, clock.now())
    with sandbox.serve():
        report = tick(Settings.from_env(sandbox.env), clock=clock, ledger=ledger, send_now=True)
    assert [m["sid"] for m in sandbox.twilio.messages] == [o.sid for o in report.outcomes]


def test_a_place_is_fetched_once_however_many_subscribe_to_it(
    sandbox: Sandbox, clock: FixedClock
) -> None:
    three = subscriptions((ONE, "94112"), (TWO, "94112,US"), (THREE, "Dallas,US"))
    report = ticked(sandbox, clock, {"WEATHER_SUBSCRIPTIONS": three})
    assert [outcome.status for outcome in report.outcomes] == ["sent"] * 3
    assert Counter(r.url.path for r in sandbox.requests if r.method == "GET") == {
        "/geo/1.0/zip": 1,
        "/geo/1.0/direct": 1,
        "/data/2.5/weather": 2,
        "/data/2.5/forecast": 2,
        "/data/2.5/air_pollution/forecast": 2,
        "/v1/forecast": 2,
        "/alerts/active": 2,
        f"/2010-04-01/Accounts/{sandbox.twilio.account_sid}/Messages.json": 3,
    }


def test_coordinates_are_named_while_their_weather_is_fetched(
    sandbox: Sandbox, clock: FixedClock
) -> None:
    (outcome,) = ticked(sandbox, clock, {"WEATHER_PLACE": "37.72,-122.44"}).outcomes
    assert outcome.text is not None
    assert outcome.text.startswith("San Francisco Mon Nov 23: ")


def test_one_failure_does_not_stop_the_others(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.twilio.refuse(TWO, 21610)
    people = subscriptions((ONE, "00000"), (TWO, "94112"), (THREE, "94112"))
    report = ticked(sandbox, clock, {"WEATHER_SUBSCRIPTIONS": people})
    assert [(o.subscription, o.status) for o in report.outcomes] == [
        (1, "no_weather"),
        (2, "rejected"),
        (3, "sent"),
    ]
    assert [m["to"] for m in sandbox.twilio.messages] == [THREE]
    assert report.exit_code == 1


def test_an_answer_that_never_came_is_unknown(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.fail("Messages.json", httpx.ReadTimeout("slow"), method="POST")
    (outcome,) = ticked(sandbox, clock).outcomes
    assert (outcome.status, outcome.sid) == ("unknown", None)
    assert "may have gone out" in outcome.detail


def test_a_forecast_of_other_days_is_no_weather(sandbox: Sandbox, clock: FixedClock) -> None:
    settings = Settings.from_env(sandbox.env)
    place = settings.subscriptions[0].place
    weather = {place: fetch(settings, place, clock=clock, transport=sandbox.transport)}
    later = FixedClock(datetime(2027, 1, 1, tzinfo=UTC))
    ledger = SqliteLedger(IN_MEMORY, later.now())
    report = tick(
        settings,
        clock=later,
        transport=sandbox.transport,
        ledger=ledger,
        send_now=True,
        weather=weather,
    )
    assert [(o.status, o.detail) for o in report.outcomes] == [
        ("no_weather", "the forecast does not reach the hours this text is for")
    ]


def test_an_empty_forecast_is_no_weather(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.fail("/data/2.5/forecast", httpx.Response(200, json={"cod": "200", "list": []}))
    sandbox.fail("/v1/forecast", httpx.Response(200, json={"hourly": {"time": []}}), times=2)
    assert ticked(sandbox, clock).exit_code == 1


def test_a_dry_run_does_everything_but_hand_over(sandbox: Sandbox, clock: FixedClock) -> None:
    (outcome,) = ticked(sandbox, clock, dry_run=True).outcomes
    assert (outcome.status, outcome.segments) == ("dry_run", 1)
    assert outcome.text
    assert not any("Messages" in r.url.path for r in sandbox.requests)


@pytest.mark.parametrize(
    ("env", "start"),
    [
        ({"WEATHER_UNITS": "metric"}, "San Francisco Mon Nov 23: 10-17C, 10 now"),
        ({"WEATHER_TIMEZONE": "Asia/Tokyo"}, "San Francisco Tue Nov 24 12am: "),
        ({"WEATHER_PLACE": "SW1A 1AA,GB"}, "London "),
    ],
)
def test_units_and_zone_can_be_chosen(
    sandbox: Sandbox, clock: FixedClock, env: dict[str, str], start: str
) -> None:
    (outcome,) = ticked(sandbox, clock, env).outcomes
    assert (outcome.text or "").startswith(start)


def many(count: int, at: str = "07:00") -> str:
    return "".join(
        f'[[subscription]]\nto = "+1555{i:07}"\nplace = "94112"\nat = "{at}"\n'
        for i in range(count)
    )


def test_many_texts_are_handed_over_at_once_but_not_all(
    sandbox: Sandbox, clock: FixedClock
) -> None:
    lock, under_way, most = Lock(), 0, 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        answer = sandbox.handle(request)
        with lock:
            under_way -= 1
        return answer

    sandbox.now = clock.now
    settings = Settings.from_env(sandbox.env | {"WEATHER_SUBSCRIPTIONS": many(200)})
    ledger, done = SqliteLedger(IN_MEMORY, clock.now()), list[int]()
    report = tick(settings, clock=clock, transport=httpx.MockTransport(handle), ledger=ledger,
                  progress=lambda count, _: done.append(count))  # fmt: skip
    assert Counter(outcome.status for outcome in report.outcomes) == {"sent": 200}
    assert (
        len({message["to"] for message in sandbox.twilio.messages})
        == len(sandbox.twilio.messages)
        == 200
    )
    assert 10 < most <= 96
    assert sorted(done) == list(range(1, 201))
    assert report.month_segments == 200


def test_what_is_late_does_not_wait_for_what_has_to_wait(sandbox: Sandbox) -> None:
    clock = FixedClock(DAYS["fair"].moment - timedelta(minutes=5))
    zone = ZoneInfo(DAYS["fair"].timezone)
    toml = many(3) + many(6, "05:30")[len(many(3, "05:30")) :]
    report = ticked_on_time(sandbox, clock, toml)
    assert [outcome.status for outcome in report.outcomes] == ["sent"] * 6
    left = [
        sandbox.twilio.left_at[message["sid"]].astimezone(zone) for message in sandbox.twilio.left
    ]
    assert [f"{moment:%H:%M}" for moment in left] == ["06:55"] * 3 + ["07:00"] * 3


def test_an_interruption_ends_what_is_under_way_and_a_later_tick_does_the_rest(
    sandbox: Sandbox, clock: FixedClock
) -> None:
    def stop(done: int, _: int) -> None:
        if done == 60:
            raise KeyboardInterrupt

    sandbox.now, ledger = clock.now, SqliteLedger(IN_MEMORY, clock.now())
    settings = Settings.from_env(sandbox.env | {"WEATHER_SUBSCRIPTIONS": many(300)})
    with pytest.raises(KeyboardInterrupt):
        tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger, progress=stop)
    assert 60 <= len(sandbox.twilio.messages) < 300
    tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger)
    assert set(Counter(message["to"] for message in sandbox.twilio.messages).values()) == {1}
    assert len(sandbox.twilio.messages) == 300


def test_a_tick_of_some_looks_at_no_others(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.now, ledger = clock.now, SqliteLedger(IN_MEMORY, clock.now())
    settings = Settings.from_env(sandbox.env | {"WEATHER_SUBSCRIPTIONS": many(5)})
    report = tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger, only=[2, 4])
    assert [(outcome.subscription, outcome.status) for outcome in report.outcomes] == [
        (2, "sent"),
        (4, "sent"),
    ]
    found = find(settings, clock=clock, transport=sandbox.transport, ledger=ledger)
    assert (list(found.by_place.values()), found.weatherless) == ([[1, 3, 5]], [])


def ticked_on_time(sandbox: Sandbox, clock: FixedClock, toml: str) -> Report:
    sandbox.now = clock.now
    ledger = SqliteLedger(IN_MEMORY, clock.now())
    settings = Settings.from_env(sandbox.env | {"WEATHER_SUBSCRIPTIONS": toml})
    return tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger)
