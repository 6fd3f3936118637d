"""Once, and on time: the protocol section by section, with a real ledger file and real deaths."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.support.world import DAY, FOR_DAY, RECEIVER, World, at
from weather_sms.delivery.run import Run
from weather_sms.ledger import LedgerError
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.sandbox import days
from weather_sms.sandbox.days import DAYS


@pytest.fixture(params=["twilio", "ntfy"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Texts can be held: with a Messaging Service, and always on ntfy."""
    return World(tmp_path, channel=request.param, env={"WEATHER_AT": FOR_DAY})


@pytest.fixture
def service(tmp_path: Path) -> World:
    """Twilio, with a Messaging Service."""
    return World(tmp_path, env={"WEATHER_AT": FOR_DAY})


@pytest.fixture(params=["twilio", "ntfy"])
def either(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Twilio with a number alone, and ntfy."""
    env = {"WEATHER_AT": FOR_DAY}
    return World(tmp_path, holds=False, channel=request.param, env=env)


@pytest.fixture
def plain(tmp_path: Path) -> World:
    """Texts cannot be held: there is only a number."""
    return World(tmp_path, holds=False)


# Due


def test_a_late_tick_sends_what_is_owed_once(either: World) -> None:
    assert either.outcome("08:30").status == "sent"
    assert either.outcome("08:35").status == "already"
    assert either.minutes() == ["23 08:30"]


def test_a_tick_shortly_before_waits_for_the_minute(plain: World) -> None:
    assert plain.outcome("06:51").status == "sent"
    assert plain.minutes() == ["23 07:00"]


def test_a_tick_too_early_does_nothing_and_asks_nobody(plain: World) -> None:
    plain.tick("05:00")
    plain.sandbox.requests.clear()
    assert plain.outcome("06:49").status == "not_due"
    assert plain.sandbox.requests == []


def test_a_schedule_that_a_known_ledger_meets_starts_with_the_next(plain: World) -> None:
    plain.tick("08:00")
    later = plain.outcome("08:10", env={"WEATHER_AT": "7:30am"})
    assert (later.status, later.occurrence) == ("not_due", "2026-11-24T07:30:00-08:00")


def test_a_quarter_past_midnight_catches_up_on_22_00(tmp_path: Path) -> None:
    evening = World(tmp_path, holds=False, env={"WEATHER_AT": "22:00"})
    done = evening.outcome("11-24T00:15")
    assert (done.status, done.occurrence) == ("sent", "2026-11-23T22:00:00-08:00")
    assert (done.text or "").startswith("San Francisco Mon Nov 23: ")


def test_morning_and_evening_are_two_texts(tmp_path: Path) -> None:
    both = World(tmp_path, holds=True, env={"WEATHER_AT": "0 7,18 * * *"})
    for hour in range(1, 24):
        both.tick(f"{hour:02}:20")
    assert both.minutes() == ["23 07:00", "23 18:00"]


# Held


def test_a_held_text_leaves_on_the_minute(world: World) -> None:
    early = world.outcome("01:00")
    assert (early.status, early.send_at) == ("scheduled", "2026-11-23T15:00:00+00:00")
    assert "now" not in (early.text or "")
    for hour in range(2, 10):
        world.tick(f"{hour:02}:10")
    assert world.minutes() == ["23 07:00"]


def test_eleven_minutes_before_is_held_and_nine_minutes_before_waits(tmp_path: Path) -> None:
    held, waits = World(tmp_path / "a"), World(tmp_path / "b")
    assert held.outcome("06:49").status == "scheduled"
    assert waits.outcome("06:51").status == "sent"
    waits.pass_time("07:30")
    held.pass_time("07:30")
    assert (held.minutes(), waits.minutes()) == (["23 07:00"], ["23 07:00"])


def test_a_held_text_is_replaced_only_if_the_forecast_changed(service: World) -> None:
    service.tick("01:00")
    assert service.outcome("05:00").status == "already"
    assert len(service.sandbox.twilio.messages) == 1

    other = World(service.folder / "other")
    other.tick("01:00")
    other.sandbox.openweather.forecasts["San Francisco"] = _colder(other)
    assert other.outcome("05:00").status == "refreshed"
    assert [m["status"] for m in other.sandbox.twilio.messages] == ["canceled", "scheduled"]
    assert other.outcome("05:30").status == "already"
    other.pass_time("08:00")
    assert other.minutes() == ["23 07:00"]


def _colder(world: World) -> dict[str, object]:
    from weather_sms.sandbox.days import forecast

    answer = forecast(world.sandbox.days[0])
    for step in answer["list"]:
        step["main"]["temp"] -= 9
    return answer


def test_cancelling_too_late_leaves_the_text_as_it_is(service: World) -> None:
    service.tick("01:00")
    service.sandbox.openweather.forecasts["San Francisco"] = _colder(service)
    service.sandbox.fail(".json", httpx.Response(400, json={"code": 30409}), method="POST", times=9)
    assert service.outcome("05:00").status == "already"
    service.pass_time("08:00")
    assert service.minutes() == ["23 07:00"]


@pytest.mark.parametrize(
    "changed",
    [{"WEATHER_AT": "08:00"}, {"WEATHER_PLACE": "75201"}, {"WEATHER_TO": "+15550123499"},
     {"WEATHER_TIMEZONE": "America/Denver"}],
)  # fmt: skip
def test_settings_edited_while_a_text_is_held(service: World, changed: dict[str, str]) -> None:
    service.tick("01:00")
    service.env |= changed
    service.tick("02:00")
    service.tick("02:30")
    for hour in range(4, 12):
        service.tick(f"{hour:02}:00")
    assert len(service.left) == 1
    assert service.sandbox.twilio.messages[0]["status"] == "canceled"


def test_another_language_or_unit_comes_with_the_refresh(world: World) -> None:
    world.tick("01:00")
    world.env |= {"WEATHER_UNITS": "metric"}
    world.tick("05:00")
    world.pass_time("08:00")
    assert "C, " in world.left[0]["body"]
    assert len(world.left) == 1


def test_stop_cancels_what_is_held_and_it_stays_so(world: World) -> None:
    world.tick("01:00")
    assert [o.status for o in world.stop("02:00").outcomes] == ["canceled"]
    world.tick("03:00")
    world.tick("08:00")
    assert world.left == []


def test_a_stop_that_nobody_confirms_is_no_success(world: World) -> None:
    world.tick("01:00")
    world.sandbox.fail(world.path, httpx.Response(503), times=99)
    report = world.stop("02:00")
    assert ([each.status for each in report.outcomes], report.exit_code) == (["unknown"], 1)


# Claim and witness


def test_two_ticks_at_the_same_instant_send_one_text(plain: World) -> None:
    plain.tick("04:00")
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: plain.tick("07:05"), range(8)))
    assert sorted(o.status for r in reports for o in r.outcomes).count("sent") == 1
    assert len(plain.left) == 1


def test_a_text_of_another_ledger_is_found_in_the_log(tmp_path: Path) -> None:
    laptop = World(tmp_path, holds=False)
    laptop.tick("07:05")
    laptop.env |= {"WEATHER_STATE": f"sqlite:///{tmp_path / 'actions.db'}"}
    found = laptop.outcome("07:30")
    assert (found.status, found.detail) == ("already", "Twilio's log shows it already")
    assert len(laptop.left) == 1


def test_a_text_sent_by_hand_is_not_taken_for_the_mornings(either: World) -> None:
    either.tick("06:40", send_now=True)
    assert either.left[0]["body"].startswith("San Francisco Mon Nov 23 6:40am: ")
    either.tick("07:10")
    assert either.minutes() == ["23 06:40", "23 07:10"]


@pytest.mark.parametrize(("moment", "texts"), [("07:00", 1), ("07:30", 1), ("06:00", 2)])
def test_now_settles_what_is_owed_but_never_the_next(
    either: World, moment: str, texts: int
) -> None:
    assert either.outcome(moment, send_now=True).status == "sent"
    either.tick("07:40")
    either.tick("08:40")
    assert len(either.left) == texts


# One POST


@pytest.mark.parametrize(
    "answer", [httpx.ReadTimeout("slow"), httpx.Response(500), httpx.Response(201, text="<html>")]
)
@pytest.mark.parametrize("processed", [True, False])
@pytest.mark.parametrize("lag", [0, 14])
def test_a_lost_answer_is_settled_by_the_log(
    either: World, answer: httpx.Response | Exception, processed: bool, lag: int
) -> None:
    either.lag(lag)
    either.sandbox.fail(either.path, answer, method="POST", processed=processed)
    either.ticks("07:05", "07:10", "07:25", "07:50")
    assert len(either.left) == 1


def test_too_many_requests_then_success(either: World) -> None:
    either.sandbox.fail(either.path, httpx.Response(429, json={"code": 20429}), method="POST")
    assert either.outcome("07:05").status == "sent"
    assert len(either.left) == 1


def test_nobody_reached_is_tried_by_the_next_tick_and_reported_once(either: World) -> None:
    either.sandbox.fail(either.path, httpx.ConnectError("down"), method="POST", times=99)
    first, second = either.tick("07:05"), either.tick("07:35")
    assert [(r.outcomes[0].status, r.exit_code) for r in (first, second)] == [
        ("rejected", 1),
        ("rejected", 0),
    ]
    either.sandbox.faults.clear()
    assert either.outcome("08:05").status == "sent"


def test_a_refusal_at_its_time_is_final_but_now_tries_again(plain: World) -> None:
    plain.sandbox.twilio.refuse(RECEIVER, 21610)
    assert (plain.outcome("07:05").status, plain.outcome("07:35").status) == ("rejected", "not_due")
    plain.sandbox.twilio.refusals.clear()
    assert plain.outcome("07:40", send_now=True).status == "sent"
    assert plain.left[0]["body"].startswith("San Francisco Mon Nov 23: ")


def test_a_refusal_to_hold_falls_back_to_sending_at_the_time(service: World) -> None:
    service.sandbox.twilio.refuse(RECEIVER, 35118)
    first = service.tick("02:00")
    assert (first.outcomes[0].status, first.exit_code) == ("not_due", 0)
    service.sandbox.twilio.refusals.clear()
    assert service.outcome("03:00").status == "not_due"
    assert service.outcome("06:55").status == "sent"
    assert service.minutes() == ["23 07:00"]


# Weather


def test_no_weather_for_a_while_is_only_late(either: World) -> None:
    either.no_weather()
    either.tick("07:10")
    either.sandbox.faults.clear()
    assert either.outcome("07:40").status == "sent"


# Only if


RAINY = "7:10 10:10/r4 13:11/r4 16:12 19:11 22:10"


def _weather(world: World, written: str) -> None:
    day = DAYS["fair"].on(DAY)
    steps = days.forecast(replace(day, weather=written))
    world.sandbox.openweather.forecasts["San Francisco"] = steps


def test_a_dry_day_is_skipped_once_and_says_why(plain: World) -> None:
    plain.env["WEATHER_ONLY_IF"] = "rain,snow"
    outcome = plain.outcome("07:05")
    assert (outcome.status, outcome.detail) == (
        "skipped",
        "the forecast holds nothing of rain, snow",
    )
    assert outcome.shown_detail(private=False) == "its condition does not hold"
    _weather(plain, RAINY)
    assert plain.outcome("07:35").status == "not_due"
    assert plain.left == []


def test_a_rainy_day_gets_its_text(either: World) -> None:
    either.env["WEATHER_ONLY_IF"] = "rain"
    _weather(either, RAINY)
    assert either.outcome("07:05").status == "sent"


def test_before_its_time_no_is_only_not_yet(world: World) -> None:
    world.env["WEATHER_ONLY_IF"] = "rain"
    assert world.outcome("01:00").status == "not_due"
    _weather(world, RAINY)
    assert world.outcome("03:00").status == "scheduled"
    world.tick("08:00")
    assert world.minutes() == ["23 07:00"]


def test_a_held_text_whose_rain_goes_away_is_taken_back_and_comes_again_with_it(
    world: World,
) -> None:
    world.env["WEATHER_ONLY_IF"] = "rain"
    _weather(world, RAINY)
    world.tick("01:00")
    _weather(world, "7:10 10:10 13:11 16:12 19:11 22:10")
    assert world.outcome("05:00").status == "canceled"
    assert world.outcome("05:30").status == "not_due"
    _weather(world, RAINY)
    assert world.outcome("06:00").status == "scheduled"
    world.tick("08:00")
    assert world.minutes() == ["23 07:00"]


def test_a_held_text_whose_rain_goes_away_for_good_never_comes(world: World) -> None:
    world.env["WEATHER_ONLY_IF"] = "rain"
    _weather(world, RAINY)
    world.tick("01:00")
    _weather(world, "7:10 10:10 13:11 16:12 19:11 22:10")
    assert [world.outcome(moment).status for moment in ("05:00", "07:10", "08:00")] == [
        "canceled",
        "skipped",
        "already",
    ]
    assert world.left == []


def test_no_word_about_warnings_is_not_a_no(plain: World) -> None:
    plain.env["WEATHER_ONLY_IF"] = "alert"
    plain.sandbox.fail("/alerts", httpx.Response(503), times=9)
    outcome = plain.outcome("07:05")
    assert (outcome.status, "no service tells of warnings" in outcome.detail) == ("sent", True)


def test_no_warning_is_a_no(plain: World) -> None:
    plain.env["WEATHER_ONLY_IF"] = "alert"
    assert plain.outcome("07:05").status == "skipped"


def test_who_asks_for_a_text_now_gets_it_on_any_day(plain: World) -> None:
    plain.env["WEATHER_ONLY_IF"] = "snow"
    assert plain.outcome("07:05", send_now=True).status == "sent"


def test_a_lost_answer_is_settled_even_if_the_rain_went_away(plain: World) -> None:
    plain.env["WEATHER_ONLY_IF"] = "rain"
    plain.lag(14)
    _weather(plain, RAINY)
    plain.sandbox.fail("Messages.json", httpx.ReadTimeout("slow"), method="POST", processed=True)
    plain.tick("07:05")
    _weather(plain, "7:10 10:10 13:11 16:12 19:11 22:10")
    assert plain.outcome("07:35").status == "already"
    assert len(plain.left) == 1


# Two subscriptions of one number


def _two(*tables: str) -> dict[str, str]:
    return {
        "WEATHER_SUBSCRIPTIONS": "".join(
            f'[[subscription]]\nto = "{RECEIVER}"\n{table}\n' for table in tables
        )
    }


def test_one_place_at_one_time_is_one_text(tmp_path: Path) -> None:
    same = World(tmp_path, env=_two('place = "94112"', 'place = "94112,US"\nat = "0 7 * * mon"'))
    for minute in ("03:00", "05:00", "07:20"):
        same.tick(minute)
    assert len(same.left) == 1


def test_two_places_are_two_texts(tmp_path: Path) -> None:
    both = World(
        tmp_path, env=_two('place = "94112"', 'place = "75201"\ntimezone = "America/Los_Angeles"')
    )
    for minute in ("03:00", "05:00", "07:20"):
        both.tick(minute)
    assert both.minutes() == ["23 07:00", "23 07:00"]


def test_two_times_are_two_texts_however_late_the_first(tmp_path: Path) -> None:
    twice = World(tmp_path, holds=False, env=_two('place = "94112"', 'place = "94112"\nat = "9am"'))
    twice.tick("05:00")
    twice.tick("07:55")
    twice.tick("09:30")
    twice.tick("10:00")
    assert twice.minutes() == ["23 07:55", "23 09:30"]


# Follow up


def test_a_text_that_did_not_arrive_is_reported_once_with_the_fix(plain: World) -> None:
    plain.sandbox.twilio.fates[RECEIVER] = ("undelivered", 30005)
    plain.tick("07:05")
    after = plain.tick("07:35")
    assert ([o.status for o in after.outcomes], after.exit_code) == (["undelivered"], 1)
    assert "Check WEATHER_TO" in after.outcomes[0].detail
    assert plain.tick("08:05").exit_code == 0


def test_the_fate_is_awaited_where_somebody_watches(plain: World) -> None:
    plain.sandbox.twilio.fates[RECEIVER] = ("failed", 30007)
    assert plain.outcome("07:05", send_now=True, await_fate=True).status == "undelivered"


def test_an_idle_tick_makes_no_request(plain: World) -> None:
    plain.tick("07:05")
    plain.tick("07:35")
    plain.sandbox.requests.clear()
    assert plain.tick("08:05").lines(private=True) == [
        "Nothing to do. The next text comes Tue 07:00."
    ]
    assert plain.sandbox.requests == []


# Death between any two steps: the rows of the table in docs/design.md

DEATHS_WHEN_SENDING = [("GET", 1, "before"), ("insert", 1, "before"), ("insert", 1, "after"),
("POST", 1, "before"),
                       ("POST", 1, "after"), ("swap", 1, "before"), ("swap", 1,
                        "after")]  # fmt: skip


@pytest.mark.parametrize("lag", [0, 14])
@pytest.mark.parametrize(("step", "count", "when"), DEATHS_WHEN_SENDING)
def test_a_death_while_sending(either: World, step: str, count: int, when: str, lag: int) -> None:
    either.lag(lag)
    either.killed("07:05", step, count, when)
    for minute in ("07:06", "07:21", "07:40", "08:00"):
        either.tick(minute)
    assert len(either.left) == 1


@pytest.mark.parametrize("lag", [0, 14])
@pytest.mark.parametrize(("step", "count", "when"), DEATHS_WHEN_SENDING)
def test_a_death_while_holding(world: World, step: str, count: int, when: str, lag: int) -> None:
    world.lag(lag)
    world.killed("03:00", step, count, when)
    for minute in ("03:05", "03:20", "03:50", "04:30", "07:30"):
        world.tick(minute)
    assert world.minutes() == ["23 07:00"]


@pytest.mark.parametrize("lag", [0, 14])
@pytest.mark.parametrize(
    ("step", "count", "when"),
    [("swap", 1, "before"), ("swap", 1, "after"), ("cancel", 1, "before"), ("cancel", 1, "after"),
     ("swap", 2, "before"),
     ("swap", 2, "after"), ("POST", 1, "before"), ("POST", 1, "after"), ("swap", 3, "before"),
      ("swap", 3, "after")],
)  # fmt: skip
def test_a_death_while_refreshing(
    service: World, step: str, count: int, when: str, lag: int
) -> None:
    service.lag(lag)
    _dies_refreshing(service, step, count, when)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("step", "count"), [("POST", 1), ("swap", 1)])
def test_a_death_while_replacing(tmp_path: Path, step: str, count: int, when: str) -> None:
    _dies_refreshing(
        World(tmp_path, channel="ntfy", env={"WEATHER_AT": FOR_DAY}), step, count, when
    )


def _dies_refreshing(world: World, step: str, count: int, when: str) -> None:
    world.tick("01:00")
    world.sandbox.openweather.forecasts["San Francisco"] = _colder(world)
    world.killed("05:00", step, count, when)
    for minute in ("05:05", "05:20", "05:50", "07:30"):
        world.tick(minute)
    assert world.minutes() == ["23 07:00"]


@pytest.mark.parametrize("trouble", [httpx.Response(403), httpx.Response(503)])
def test_a_silent_log_in_the_middle_of_a_refresh_loses_no_text(
    world: World, trouble: httpx.Response
) -> None:
    world.tick("01:00")
    world.sandbox.openweather.forecasts["San Francisco"] = _colder(world)
    world.sandbox.fail(world.path, trouble, method="GET", times=4)
    for minute in ("05:00", "05:30", "06:00", "06:30", "07:10"):
        world.tick(minute)
    assert world.minutes() == ["23 07:00"]


def test_a_refused_replacement_leaves_the_text_that_waits(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy")
    world.tick("01:00")
    world.sandbox.openweather.forecasts["San Francisco"] = _colder(world)
    world.sandbox.fail("a-topic", httpx.Response(429), method="POST", times=99)
    assert world.outcome("06:10").status == "already"
    world.tick("11:05")
    assert world.minutes() == ["23 07:00"]


def test_a_topic_whose_log_nobody_may_read_is_still_refreshed(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy")
    world.sandbox.fail("/json", httpx.Response(403), method="GET", times=999)
    world.tick("01:00")
    world.sandbox.openweather.forecasts["San Francisco"] = _colder(world)
    assert world.outcome("06:10").status == "refreshed"
    world.tick("08:00")
    assert world.minutes() == ["23 07:00"]


def test_a_phone_that_is_given_up_for_a_topic_gets_no_text_any_more(service: World) -> None:
    service.tick("01:00")
    service.env |= {"WEATHER_TO": "ntfy://a-topic"}
    service.tick("02:00")
    service.tick("07:10")
    assert service.sandbox.twilio.left == []
    assert len(service.sandbox.ntfy.left) == 1


# Lost memory


@pytest.mark.parametrize("lag", [0, 14])
def test_a_runner_that_died_after_the_post_loses_its_ledger(either: World, lag: int) -> None:
    either.lag(lag)
    either.tick("06:00", run=Run(1))
    saved = either.ledger.read_bytes()
    either.tick("07:05", run=Run(2))
    either.ledger.write_bytes(saved)
    either.tick("07:10", run=Run(3))
    either.tick("07:30", run=Run(4))
    assert len(either.left) == 1


def test_a_runner_that_died_before_the_post_only_makes_it_late(plain: World) -> None:
    plain.tick("06:00", run=Run(1))
    assert (
        plain.outcome("07:10", run=Run(3)).detail
        == "an earlier run was lost; Twilio's log is awaited"
    )
    assert plain.outcome("07:26", run=Run(4)).status == "sent"


@pytest.mark.parametrize("lag", [0, 14])
def test_a_runner_that_died_after_a_refresh_does_not_make_a_second_one(
    world: World, lag: int
) -> None:
    world.tick("01:00", run=Run(1))
    saved = world.ledger.read_bytes()
    world.lag(lag)
    world.sandbox.openweather.forecasts["San Francisco"] = _colder(world)
    assert world.outcome("05:00", run=Run(2)).status == "refreshed"
    world.ledger.write_bytes(saved)
    for number, minute in enumerate(("05:05", "05:20", "05:40", "06:10", "07:10"), 3):
        world.tick(minute, run=Run(number))
    assert world.minutes() == ["23 07:00"]


@pytest.mark.parametrize("lag", [0, 14])
def test_two_ledgers_that_both_refresh_keep_one_text(world: World, lag: int) -> None:
    other = {"WEATHER_STATE": f"sqlite:///{world.folder / 'other.db'}"}
    world.tick("01:00")
    world.tick("01:30", env=other)
    world.lag(lag)
    world.sandbox.openweather.forecasts["San Francisco"] = _colder(world)
    for minute in ("05:00", "05:30", "06:00", "07:30"):
        world.tick(minute)
        world.tick(at(minute) + timedelta(minutes=16), env=other)
    assert world.minutes() == ["23 07:00"]


# The file


def test_an_empty_file_is_a_new_ledger(plain: World) -> None:
    plain.ledger.parent.mkdir()
    plain.ledger.touch()
    assert plain.outcome("07:05").status == "sent"


def test_another_secret_makes_a_new_ledger_and_the_log_prevents_a_second_text(plain: World) -> None:
    plain.tick("07:05")
    plain.env |= {"WEATHER_SECRET": "changed"}
    assert plain.outcome("07:35").status == "already"
    assert len(plain.left) == 1


def test_what_was_stopped_is_not_announced(world: World) -> None:
    world.env["WEATHER_AT"] = "07:00"
    announced = world.tick("01:00").lines(private=True)[0]
    assert announced.startswith("1. scheduled for Mon 07:00 to ")
    assert world.tick("01:10").lines(private=True) == [
        "Nothing to do. The next text comes Mon 07:00."
    ]
    world.stop("02:00")
    assert world.tick("03:00").lines(private=True) == [
        "Nothing to do. The next text comes Tue 07:00."
    ]


def test_a_key_that_changes_while_a_text_is_held_leaves_one_text(world: World) -> None:
    """Weather services may name one place differently: the log does not show whose text it is."""
    world.tick("01:00")
    assert [
        each.status for each in world.tick("02:00", env={"WEATHER_SECRET": "new"}).outcomes
    ] == [
        "canceled",
        "scheduled",
    ]
    world.tick("03:00", env={"WEATHER_SECRET": "new"})
    world.tick("07:30", env={"WEATHER_SECRET": "new"})
    assert world.minutes() == ["23 07:00"]


@pytest.mark.parametrize(
    "change", [{"WEATHER_SECRET": "new"}, {"WEATHER_PLACE": "Dallas,US"}, {"WEATHER_AT": "07:30"}]
)
def test_settings_that_change_and_return_leave_one_text(
    world: World, change: dict[str, str]
) -> None:
    world.tick("01:00")
    world.tick("02:00", env=change)
    world.tick("03:00")
    world.tick("07:30")
    assert world.minutes() == ["23 07:00"]


def test_stopping_finds_what_was_held_under_another_key(world: World) -> None:
    world.tick("01:00")
    world.env |= {"WEATHER_SECRET": "new"}
    assert [each.status for each in world.stop("02:00").outcomes] == ["canceled"]


def test_another_programs_database_is_left_alone(plain: World) -> None:
    plain.ledger.parent.mkdir()
    with sqlite3.connect(plain.ledger) as db:
        db.execute("CREATE TABLE mine (a)")
    before = plain.ledger.read_bytes()
    with pytest.raises(LedgerError, match="another program's database"):
        plain.tick("07:05")
    assert (plain.ledger.read_bytes(), plain.left) == (before, [])


def test_a_ledger_of_a_newer_version_is_left_alone(plain: World) -> None:
    plain.tick("04:00")
    with sqlite3.connect(plain.ledger) as db:
        db.execute("PRAGMA user_version = 3")
    before = plain.ledger.read_bytes()
    with pytest.raises(LedgerError, match="newer weather-sms"):
        plain.tick("07:05")
    assert (plain.ledger.read_bytes(), plain.left) == (before, [])


def test_the_ledger_in_a_cache_holds_nothing_personal_in_the_clear(service: World) -> None:
    service.env["GITHUB_ACTIONS"] = "true"
    service.tick("01:00")
    service.tick("08:00")
    content = service.ledger.read_bytes()
    secret = (
        RECEIVER,
        RECEIVER[2:],
        "94112",
        "San Francisco",
        "Los_Angeles",
        "50-63F",
        *list(service.env.values())[:4],
    )
    assert [value for value in secret if value.encode() in content] == []


# The clock


def test_a_clock_that_jumps_back_sends_nothing_twice(either: World) -> None:
    either.tick("07:05")
    either.tick("06:58")
    either.tick("07:01")
    either.tick("07:30")
    assert len(either.left) == 1


def test_every_moment_of_a_day_gives_one_text(tmp_path: Path) -> None:
    for minute in range(0, 14 * 60, 47):
        plain = World(tmp_path / str(minute), holds=bool(minute % 2))
        start = at("00:00") + timedelta(minutes=minute)
        for step in range(48):
            plain.tick(start + timedelta(minutes=17 * step))
        on_time = start <= at("13:00")
        assert len(plain.left) == on_time, minute


def test_processes_that_meet_a_new_ledger_at_once_all_use_the_same(tmp_path: Path) -> None:
    """Between a file's making and its first entry nobody may take it for somebody else's."""
    for number in range(40):
        path, together = str(tmp_path / f"{number}" / "ledger.db"), Barrier(6)

        def opened(path: str = path, together: Barrier = together) -> None:
            together.wait()
            ledger = SqliteLedger(path, at("07:00"))
            ledger.add("opened", 1)
            ledger.close()

        with ThreadPoolExecutor(6) as pool:
            for each in [pool.submit(opened) for _ in range(6)]:
                each.result()
        assert SqliteLedger(path, at("07:00")).recall("opened") == "6"
    assert list(tmp_path.glob("*.bad")) == []
