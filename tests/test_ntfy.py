"""ntfy: requests and answers on our transport, against a server as strict as the real one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.world import FOR_DAY, World, at
from weather_sms import Settings, SettingsError
from weather_sms.channels import Access, NotAccepted, Unanswered
from weather_sms.channels.ntfy import Ntfy
from weather_sms.delivery.preview import preview
from weather_sms.http import open_client
from weather_sms.receiver import topic
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

ADDRESS = "ntfy://a-topic-nobody-guesses"
TO = topic(ADDRESS)
WIND = {
    "event": "High Wind Warning",
    "severity": "Severe",
    "status": "Actual",
    "messageType": "Alert",
    "onset": "2026-11-23T05:00:00-08:00",
    "ends": "2026-11-23T11:00:00-08:00",
}
LATER = {"onset": "2026-11-23T10:00:00-08:00", "ends": "2026-11-23T14:00:00-08:00"}
FAIR = "50-63\N{DEGREE SIGN}F, 50 now, mostly sunny and dry. Sunset 4:54pm. Bring a jacket."
HEADING = "San Francisco Mon Nov 23: "


@pytest.fixture
def ntfy(sandbox: Sandbox, clock: FixedClock) -> Ntfy:
    sandbox.now = clock.now
    return Ntfy(Access(open_client(sandbox.transport), clock, "", None))


def test_the_title_is_the_heading_and_the_body_the_rest(ntfy: Ntfy, sandbox: Sandbox) -> None:
    ntfy.hand_over(TO, HEADING + "50-63\N{DEGREE SIGN}F.", HEADING, "k1")
    (event,) = sandbox.ntfy.events
    assert (event["title"], event["message"]) == (
        "San Francisco Mon Nov 23",
        "50-63\N{DEGREE SIGN}F.",
    )
    assert str(sandbox.requests[0].url) == "https://ntfy.sh/a-topic-nobody-guesses"


def test_a_title_outside_ascii_arrives_as_it_was(ntfy: Ntfy, sandbox: Sandbox) -> None:
    ntfy.hand_over(TO, "Zürich Mo 23: 3C.", "Zürich Mo 23: ", "k1")
    assert sandbox.ntfy.events[0]["title"] == "Zürich Mo 23"


@pytest.mark.parametrize(
    ("alerts", "warning", "priority"),
    [
        ([], "", "4"),
        ([WIND], "HIGH WIND WARNING until 11am. ", "5"),
        ([WIND | LATER], "HIGH WIND WARNING 10am to 2pm. ", "4"),
    ],
    ids=["plain day", "in force", "later"],
)
def test_a_text_wakes_a_sleeping_phone_and_insists_where_a_warning_is_in_force(
    tmp_path: Path, alerts: list[dict[str, str]], warning: str, priority: str
) -> None:
    world = World(tmp_path, channel="ntfy", env={"WEATHER_AT": FOR_DAY})
    world.sandbox.nws.alerts = list(alerts)
    world.tick("07:05")
    (text,) = world.left
    assert text["message"] == warning + FAIR
    assert priorities(world) == [priority]


def test_a_held_text_insists_once_a_warning_comes(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy")
    world.tick("01:00")
    world.sandbox.nws.alerts = [WIND]
    assert world.outcome("06:10").status == "refreshed"
    assert priorities(world) == ["4", "5"]


def priorities(world: World) -> list[str]:
    return [
        request.headers["Priority"]
        for request in world.sandbox.requests
        if request.method == "POST" and request.url.host == "ntfy.sh"
    ]


def test_a_repeated_post_replaces_what_waits(
    ntfy: Ntfy, sandbox: Sandbox, clock: FixedClock
) -> None:
    for words in ("old.", "new."):
        ntfy.hand_over(TO, HEADING + words, HEADING, "k1", clock.now() + timedelta(hours=2))
    assert [event["message"] for event in sandbox.ntfy.events] == ["new."]


def test_a_text_is_held_canceled_and_fetched(ntfy: Ntfy, clock: FixedClock) -> None:
    accepted = ntfy.hand_over(TO, HEADING + "old.", HEADING, "k1", clock.now() + timedelta(hours=2))
    assert accepted.sid is not None
    assert ntfy.fetch(TO, accepted.sid).status == "scheduled"
    clock.sleep(1)
    ntfy.cancel(TO, accepted.sid)
    assert ntfy.fetch(TO, accepted.sid).status == "canceled"


def test_an_older_server_cannot_cancel_and_that_shows(
    ntfy: Ntfy, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.ntfy.old = True
    accepted = ntfy.hand_over(TO, HEADING + "old.", HEADING, "k1", clock.now() + timedelta(hours=2))
    assert accepted.sid is not None
    ntfy.cancel(TO, accepted.sid)
    assert ntfy.fetch(TO, accepted.sid).status == "scheduled"


def test_on_an_older_server_there_is_still_one_text(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy")
    world.sandbox.ntfy.old = True
    for minute in ("01:00", "05:00", "05:30", "07:10", "08:00"):
        world.tick(minute)
        world.env |= {"WEATHER_UNITS": "metric"}
    assert world.minutes() == ["23 07:00"]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, 40101, "access token"),
        (403, 40301, "does not let"),
        (429, 42901, "too many"),
        (413, 41301, "longer"),
    ],
)
def test_a_refusal_says_what_to_do(
    ntfy: Ntfy, sandbox: Sandbox, status: int, code: int, words: str
) -> None:
    sandbox.fail(
        "a-topic",
        httpx.Response(status, json={"code": code, "http": status, "error": "no"}),
        times=9,
    )
    with pytest.raises(NotAccepted, match=words) as caught:
        ntfy.hand_over(TO, HEADING + "x.", HEADING, "k1")
    assert (caught.value.code, caught.value.only_later) == (status, False)


@pytest.mark.parametrize("ahead", [timedelta(seconds=9), timedelta(days=3, seconds=1)])
def test_a_time_that_ntfy_does_not_take_is_refused_only_for_later(
    ntfy: Ntfy, clock: FixedClock, ahead: timedelta
) -> None:
    with pytest.raises(NotAccepted) as caught:
        ntfy.hand_over(TO, HEADING + "x.", HEADING, "k1", clock.now() + ahead)
    assert caught.value.only_later


@pytest.mark.parametrize(
    "answer", [httpx.Response(502), httpx.ReadTimeout("slow"), httpx.Response(200, text="<html>")]
)
def test_after_an_answer_that_says_nothing_no_text_is_sent_again(
    ntfy: Ntfy, sandbox: Sandbox, answer: httpx.Response | Exception
) -> None:
    sandbox.fail("a-topic", answer, times=9)
    with pytest.raises(Unanswered):
        ntfy.hand_over(TO, HEADING + "x.", HEADING, "k1")
    assert len(sandbox.requests) == 1


def test_a_cancellation_is_asked_for_once(ntfy: Ntfy, sandbox: Sandbox) -> None:
    sandbox.fail("a-topic", httpx.Response(503), times=9, method="DELETE")
    ntfy.cancel(TO, "k1")
    assert len(sandbox.requests) == 1


def test_a_token_opens_a_topic_and_goes_to_no_other_host(
    sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.now, sandbox.ntfy.token = clock.now, "tk_secret"
    channel = Ntfy(Access(open_client(sandbox.transport), clock, "", None))
    theirs = topic("ntfys://:tk_secret@ntfy.example.org/mine")
    channel.hand_over(theirs, HEADING + "x.", HEADING, "k1")
    assert sandbox.requests[0].url.host == "ntfy.example.org"
    with pytest.raises(NotAccepted, match="login"):
        channel.hand_over(TO, HEADING + "x.", HEADING, "k1")


def test_only_the_openweather_key_is_needed(sandbox: Sandbox) -> None:
    env = {name: sandbox.env[name] for name in ("OPENWEATHER_API_KEY", "WEATHER_PLACE")} | {
        "WEATHER_TO": ADDRESS
    }
    settings = Settings.from_env(env)
    assert settings.twilio is None
    assert settings.ledger_secret.reveal()


def test_a_phone_and_a_topic_are_handed_over_each_on_its_own(tmp_path: Path) -> None:
    env = {"WEATHER_TO": f"+15550123467,{ADDRESS}", "WEATHER_AT": FOR_DAY}
    both = World(tmp_path, env=env, holds=False)
    both.sandbox.twilio.refuse("+15550123467", 21608)
    assert sorted(each.status for each in both.tick("07:05").outcomes) == ["rejected", "sent"]
    assert len(both.sandbox.ntfy.left) == 1


def test_the_long_form_has_degree_signs_and_no_segments(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy", env={"WEATHER_AT": FOR_DAY})
    outcome = world.outcome("07:05")
    assert outcome.segments is None
    assert (outcome.text or "").startswith("San Francisco Mon Nov 23: 50-63\N{DEGREE SIGN}F")


def test_whatsapp_passes_through_twilio(tmp_path: Path) -> None:
    world = World(tmp_path, holds=False, env={"WEATHER_TO": "WhatsApp:+1 555 012 3467"})
    world.sandbox.twilio.refuse("whatsapp:+15550123467", 63016)
    assert "within 24 hours" in world.outcome("07:05").detail
    form = dict(httpx.QueryParams(world.sandbox.requests[-1].content.decode()))
    assert (form["To"], form["From"]) == ("whatsapp:+15550123467", "whatsapp:+15550100200")


@pytest.mark.parametrize("changed", [{"WEATHER_AT": "08:00"}, {"WEATHER_PLACE": "75201"}])
def test_a_held_text_that_nobody_wants_any_more_is_canceled(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    world = World(tmp_path, channel="ntfy")
    world.tick("01:00")
    world.env |= changed
    for minute in ("02:00", "04:00", "07:10", "08:10"):
        world.tick(minute)
    assert len(world.left) == 1


def test_one_topic_written_in_three_ways_is_one_receiver(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        env={
            "WEATHER_TO": "ntfy://a-topic,ntfys://A.B/x,ntfys://a-topic/,"
            "ntfy://ntfy.sh/a-topic,ntfy://a.b/x",
            "WEATHER_AT": FOR_DAY,
        },
    )
    world.tick("07:05")
    assert sorted(event["topic"] for event in world.sandbox.ntfy.events) == ["a-topic", "x"]


def test_two_times_on_one_topic_are_two_texts_whatever_opens_it(tmp_path: Path) -> None:
    tables = "".join(
        f'[[subscription]]\nto = "ntfy://:tk_{hour}@ntfy.sh/t"\nplace = "94112"\nat = "{hour}am"\n'
        for hour in (7, 9)
    )
    world = World(tmp_path, channel="ntfy", env={"WEATHER_SUBSCRIPTIONS": tables})
    for moment in ("11-22T19:30", "11-22T21:30", "07:30", "08:15", "09:30"):
        world.tick(moment)
    assert world.minutes() == ["23 07:00", "23 09:00"]


@pytest.mark.parametrize(
    "written",
    ["ntfys://a..b/t", "ntfys://./t", "ntfys://host:99999/t", "ntfys://host:0/t",
     "ntfy://:tk_%C3%BC@ntfy.sh/t",
     "ntfy://:tk_x%0a@ntfy.sh/t", "https://ntfy.sh/topic", "ntfy:topic", "nfty://topic"],
)  # fmt: skip
def test_an_address_that_cannot_work_is_found_before_anything_is_sent(
    sandbox: Sandbox, written: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(sandbox.env | {"WEATHER_TO": written})
    assert [problem.name for problem in caught.value.problems] == ["WEATHER_TO"]


def test_a_refusals_words_are_not_passed_on(ntfy: Ntfy, sandbox: Sandbox) -> None:
    sandbox.fail(
        "a-topic",
        httpx.Response(400, json={"code": 40099, "error": "no route to /my-secret-topic"}),
    )
    with pytest.raises(NotAccepted) as caught:
        ntfy.hand_over(TO, HEADING + "x.", HEADING, "k1")
    assert "my-secret-topic" not in str(caught.value)
    assert "40099" in str(caught.value)


def test_addresses_are_read_as_written_and_topics_keep_their_case() -> None:
    parts = topic("ntfys://:tk_x@ntfy.example.org:8443/My-Topic")
    assert (parts.host, parts.name, parts.password) == ("ntfy.example.org:8443", "My-Topic", "tk_x")
    assert topic("ntfy://My-Topic").name == "My-Topic"
    assert topic("ntfy://:tk_x@host/t").identity == topic("ntfys://:tk_y@HOST/t/").identity


@pytest.mark.parametrize(
    "written", ["ntfy://", "ntfy://a b", "ntfy://host/to/pic", "ntfy://t?x=1", "ntfy://" + "t" * 65]
)
def test_what_is_no_address_is_said_to_be_none(sandbox: Sandbox, written: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(sandbox.env | {"WEATHER_TO": written})
    (problem,) = caught.value.problems
    assert problem.name == "WEATHER_TO"
    assert "ntfy://topic" in problem.fix or "hard to guess" in problem.fix
    assert "a b" not in str(problem)


def test_nothing_of_an_address_is_shown(tmp_path: Path) -> None:
    world = World(tmp_path, env={"WEATHER_TO": "ntfys://:tk_secret@ntfy.example.org/my-topic"})
    report = world.tick("07:05")
    for private in (True, False):
        shown_text = "\n".join(report.lines(private=private)) + str(report.json(private=private))
        assert not [
            value for value in ("tk_secret", "my-topic", "example.org") if value in shown_text
        ]
    assert {"my-topic", "tk_secret", "ntfy.example.org"} <= report.derived()
    assert topic("ntfy://abc").shown == "ntfy"
    assert "ntfy.sh" not in TO.masked
    content = world.ledger.read_bytes()
    assert b"my-topic" not in content
    assert b"tk_secret" not in content


def test_the_moment_of_a_held_text_is_exact(tmp_path: Path) -> None:
    world = World(tmp_path, channel="ntfy")
    assert (
        world.outcome("01:00").send_at
        == at("07:00").astimezone(datetime.fromisoformat("2026-01-01T00:00Z").tzinfo).isoformat()
    )


@pytest.mark.parametrize("to", [ADDRESS, "whatsapp:+15550123467"])
def test_a_preview_shows_the_form_of_its_channel(
    sandbox: Sandbox, clock: FixedClock, to: str
) -> None:
    env = sandbox.env | {"WEATHER_TO": to}
    shown_text = preview(
        Settings.from_env(env, sending=False), clock=clock, transport=sandbox.transport
    )
    assert "\N{DEGREE SIGN}F" in shown_text.text
    assert shown_text.segments is None
