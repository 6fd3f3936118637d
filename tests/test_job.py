"""A tick: from settings to texts and outcomes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import httpx
import pytest

from weather_sms import Settings, tick
from weather_sms.ledger.sqlite import IN_MEMORY, SqliteLedger
from weather_sms.report import Report
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

ONE, TWO, THREE = "+15550123401", "+15550123402", "+15550123403"


def ticked(sandbox: Sandbox, clock: FixedClock, env: dict[str, str] | None = None, dry_run: bool = False) -> Report:
    settings = Settings.from_env(sandbox.env | (env or {}))
    sandbox.now = clock.now
    ledger = SqliteLedger(IN_MEMORY, "tests", clock.now())
    return tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger, send_now=True, dry_run=dry_run)


def subscriptions(*tables: tuple[str, str]) -> str:
    return "".join(f'[[subscription]]\nto = "{to}"\nplace = "{place}"\n' for to, place in tables)


def test_one_text_goes_to_the_one_receiver(sandbox: Sandbox, clock: FixedClock) -> None:
    report = ticked(sandbox, clock)
    (message,) = sandbox.twilio.messages
    assert message["to"] == "+15550123467"
    assert message["body"] == (
        "San Francisco Mon Nov 23: 50-63F, 50 now, mostly sunny and dry. Sunset 4:54pm. Bring a jacket."
    )
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.sid, outcome.segments, outcome.text) == ("sent", message["sid"], 1, message["body"])
    assert outcome.occurrence == "2026-11-23T07:00:00-08:00"
    assert report.exit_code == 0


def test_the_same_code_runs_over_real_sockets(sandbox: Sandbox, clock: FixedClock) -> None:
    ledger = SqliteLedger(IN_MEMORY, "tests", clock.now())
    with sandbox.serve():
        report = tick(Settings.from_env(sandbox.env), clock=clock, ledger=ledger, send_now=True)
    assert [m["sid"] for m in sandbox.twilio.messages] == [o.sid for o in report.outcomes]


def test_a_place_is_fetched_once_however_many_subscribe_to_it(sandbox: Sandbox, clock: FixedClock) -> None:
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


def test_coordinates_are_named_while_their_weather_is_fetched(sandbox: Sandbox, clock: FixedClock) -> None:
    (outcome,) = ticked(sandbox, clock, {"WEATHER_PLACE": "37.72,-122.44"}).outcomes
    assert outcome.text is not None
    assert outcome.text.startswith("San Francisco Mon Nov 23: ")


def test_one_failure_does_not_stop_the_others(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.twilio.refuse(TWO, 21610)
    people = subscriptions((ONE, "00000"), (TWO, "94112"), (THREE, "94112"))
    report = ticked(sandbox, clock, {"WEATHER_SUBSCRIPTIONS": people})
    assert [(o.subscription, o.status) for o in report.outcomes] == [(1, "no_weather"), (2, "rejected"), (3, "sent")]
    assert [m["to"] for m in sandbox.twilio.messages] == [THREE]
    assert report.exit_code == 1


def test_an_answer_that_never_came_is_unknown(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.fail("Messages.json", httpx.ReadTimeout("slow"), method="POST")
    (outcome,) = ticked(sandbox, clock).outcomes
    assert (outcome.status, outcome.sid) == ("unknown", None)
    assert "may have gone out" in outcome.detail


def test_a_forecast_of_other_days_is_no_weather(sandbox: Sandbox) -> None:
    report = ticked(sandbox, FixedClock(datetime(2027, 1, 1, tzinfo=UTC)))
    assert [(o.status, o.detail) for o in report.outcomes] == [
        ("no_weather", "the forecast does not reach the hours this text is for")
    ]


def test_an_empty_forecast_is_no_weather(sandbox: Sandbox, clock: FixedClock) -> None:
    sandbox.fail("/data/2.5/forecast", httpx.Response(200, json={"cod": "200", "list": []}))
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
def test_units_and_zone_can_be_chosen(sandbox: Sandbox, clock: FixedClock, env: dict[str, str], start: str) -> None:
    (outcome,) = ticked(sandbox, clock, env).outcomes
    assert (outcome.text or "").startswith(start)
