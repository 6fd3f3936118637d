"""The promise for a text that waits: renewed, changed, found again, and never two of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.support.world import FOR_DAY, RECEIVER, World, at, every, later, of_one_phone

LOST = httpx.ReadTimeout("slow")
EVENING = "11-22T19:07"


# Renewal


def test_a_renewal_whose_create_fails_twice_still_brings_a_text(service: World) -> None:
    service.tick("01:00")
    service.warm(-9)
    service.sandbox.fail("Messages.json", httpx.Response(500), times=2, method="POST")
    service.ticks("05:00", "05:30", "06:05", "06:40")
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


@pytest.mark.parametrize(("degrees", "texts"), [(1, 1), (2, 1), (3, 2)])
def test_numbers_within_two_are_no_reason_for_a_renewal(
    service: World, degrees: float, texts: int
) -> None:
    service.env |= {"WEATHER_UNITS": "metric"}
    service.tick("01:00")
    service.warm(degrees)
    service.ticks(*every(30, "01:30", "06:30"))
    assert len(service.sandbox.twilio.messages) == texts
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


def test_a_held_text_is_looked_at_every_two_hours_and_hourly_in_its_last_three(
    service: World,
) -> None:
    looks = []
    for moment in every(10, "11-22T19:00", "06:50"):
        service.calls.clear()
        service.tick(moment)
        if any("Messages" in request.url.path for _, request in service.calls):
            looks.append(moment)
    looks = [look for look in looks if look > at("11-22T20:00")]  # the first two are the hold's
    minutes = timedelta(minutes=1)
    early = [(b - a) / minutes for a, b in pairwise(looks) if b < at("04:00")]
    late = [(b - a) / minutes for a, b in pairwise(looks) if b > at("04:10")]
    assert early
    assert set(early) <= {120, 130}
    assert len(late) >= 2
    assert set(late) <= {60, 70}
    assert looks[-1] <= at("06:30")


@pytest.mark.parametrize("answered", [True, False])
def test_an_answer_that_is_seconds_old_costs_no_text(service: World, answered: bool) -> None:
    """A text that was just canceled is shown as scheduled."""
    service.sandbox.twilio.stale_for = timedelta(seconds=30)
    service.tick("01:00")
    service.warm(-9)
    if not answered:
        service.sandbox.fail("Messages/SM", LOST, method="POST", processed=True)
    service.ticks(*every(30, "04:00", "06:30"))
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


def test_a_change_an_hour_and_a_half_before_its_time_is_still_in_the_text(world: World) -> None:
    first = world.tick("01:00").outcomes[0].text
    world.ticks(*every(30, "01:30", "05:00"))
    world.warm(-9)
    world.ticks(*every(30, "05:30", "06:30"))
    world.pass_time("07:30")
    assert world.minutes() == ["23 07:00"]
    assert world.left[0]["body"] != first


@pytest.mark.parametrize(
    ("change", "minute", "heading"),
    [
        ({"WEATHER_LANGUAGE": "de"}, "23 07:00", "San Francisco Mo 23. Nov"),
        ({"WEATHER_PLACE": "80202", "WEATHER_TIMEZONE": "America/Los_Angeles"}, "23 07:00",
         "Denver Mon Nov 23"),
        ({"WEATHER_AT": "0 8 23 * *"}, "23 08:00", "San Francisco Mon Nov 23"),
    ],
    ids=["language", "place", "time"],
)  # fmt: skip
def test_an_edit_in_the_evening_makes_tomorrows_text_anew(
    world: World, change: dict[str, str], minute: str, heading: str
) -> None:
    world.tick(EVENING)
    world.env |= change
    world.ticks(later(EVENING, 25), later(EVENING, 150), later(EVENING, 180))
    world.pass_time("08:30")
    assert world.minutes() == [minute]
    assert world.left[0]["body"].split(": ")[0] == heading


# The text where it is held


def canceled_by_hand(world: World) -> None:
    world.console(world.sandbox.twilio.messages[-1]["sid"], Status="canceled")


def test_a_held_text_that_somebody_canceled_is_held_again(service: World) -> None:
    service.tick("01:00")
    service.pass_time("01:30")
    canceled_by_hand(service)
    service.ticks(*every(30, "02:00", "06:30"))
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


def test_a_text_that_somebody_canceled_is_not_made_anew_where_another_lives(service: World) -> None:
    """The log is asked first, since a text found canceled is only uncertain."""
    body = service.tick("01:00").outcomes[0].text or ""
    service.pass_time("01:30")
    canceled_by_hand(service)
    service.console(
        To=RECEIVER,
        Body=body,
        MessagingServiceSid=service.sandbox.twilio.services[0],
        ScheduleType="fixed",
        SendAt="2026-11-23T15:00:00Z",
    )
    service.ticks(*every(30, "02:00", "06:30"))
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]
    assert len(service.sandbox.twilio.messages) == 2


def test_a_topic_that_forgot_its_text_gets_it_again(topic: World) -> None:
    topic.tick("01:00")
    topic.sandbox.ntfy.events.clear()
    topic.ticks(*every(30, "02:00", "06:30"))
    topic.pass_time("07:30")
    assert topic.minutes() == ["23 07:00"]


def test_a_text_is_adopted_only_if_it_still_lives(service: World) -> None:
    """The log says for an hour that a text is scheduled which is canceled."""
    service.tick("01:00")
    service.pass_time("01:20")
    canceled_by_hand(service)
    service.sandbox.twilio.status_lag = timedelta(hours=1)
    service.forget()
    service.ticks("01:50", "02:20", "03:20", "04:20")
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


# The log


def test_all_texts_of_a_receiver_are_found_by_one_look_at_the_log(tmp_path: Path) -> None:
    zips = ("94112", "75201", "80202", "85004")
    table = f'at = "{FOR_DAY}"\ntimezone = "America/Los_Angeles"'
    env = of_one_phone(*(f'place = "{each}"\n{table}' for each in zips))
    phone = World(tmp_path, env=env).begin()
    phone.tick("01:00")
    looks = [
        request
        for _, request in phone.calls
        if request.method == "GET" and request.url.path.endswith("Messages.json")
    ]
    assert len(looks) <= 1
    assert len(phone.sandbox.twilio.messages) == 4


def old_texts(world: World, count: int, moment: str) -> None:
    world.pass_time(moment)
    for each in range(count):
        world.sent_by_hand(f"Your code is {each}")


@pytest.mark.parametrize("order", ["created", "unsent first", "unsent last"])
def test_a_text_is_found_in_a_log_of_any_order(service: World, order: str) -> None:
    old_texts(service, 3, "11-20T12:00")
    service.sandbox.twilio.order = order  # type: ignore[assignment]
    service.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    service.ticks("01:00", "01:20", "02:20", "03:20")
    service.pass_time("07:30")
    assert service.minutes()[3:] == ["23 07:00"]


@pytest.mark.parametrize("page", [20, 1000])
def test_a_text_is_found_behind_many_others(service: World, page: int) -> None:
    service.sandbox.twilio.largest_page = page
    service.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    service.lag(3)
    service.tick("01:00")
    old_texts(service, 250, "01:10")
    service.ticks("01:20", "02:20")
    service.pass_time("07:30")
    assert service.minutes()[250:] == ["23 07:00"]


def test_a_first_text_goes_out_although_the_log_cannot_be_read(number: World) -> None:
    number.sandbox.fail("Messages.json", httpx.Response(503), times=99, method="GET")
    number.tick("07:05")
    assert number.minutes() == ["23 07:05"]


def test_an_uncertain_text_does_not_go_out_while_the_log_cannot_be_read(number: World) -> None:
    number.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    number.sandbox.fail("Messages.json", httpx.Response(503), times=999, method="GET")
    number.ticks("07:05", "07:35", "08:35", "10:35")
    assert len(number.left) == 1


def test_a_text_is_ours_whichever_of_our_numbers_sent_it(number: World) -> None:
    number.sandbox.fail("Messages.json", LOST, method="POST", processed=True)
    number.lag(5)
    number.tick("07:05")
    number.sandbox.twilio.numbers += ("+15550100299",)  # type: ignore[assignment]
    number.env |= {"TWILIO_SENDER_NUMBER": "+15550100299"}
    number.ticks("07:25", "07:55")
    assert len(number.left) == 1


# The heading changes between a POST and the next look


def lost_post(world: World, moment: str) -> None:
    """A text that was made, and nobody knows."""
    world.lag(5)
    world.sandbox.fail(world.path, LOST, method="POST", processed=True)
    world.tick(moment)
    world.sandbox.faults.clear()


def test_a_geocoder_that_is_down_makes_no_second_text(tmp_path: Path) -> None:
    """In Actions, where no place is remembered."""
    env = {"WEATHER_PLACE": "37.7195,-122.4411", "GITHUB_ACTIONS": "true"}
    service = World(tmp_path, env=env).begin()
    lost_post(service, "01:00")
    service.sandbox.fail("/geo/", httpx.Response(503), times=999)
    service.ticks("01:20", "02:20", "03:20")
    service.pass_time("07:30")
    assert service.minutes() == ["23 07:00"]


@pytest.mark.parametrize("moment", ["01:00", "07:05"])
def test_another_language_makes_no_second_text(service: World, moment: str) -> None:
    lost_post(service, moment)
    service.env |= {"WEATHER_LANGUAGE": "de"}
    service.ticks(*every(30, "01:30" if moment == "01:00" else "07:35", "09:05"))
    assert len(service.left) == 1


def test_a_second_time_for_the_same_place_makes_no_second_text(service: World) -> None:
    lost_post(service, "01:00")
    service.env |= of_one_phone(
        f'place = "94112,US"\nat = "{FOR_DAY}"', 'place = "94112,US"\nat = "30 6 23 * *"'
    )
    service.ticks(*every(20, "01:20", "06:00"))
    service.pass_time("08:00")
    assert service.minutes() == ["23 06:30", "23 07:00"]


# Conditions


def test_a_day_on_which_the_last_look_said_no_is_not_missed(service: World) -> None:
    service.env |= {"WEATHER_ONLY_IF": "rain"}
    service.tick("05:00")
    report = service.tick("13:30")
    statuses = [each.status for each in report.outcomes]
    assert ("missed" in statuses, report.exit_code) == (False, 0)
