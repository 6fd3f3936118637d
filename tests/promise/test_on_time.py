"""The promise: once, and on time, whatever fails around it; and no failure without a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.support.world import FOR_DAY, RECEIVER, World, at, codes, every, later, of_one_phone
from weather_sms import Settings
from weather_sms.report.outcome import Report
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

LOST = httpx.ReadTimeout("slow")
DOWN = httpx.ConnectError("down")
EVENING, NIGHT = "11-22T19:07", ("11-22T20:07", "11-22T22:07", "00:07", "02:07", "04:07", "06:07")


def statuses(report: Report) -> list[str]:
    return [outcome.status for outcome in report.outcomes]


# An uncertain POST


@pytest.mark.parametrize(
    "answer", [httpx.Response(503), LOST, httpx.Response(201, text="<html>")], ids=str
)
def test_an_outage_of_half_an_hour_in_the_evening_costs_no_text(
    world: World, answer: httpx.Response | Exception
) -> None:
    world.sandbox.fail(world.path, answer, times=99, method="POST")
    world.ticks(EVENING, later(EVENING, 30))
    world.sandbox.faults.clear()
    world.ticks(*NIGHT)
    world.pass_time("07:30")
    assert world.minutes() == ["23 07:00"]


def test_each_try_waits_twice_as_long_as_the_one_before(service: World) -> None:
    service.sandbox.fail("Messages.json", LOST, times=99, method="POST")
    service.ticks(*every(5, "11-22T19:00", "06:50"))
    tries = service.posts()
    waits = [(b - a) / timedelta(minutes=1) for a, b in pairwise(tries)]
    assert len(waits) == 5
    due = [15, 30, 60, 120, 240]
    assert all(least <= wait <= least + 10 for wait, least in zip(waits, due, strict=True))


def test_the_first_try_after_the_due_time_waits_the_lag_only(service: World) -> None:
    service.sandbox.fail("Messages.json", LOST, times=99, method="POST")
    service.ticks(*every(30, "11-22T19:00", "06:30"))
    service.sandbox.faults.clear()
    service.ticks("07:05", "07:35")
    assert service.minutes() == ["23 07:05"]


def test_an_outage_that_lasts_into_the_morning_makes_the_text_late(number: World) -> None:
    number.sandbox.fail("Messages.json", LOST, times=99, method="POST")
    number.ticks(*every(20, "07:05", "09:05"))
    number.sandbox.faults.clear()
    number.ticks(*every(20, "09:25", "12:45"))
    assert len(number.left) == 1


def test_a_topic_needs_no_log_to_be_written_again_before_the_time(topic: World) -> None:
    topic.sandbox.fail("a-topic", LOST, method="POST")
    topic.ticks(EVENING, later(EVENING, 5))
    topic.pass_time("07:30")
    assert topic.minutes() == ["23 07:00"]


def test_the_log_settles_a_lost_answer_within_the_tick(number: World) -> None:
    number.lag(1)
    number.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    report = number.tick("07:05")
    assert ("unknown" in statuses(report), report.exit_code) == (False, 0)
    assert len(number.left) == 1


def test_a_log_that_shows_the_text_is_believed_before_the_lag_is_over(number: World) -> None:
    number.lag(5)
    number.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    number.tick("07:05")
    assert "unknown" not in statuses(number.tick("07:12"))
    number.tick("07:40")
    assert len(number.left) == 1


def test_a_log_that_does_not_show_it_is_believed_only_after_the_lag(number: World) -> None:
    number.sandbox.fail("Messages.json", LOST, method="POST")
    number.ticks("07:05", "07:09", "07:14", "07:19")
    assert len(number.posts()) == 1
    number.tick("07:24")
    assert len(number.posts()) == 2
    assert len(number.left) == 1


def test_the_lag_counts_from_the_post_and_not_from_the_claim(number: World) -> None:
    """The POST takes 40 s to arrive, and the process dies before it has an answer."""

    def arrives_late(request: httpx.Request) -> httpx.Response:
        number.clock.sleep(40)
        number.sandbox.handle(request)
        raise SystemExit

    number.lag(14.5)
    number.sandbox.fail("Messages.json", arrives_late, method="POST")
    with pytest.raises(SystemExit):
        number.tick("07:05")
    number.ticks(later("07:05", 15.05), "07:40", "08:10")
    assert len(number.left) == 1


def test_a_claim_is_good_for_a_minute_however_short_the_lag(number: World) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        number.tick(later("07:05", 40 / 60))
        return number.sandbox.handle(request)

    number.env |= {"WEATHER_WITNESS_LAG": "30s"}
    number.sandbox.fail("Messages.json", slow, method="POST")
    number.tick("07:05")
    assert len(number.left) == 1


# Before its time a warning, at its time red, once


def test_an_uncertain_text_is_a_warning_before_its_time_and_red_once_at_it(service: World) -> None:
    service.sandbox.fail("Messages.json", LOST, times=99, method="POST")
    before = service.ticks(EVENING, *NIGHT)
    assert codes(before) == [0] * 7
    assert before[0].warnings()
    assert codes(service.ticks("07:07", "07:37", "08:07")) == [1, 0, 0]


def test_a_text_for_which_no_run_came_is_red_once(number: World) -> None:
    reports = number.ticks("13:10", "13:20", "14:20")
    assert codes(reports) == [1, 0, 0]
    assert statuses(reports[0]) == ["missed"]
    assert number.left == []


@pytest.mark.parametrize(
    ("path", "answer", "method"),
    [
        ("Messages.json", DOWN, "POST"),
        ("Messages.json", LOST, "POST"),
        ("/data/2.5", httpx.Response(401), ""),
    ],
    ids=["nobody reached", "every answer lost", "no weather"],
)
def test_a_missed_text_is_red_once_with_its_true_reason(
    number: World, path: str, answer: httpx.Response | Exception, method: str
) -> None:
    number.env |= {"WEATHER_GRACE": "6h"}
    number.sandbox.fail(path, answer, times=999, method=method)
    number.sandbox.fail("/v1/forecast", httpx.Response(404), times=999 * (path != "Messages.json"))
    number.ticks(*every(60, "07:05", "12:05"))
    reports = number.ticks(*every(60, "13:10", "18:10"))
    assert sum(codes(reports)) == 1
    details = [each.detail for report in reports for each in report.outcomes if each.failed]
    assert [detail for detail in details if "no run" in detail] == []
    assert number.left == []


def test_a_place_that_cannot_be_found_is_red_once(number: World) -> None:
    number.env |= {"WEATHER_PLACE": "Nowhere,US"}
    assert sum(codes(number.ticks(*every(30, "07:05", "10:05")))) == 1


def test_a_refusal_before_its_time_is_red_once_and_tried_again_when_due(world: World) -> None:
    refused = httpx.Response(403, json={"code": 21608, "message": "Refused", "status": 403})
    world.sandbox.fail(world.path, refused, times=99, method="POST")
    assert codes(world.ticks(EVENING, *NIGHT)) == [1, 0, 0, 0, 0, 0, 0]
    world.sandbox.faults.clear()
    world.tick("07:02")
    assert world.minutes() == ["23 07:02"]


# Owed


@pytest.mark.parametrize(("moment", "texts"), [("12:55", 1), ("13:05", 0)])
def test_the_grace_is_six_hours(number: World, moment: str, texts: int) -> None:
    number.tick(moment)
    assert len(number.left) == texts


def test_of_several_that_are_owed_only_the_last_goes_out(tmp_path: Path) -> None:
    number = World(tmp_path, holds=False, env={"WEATHER_AT": "0,5 7 23 * *"}).begin()
    number.ticks("07:20", "07:50", "08:20")
    (text,) = number.left
    assert "7:05am" in text["body"]


@pytest.mark.parametrize("holds", [True, False])
def test_two_places_on_one_phone_five_minutes_apart_both_come(tmp_path: Path, holds: bool) -> None:
    zone = 'timezone = "America/Los_Angeles"'
    env = of_one_phone(
        f'place = "94112"\nat = "{FOR_DAY}"', f'place = "75201"\nat = "5 7 23 * *"\n{zone}'
    )
    phone = World(tmp_path, holds=holds, env=env).begin()
    phone.ticks("05:00", "06:20", "07:20")
    assert phone.minutes() == (["23 07:00", "23 07:05"] if holds else ["23 07:20", "23 07:20"])


def test_two_zips_of_one_city_are_two_texts_whatever_becomes_of_the_first(tmp_path: Path) -> None:
    mission = replace(DAYS["fair"], zip="94110", latitude=37.75, longitude=-122.415)
    env = of_one_phone(*(f'place = "{each}"\nat = "{FOR_DAY}"' for each in ("94112", "94110")))
    phone = World(tmp_path, holds=False, env=env, days=(DAYS["fair"], mission)).begin()
    phone.sandbox.fail("Messages.json", LOST, method="POST")
    phone.ticks("07:05", "07:35", "08:05")
    assert len(phone.left) == 2
    assert len({text["body"].split(": ")[0] for text in phone.left}) == 2


# --now


def test_now_settles_what_no_run_came_for_even_past_the_grace(number: World) -> None:
    number.tick("14:00", send_now=True)
    assert number.left[0]["body"].startswith("San Francisco Mon Nov 23: ")
    assert codes(number.ticks("14:10", "15:10")) == [0, 0]
    assert number.minutes() == ["23 14:00"]


def test_now_settles_what_was_refused_even_past_the_grace(number: World) -> None:
    number.sandbox.twilio.refuse(RECEIVER, 21610)
    number.tick("07:05")
    number.sandbox.twilio.refusals.clear()
    report = number.tick("16:00", send_now=True)
    assert statuses(report) == ["sent"]
    number.tick("16:30")
    assert number.minutes() == ["23 16:00"]
    assert number.left[0]["body"].startswith("San Francisco Mon Nov 23: ")


def test_now_is_a_text_of_its_own_where_nothing_is_owed_and_no_tick_repeats_it(
    world: World,
) -> None:
    world.tick("05:00")
    world.tick("06:40", send_now=True)
    assert world.left[0]["body"].startswith("San Francisco Mon Nov 23 6:40am: ")
    world.ticks("06:45", "07:10", "07:40")
    assert world.minutes() == ["23 06:40", "23 07:00"]


@pytest.mark.parametrize("channel", ["twilio", "ntfy"])
@pytest.mark.parametrize("schedule", ["18:00", "0 15,18 * * *"])
@pytest.mark.parametrize("lost", [False, True])
def test_a_test_text_in_the_afternoon_is_not_taken_for_the_evenings(
    tmp_path: Path, channel: str, schedule: str, lost: bool
) -> None:
    world = World(tmp_path, channel=channel, env={"WEATHER_AT": schedule})
    world.tick("14:30", send_now=True)
    if lost:
        world.forget()
    world.ticks("14:37", "15:07", "16:07", "17:07", "18:10")
    assert world.left[0]["body"].startswith("San Francisco Mon Nov 23 2:30pm: ")
    assert [minute for minute in world.minutes() if minute[3:5] in ("14", "18")] == [
        "23 14:30",
        "23 18:00",
    ]


# Coming


def test_every_text_of_the_next_day_is_held(tmp_path: Path) -> None:
    service = World(tmp_path, env={"WEATHER_AT": "0 6,12,18 23 * *"}).begin()
    service.tick("11-22T23:30")
    service.pass_time("20:00")
    assert service.minutes() == ["23 06:00", "23 12:00", "23 18:00"]


@pytest.mark.parametrize("channel", ["twilio", "ntfy"])
def test_the_run_that_sends_todays_text_holds_tomorrows(tmp_path: Path, channel: str) -> None:
    world = World(tmp_path, channel=channel, env={"WEATHER_AT": "0 7 23,24 * *"}).begin()
    world.ticks("05:00", "07:05")
    world.pass_time("11-24T08:00")
    assert world.minutes() == ["23 07:00", "24 07:00"]


@pytest.mark.parametrize(("moment", "held"), [("11-22T06:50", 0), ("11-22T07:10", 1)])
def test_a_text_is_held_a_day_before(service: World, moment: str, held: int) -> None:
    service.tick(moment)
    assert len(service.sandbox.twilio.messages) == held


@pytest.mark.parametrize(("written", "good"), [("36h", True), ("37h", False)])
def test_the_look_ahead_is_at_most_a_day_and_a_half(
    service: World, written: str, good: bool
) -> None:
    _, problems = Settings.diagnose(service.env | {"WEATHER_LOOK_AHEAD": written})
    assert [each.name for each in problems] == ["WEATHER_LOOK_AHEAD"] * (not good)


@pytest.mark.parametrize(
    ("written", "actions", "good"),
    [("10m", "true", True), ("14m", "true", False), ("45m", "true", False), ("45m", "", True)],
)
def test_a_wait_that_does_not_fit_the_job_is_refused_there(
    number: World, written: str, actions: str, good: bool
) -> None:
    env = number.env | {"WEATHER_MAX_WAIT": written, "GITHUB_ACTIONS": actions}
    _, problems = Settings.diagnose(env)
    assert [each.name for each in problems] == ["WEATHER_MAX_WAIT"] * (not good)


def test_what_gets_too_near_to_be_held_is_waited_for(service: World) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        service.clock.sleep(20)
        return service.sandbox.handle(request)

    service.sandbox.fail("/data/2.5/forecast", slow)
    service.tick(at("06:49") + timedelta(seconds=50))
    assert service.minutes() == ["23 07:00"]


class Shut(FixedClock):
    """A laptop that is shut as soon as something sleeps, and opened at a moment."""

    def __init__(self, moment: datetime, opened: datetime) -> None:
        super().__init__(moment)
        self._opened = opened

    def sleep(self, seconds: float) -> None:
        left = (self._opened - self._moment).total_seconds()
        super().sleep(max(left, seconds))


def test_a_laptop_that_was_shut_while_it_waited_sends_todays_weather(tmp_path: Path) -> None:
    laptop = World(tmp_path, holds=False, every_day=True)
    laptop.tick("11-18T14:00")
    laptop.tick("11-20T06:52", clock=Shut(at("11-20T06:52"), at("09:00")))
    laptop.ticks("09:05", "09:35")
    headings = [text["body"].split(": ")[0] for text in laptop.left]
    assert headings == ["San Francisco Mon Nov 23"]


def test_two_schedulers_that_wait_for_the_same_minute_send_one_text(number: World) -> None:
    other = {"WEATHER_STATE": f"sqlite:///{number.folder / 'other.db'}"}
    number.tick("11-22T05:01", env=other)
    number.tick("06:52")
    number.tick("06:53", env=other)
    number.pass_time("07:30")
    assert number.minutes() == ["23 07:00"]
