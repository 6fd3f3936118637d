"""The Twilio channel: its own SDK on our client, against the sandbox."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from weather_sms.channels import Access, NotAccepted, Unanswered
from weather_sms.channels.twilio import TwilioLogin
from weather_sms.channels.twilio.channel import Twilio
from weather_sms.channels.twilio.errors import MEANINGS, SAME, explain
from weather_sms.http import open_client
from weather_sms.receiver import Phone
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

TO = Phone("+15550123467")
STARTED = datetime(2026, 7, 14, 12, tzinfo=UTC)
CODES = (
    20003, 20404, 20429, 21211, 21212, 21408, 21606, 21660, 21608, 21610, 21611, 30001, 21612,
    21614, 21635, 21617,
    21703, 21704, 30002, 10001, 20005, 90010, 30003, 30005, 30006, 30004, 30007, 30008, 30032,
    30034, 30035, 30036,
    30410, 30450, 30532, 35114, 35115, 35118, 572002, 572005, 572006, 63003, 63007, 63015, 63016,
    63038,
)  # fmt: skip


def channel(sandbox: Sandbox, client: httpx.Client, clock: FixedClock, **changed: Any) -> Twilio:
    login: dict[str, Any] = {
        "account_sid": sandbox.twilio.account_sid,
        "username": sandbox.twilio.account_sid,
        "password": sandbox.twilio.auth_token,
        "sender": sandbox.twilio.numbers[0],
        "messaging_service_sid": None,
    }
    access = Access(client, clock, "https://twilio.invalid", TwilioLogin(**(login | changed)))
    return Twilio(access)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with open_client(sandbox.transport) as opened:
        yield opened


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(STARTED)


@pytest.fixture
def twilio(sandbox: Sandbox, client: httpx.Client, clock: FixedClock) -> Twilio:
    return channel(sandbox, client, clock)


def test_a_text_is_handed_over_from_the_senders_number(sandbox: Sandbox, twilio: Twilio) -> None:
    accepted = twilio.hand_over(TO, "Lyon Mon 23 Nov: 3-9C.")
    (message,) = sandbox.twilio.messages
    assert accepted.sid == message["sid"]
    assert (message["to"], message["from"], message["body"]) == (
        TO.e164,
        sandbox.twilio.numbers[0],
        "Lyon Mon 23 Nov: 3-9C.",
    )
    assert sandbox.requests[0].url.host == "twilio.invalid"


def test_a_messaging_service_is_used_where_there_is_one(
    sandbox: Sandbox, client: httpx.Client, clock: FixedClock
) -> None:
    service = sandbox.twilio.services[0]
    channel(sandbox, client, clock, messaging_service_sid=service).hand_over(TO, "x")
    (message,) = sandbox.twilio.messages
    assert (message["messaging_service_sid"], message["from"]) == (service, None)


def test_an_api_key_can_log_in(sandbox: Sandbox, client: httpx.Client, clock: FixedClock) -> None:
    key = {"username": sandbox.twilio.api_key, "password": sandbox.twilio.api_secret}
    assert channel(sandbox, client, clock, **key).hand_over(TO, "x").sid


def test_the_real_answers_to_wrong_settings_are_explained(
    sandbox: Sandbox, client: httpx.Client, clock: FixedClock
) -> None:
    wrong = [
        ({"password": "wrong"}, "refused the credentials"),
        ({"account_sid": "AC" + "0" * 32}, "no such account"),
        ({"sender": "+15550100999"}, "not this account's"),
        ({"sender": "12345"}, "sender's number is not valid"),
    ]
    for changed, sentence in wrong:
        with pytest.raises(NotAccepted, match=sentence):
            channel(sandbox, client, clock, **changed).hand_over(TO, "x")
    assert sandbox.twilio.messages == []


@pytest.mark.parametrize("code", CODES)
def test_every_known_code_says_what_it_means_and_what_to_do(
    sandbox: Sandbox, twilio: Twilio, code: int
) -> None:
    sandbox.twilio.refuse(TO.e164, code, message=f"The number {TO.e164} of AC{'0' * 32} is no good")
    with pytest.raises(NotAccepted) as caught:
        twilio.hand_over(TO, "x")
    assert re.fullmatch(rf"[A-Z].+ \(Twilio error {code}\)\. [A-Z].+", str(caught.value))
    assert "is no good" not in str(caught.value)


def test_the_table_of_codes_is_all_used() -> None:
    assert set(MEANINGS) | set(SAME) == set(CODES)


def test_an_unknown_code_is_shown_in_twilios_words_with_its_page(
    sandbox: Sandbox, twilio: Twilio
) -> None:
    sandbox.twilio.refuse(
        TO.e164, 21999, message=f"Bad\n::error::moon over {TO.e164} for AC{'0' * 32}."
    )
    with pytest.raises(NotAccepted) as caught:
        twilio.hand_over(TO, "x")
    assert str(caught.value) == (
        "Bad ::error::moon over (number) for (identifier) (Twilio error 21999). "
        "See https://www.twilio.com/docs/errors/21999"
    )


def test_an_error_in_the_newer_format_is_explained_too(sandbox: Sandbox, twilio: Twilio) -> None:
    problem = {
        "type": "about:blank",
        "title": "Bad",
        "status": 400,
        "code": 21610,
        "detail": "STOP",
    }
    sandbox.fail("Messages.json", httpx.Response(400, json=problem))
    with pytest.raises(NotAccepted, match="unsubscribed"):
        twilio.hand_over(TO, "x")


def test_a_refusal_without_a_body_is_still_a_sentence(sandbox: Sandbox, twilio: Twilio) -> None:
    sandbox.fail("Messages.json", httpx.Response(403, html="<html>Forbidden</html>"))
    with pytest.raises(NotAccepted, match=r"Twilio error 403"):
        twilio.hand_over(TO, "x")


SURE: list[Any] = [
    httpx.Response(429, json={"code": 20429}),
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
]
UNSURE: list[Any] = [
    httpx.ReadTimeout("x"), httpx.ReadError("x"), httpx.WriteError("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500), httpx.Response(502, html="<html>"), httpx.Response(503,
    json={"code": 20503}),
    httpx.Response(201, html="<html>"), httpx.Response(201, json=[]), httpx.Response(201,
    json={"sid": None}),
    httpx.Response(200, content=b'{"sid": "SM'),
]  # fmt: skip


@pytest.mark.parametrize("answer", SURE)
def test_what_was_surely_not_processed_is_tried_again(
    sandbox: Sandbox, twilio: Twilio, clock: FixedClock, answer: Any
) -> None:
    sandbox.fail("Messages.json", answer, times=2)
    twilio.hand_over(TO, "x")
    assert len(sandbox.twilio.messages) == 1
    assert (clock.now() - STARTED).total_seconds() == 1 + 2


@pytest.mark.parametrize("answer", SURE)
def test_and_if_it_stays_so_nothing_was_sent(sandbox: Sandbox, twilio: Twilio, answer: Any) -> None:
    sandbox.fail("Messages.json", answer, times=99)
    with pytest.raises(NotAccepted, match="Nothing was sent"):
        twilio.hand_over(TO, "x")


@pytest.mark.parametrize("answer", UNSURE)
def test_what_may_have_been_processed_is_never_repeated(
    sandbox: Sandbox, twilio: Twilio, answer: Any
) -> None:
    sandbox.fail("Messages.json", answer)
    with pytest.raises(Unanswered, match="may have gone out"):
        twilio.hand_over(TO, "x")
    assert len(sandbox.requests) == 1


def test_a_text_that_failed_at_once_is_explained(sandbox: Sandbox, twilio: Twilio) -> None:
    failed = {"sid": f"SM{1:032x}", "status": "failed", "error_code": 30007}
    sandbox.fail("Messages.json", httpx.Response(201, json=failed))
    with pytest.raises(NotAccepted, match="filtered the text as spam"):
        twilio.hand_over(TO, "x")


def test_codes_with_the_same_cause_share_their_words() -> None:
    assert explain(21660).replace("21660", "21606") == explain(21606)


def test_the_log_is_read_page_by_page_back_to_a_moment(
    sandbox: Sandbox, twilio: Twilio, clock: FixedClock
) -> None:
    sandbox.now = clock.now
    for _ in range(130):
        twilio.hand_over(TO, "Lyon Mon 23 Nov: 3-9C.")
        clock.sleep(60)
    twilio.hand_over(Phone("+15550123499"), "Lyon Mon 23 Nov: 3-9C.")
    since = clock.now() - timedelta(minutes=120)
    found = twilio.log(TO, since)
    assert len(found) == 120
    assert all(each.created and each.created >= since for each in found)
    assert found[0].created is not None
    assert found[-1].created == since


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "{}",
        '{"messages": 3}',
        '{"messages": [{}]}',
        '{"messages": [{"date_created": "x"}]}',
    ],
)
def test_a_log_that_makes_no_sense_is_no_log(sandbox: Sandbox, twilio: Twilio, body: str) -> None:
    sandbox.fail("Messages.json", httpx.Response(200, text=body), times=9, method="GET")
    with contextlib.suppress(Unanswered):
        assert all(each.created is None for each in twilio.log(TO, STARTED))


def test_a_text_is_held_canceled_and_fetched(
    sandbox: Sandbox, client: httpx.Client, clock: FixedClock
) -> None:
    sandbox.now = clock.now
    holding = channel(sandbox, client, clock, messaging_service_sid=sandbox.twilio.services[0])
    assert holding.can_hold
    accepted = holding.hand_over(TO, "3-9C.", send_at=STARTED + timedelta(hours=1))
    assert accepted.sid is not None
    assert holding.fetch(TO, accepted.sid).status == "scheduled"
    holding.cancel(TO, accepted.sid)
    assert holding.fetch(TO, accepted.sid).status == "canceled"


def test_a_time_too_near_is_refused(
    sandbox: Sandbox, client: httpx.Client, clock: FixedClock
) -> None:
    sandbox.now = clock.now
    holding = channel(sandbox, client, clock, messaging_service_sid=sandbox.twilio.services[0])
    with pytest.raises(NotAccepted, match="35114"):
        holding.hand_over(TO, "3-9C.", send_at=STARTED + timedelta(seconds=300))
