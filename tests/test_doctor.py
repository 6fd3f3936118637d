"""The doctor's findings: each says what, why, the fix and where, and no text is ever sent."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.conftest import Run
from weather_sms.doctor import Check, checkup
from weather_sms.doctor.weather import untried
from weather_sms.ledger import KeyedHash, first_tick, open_ledger
from weather_sms.report.actions import Actions
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

TOLL_FREE = "+18885550100"
UNTRIED = list(untried())  # of the weather services
ABROAD = {"WEATHER_TO": "+44 20 7946 0958"}


@dataclass
class Practice:
    """A doctor's practice: a sandbox, settings, and what the last visit found."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    actions: Actions | None = None

    def __post_init__(self) -> None:
        self.clock = FixedClock(DAYS["fair"].moment)
        self.sandbox = Sandbox(now=self.clock.now)
        self.twilio, self.account = self.sandbox.twilio, self.sandbox.twilio.account
        self.env = self.sandbox.env | {
            "WEATHER_STATE": f"sqlite:///{self.folder / 'ledger' / 'ledger.db'}"
        }

    def visit(self, **env: str) -> list[Check]:
        settings, transport = self.env | env, self.sandbox.transport
        found = list(checkup(settings, clock=self.clock, transport=transport, actions=self.actions))
        assert self.twilio.messages == []
        assert self.sandbox.ntfy.events == []
        assert {request.method for request in self.sandbox.requests} <= {"GET"}
        return found

    def one(self, name: str, **env: str) -> Check:
        (check,) = [check for check in self.visit(**env) if check.name == name]
        return check


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice(tmp_path)


def test_in_a_good_world_all_is_well(practice: Practice) -> None:
    practice.account.pools[practice.twilio.services[0]] = [practice.twilio.numbers[0]]
    found = practice.visit(**ABROAD, TWILIO_MESSAGING_SERVICE_SID=practice.twilio.services[0])
    assert [(check.name, check.status) for check in found] == [
        ("settings", "ok"), ("openweather key", "ok"), ("place", "ok"),
        *((each.name, "skipped") for each in UNTRIED), ("twilio credentials", "ok"),
        ("twilio account", "ok"), ("sender", "ok"), ("messaging service", "ok"), ("ledger", "ok"),
    ]  # fmt: skip


def test_every_problem_of_a_setting_is_a_finding_and_what_hangs_on_it_is_skipped(
    practice: Practice,
) -> None:
    found = practice.visit(OPENWEATHER_API_KEY="", TWILIO_AUTH_TOKEN="", WEATHER_AT="25:00")
    by_status = {
        status: [c.name for c in found if c.status == status]
        for status in ("ok", "fail", "skipped")
    }
    assert by_status == {
        "ok": [],
        "fail": ["OPENWEATHER_API_KEY", "WEATHER_AT", "TWILIO_AUTH_TOKEN"],
        "skipped": [
            "openweather key",
            "place",
            *(each.name for each in UNTRIED),
            "twilio credentials",
            "ledger",
        ],
    }


def test_the_place_is_named_with_its_zone_and_the_next_three_texts(practice: Practice) -> None:
    place = practice.one("place", WEATHER_AT="0 7 * * 1-5")
    assert place.detail.startswith(
        "San Francisco, US, in the time zone America/Los_Angeles. The next texts: Tue "
    )
    assert place.detail.count("07:00") == 3


def test_an_unknown_place_says_what_was_understood(practice: Practice) -> None:
    place = practice.one("place", WEATHER_PLACE="00000")
    assert place.status == "fail"
    assert "understood as the postal code 00000 in US" in place.detail
    assert "00000" not in place.public_detail
    assert "Lyon,FR" in place.fix


def test_a_place_with_a_point_in_its_name_is_told_whole(practice: Practice) -> None:
    place = practice.one("place", WEATHER_PLACE="St. Nowhere,US")
    assert place.detail == (
        "OpenWeather knows no such place: it was understood as the city St. Nowhere, country US"
    )
    assert place.public_detail == "OpenWeather knows no such place"
    assert place.fix.startswith("Write WEATHER_PLACE as a postal code with its country")


# The key


def test_a_key_that_has_not_the_form_of_one_is_wrong(practice: Practice) -> None:
    key = practice.one("openweather key", OPENWEATHER_API_KEY="not-a-key")
    assert (key.status, "it is not 32 digits" in key.detail) == ("fail", True)


def test_a_young_key_cannot_be_told_from_a_wrong_one_until_two_hours_have_passed(
    practice: Practice,
) -> None:
    young = {"OPENWEATHER_API_KEY": "f" * 32}
    assert "wait and run this again" in practice.one("openweather key", **young).fix
    practice.clock.sleep(3600)
    assert "wait and run this again" in practice.one("openweather key", **young).fix
    practice.clock.sleep(2 * 3600)
    late = practice.one("openweather key", **young)
    assert "refused it for 3 hours" in late.detail
    assert "wait" not in late.fix
    another = practice.one("openweather key", OPENWEATHER_API_KEY="e" * 32)
    assert "wait and run this again" in another.fix
    assert b"ffffffff" not in (practice.folder / "ledger" / "refused-key").read_bytes()


def test_openweather_that_is_down_does_not_pass(practice: Practice) -> None:
    practice.sandbox.fail("/data", httpx.Response(502), times=99)
    assert practice.one("openweather key").status == "warn"


# Twilio


def test_wrong_credentials_end_the_questions(practice: Practice) -> None:
    found = practice.visit(TWILIO_AUTH_TOKEN="f" * 32)
    assert [(c.name, c.status) for c in found][-2:] == [
        ("twilio credentials", "fail"),
        ("ledger", "ok"),
    ]
    assert "20003" in found[-2].detail


def test_a_wrong_account_is_told_from_a_wrong_token(practice: Practice) -> None:
    key = {
        "TWILIO_API_KEY": practice.twilio.api_key,
        "TWILIO_API_SECRET": practice.twilio.api_secret,
    }
    check = practice.one("twilio credentials", TWILIO_ACCOUNT_SID="AC" + "0" * 32, **key)
    assert "TWILIO_ACCOUNT_SID is wrong, or the API key belongs to another account" in check.fix


def test_a_restricted_key_that_may_not_read_the_log(practice: Practice) -> None:
    practice.twilio.key_may_list = False
    key = {
        "TWILIO_API_KEY": practice.twilio.api_key,
        "TWILIO_API_SECRET": practice.twilio.api_secret,
    }
    check = practice.one("twilio credentials", **key)
    assert check.status == "warn"
    assert "list and read messages" in check.fix


def test_a_restricted_key_that_may_not_look_at_the_account_skips_and_says_so(
    practice: Practice,
) -> None:
    practice.twilio.key_may_look = False
    key = {
        "TWILIO_API_KEY": practice.twilio.api_key,
        "TWILIO_API_SECRET": practice.twilio.api_secret,
    }
    states = {check.name: check.status for check in practice.visit(**key)}
    assert states["twilio credentials"] == "ok"
    names = ("twilio account", "sender", "messaging service", "registration")
    assert [states[name] for name in names] == ["skipped"] * 4


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active(practice: Practice, status: str) -> None:
    practice.account.status = status
    check = practice.one("twilio account")
    assert (check.status, f"The account is {status}" in check.detail) == ("fail", True)


def test_a_trial_cannot_send_its_own_words_and_wants_verified_receivers(practice: Practice) -> None:
    practice.account.kind = "Trial"
    assert "572006" in practice.one("twilio account").detail
    receiver = practice.one("receiver")
    assert (receiver.status, receiver.detail[:36]) == (
        "fail",
        "The receiver ...67 is not verified (",
    )
    practice.account.verified.append("+15550123467")
    assert practice.one("receiver").status == "ok"


def test_a_sender_of_another_account(practice: Practice) -> None:
    check = practice.one("sender", TWILIO_SENDER_NUMBER="+15550100299")
    assert "is not a number of this account" in check.detail
    assert "21606" in check.detail


def test_a_sender_without_sms(practice: Practice) -> None:
    practice.account.numbers[practice.twilio.numbers[0]]["sms"] = False
    assert "cannot send SMS" in practice.one("sender").detail


def test_the_service_that_holds_the_sender_is_named_but_not_in_public(practice: Practice) -> None:
    service = practice.twilio.services[0]
    practice.account.pools[service] = [practice.twilio.numbers[0]]
    check = practice.one("messaging service")
    assert (
        check.fix
        == f"Set TWILIO_MESSAGING_SERVICE_SID to {service}, and your text comes on the minute."
    )
    assert service not in str(check.fields(private=False))


def test_without_a_service_three_clicks_make_one(practice: Practice) -> None:
    check = practice.one("messaging service")
    assert check.status == "warn"
    assert check.fix.count(";") == 2


@pytest.mark.parametrize(
    ("pool", "service", "words"),
    [([], "MG" + "7c" * 16, "The service has no sender"), (["+15550100777"], "MG" + "7c" * 16,
     "comes from another one"),
     ([], "MG" + "00" * 16, "knows no such service")],
)  # fmt: skip
def test_a_service_that_will_not_do(
    practice: Practice, pool: list[str], service: str, words: str
) -> None:
    practice.account.pools["MG" + "7c" * 16] = pool
    assert words in practice.one("messaging service", TWILIO_MESSAGING_SERVICE_SID=service).detail


@pytest.mark.parametrize(
    ("state", "status"),
    [(None, "fail"), ("IN_PROGRESS", "fail"), ("FAILED", "fail"), ("VERIFIED", "ok")],
)
def test_american_receivers_need_a_campaign(
    practice: Practice, state: str | None, status: str
) -> None:
    service = practice.twilio.services[0]
    practice.account.pools[service] = [practice.twilio.numbers[0]]
    practice.account.campaigns = {service: state} if state else {}
    check = practice.one("registration")
    assert check.status == status
    assert ("30532" in check.detail and "ntfy://" in check.fix) == (status == "fail")


@pytest.mark.parametrize(
    ("state", "status"), [(None, "fail"), ("PENDING_REVIEW", "fail"), ("TWILIO_APPROVED", "ok")]
)
def test_toll_free_senders_need_their_verification(
    practice: Practice, state: str | None, status: str
) -> None:
    practice.account.numbers[TOLL_FREE] = {"sms": True}
    practice.account.tollfree = {TOLL_FREE: state} if state else {}
    check = practice.one("registration", TWILIO_SENDER_NUMBER=TOLL_FREE)
    assert (check.status, "toll-free verification" in check.detail) == (status, True)


@pytest.mark.parametrize("to", ["+44 20 7946 0958", "+1 876 555 0123"])
def test_elsewhere_nobody_is_asked_for_a_registration(practice: Practice, to: str) -> None:
    assert "registration" not in [check.name for check in practice.visit(WEATHER_TO=to)]


def test_a_twilio_that_fails_in_the_middle_is_skipped_not_passed(practice: Practice) -> None:
    practice.sandbox.fail("IncomingPhoneNumbers", httpx.Response(503), times=99)
    practice.sandbox.fail("/v1/Services", httpx.ReadTimeout("slow"), times=99)
    states = {check.name: check.status for check in practice.visit()}
    assert [states[name] for name in ("sender", "messaging service", "registration")] == [
        "skipped"
    ] * 3


def test_a_toll_free_sender_whose_number_is_not_shown_is_skipped_not_failed(
    practice: Practice,
) -> None:
    practice.account.tollfree = {TOLL_FREE: "TWILIO_APPROVED"}
    practice.sandbox.fail("IncomingPhoneNumbers", httpx.Response(503), times=99)
    assert practice.one("registration", TWILIO_SENDER_NUMBER=TOLL_FREE).status == "skipped"


def test_a_service_of_toll_free_numbers_is_judged_by_their_verification(practice: Practice) -> None:
    service = practice.twilio.services[0]
    practice.account.pools[service] = [TOLL_FREE]
    practice.account.tollfree = {TOLL_FREE: "TWILIO_APPROVED"}
    practice.account.numbers[TOLL_FREE] = {"sms": True}
    check = practice.one(
        "registration", TWILIO_SENDER_NUMBER="", TWILIO_MESSAGING_SERVICE_SID=service
    )
    assert (check.status, "toll-free verification" in check.detail) == ("ok", True)


def test_the_senders_of_a_service_may_be_short_codes_or_names(practice: Practice) -> None:
    service = practice.twilio.services[0]
    practice.account.pools[service] = ["12345", "Weather"]
    env = {"TWILIO_SENDER_NUMBER": "", "TWILIO_MESSAGING_SERVICE_SID": service}
    assert practice.one("messaging service", **env).status == "ok"
    assert practice.one("registration", **env).status == "skipped"


def test_a_short_code_is_skipped(practice: Practice) -> None:
    assert practice.one("sender", TWILIO_SENDER_NUMBER="12345").status == "skipped"
    assert practice.one("registration", TWILIO_SENDER_NUMBER="12345").status == "skipped"


def test_the_sender_is_found_in_the_last_of_many_services_and_beside_one_that_is_not_shown(
    practice: Practice,
) -> None:
    hidden, last = "MG" + "1" * 32, "MG" + "2" * 32
    practice.account.pools = {
        hidden: [],
        **{f"MG{i:032}": [] for i in range(30)},
        last: [practice.twilio.numbers[0]],
    }
    practice.account.campaigns = {last: "VERIFIED"}
    practice.sandbox.fail(
        f"/v1/Services/{hidden}", httpx.Response(404, json={"code": 20404}), times=9
    )
    assert last in practice.one("messaging service").fix
    practice.sandbox.fail(
        f"/v1/Services/{hidden}", httpx.Response(404, json={"code": 20404}), times=9
    )
    assert practice.one("registration").status == "ok"


def test_a_sender_abroad_does_not_reach_america_unless_a_service_sends(practice: Practice) -> None:
    assert "21612" in practice.one("registration", TWILIO_SENDER_NUMBER="+447700900123").detail
    service = practice.twilio.services[0]
    practice.account.pools[service] = [practice.twilio.numbers[0]]
    practice.account.campaigns = {service: "VERIFIED"}
    env = {"TWILIO_SENDER_NUMBER": "+447700900123", "TWILIO_MESSAGING_SERVICE_SID": service}
    assert practice.one("registration", **env).status == "ok"


def test_whatsapp_is_told_what_will_stop_it_and_nothing_of_sms(practice: Practice) -> None:
    found = practice.visit(WEATHER_TO="whatsapp:+15550123467")
    assert "within 24 hours" in next(check.detail for check in found if check.name == "whatsapp")
    assert not {"sender", "messaging service", "registration"} & {check.name for check in found}


def test_more_receivers_than_are_looked_up_are_said_to_be(practice: Practice) -> None:
    practice.account.kind = "Trial"
    found = practice.visit(WEATHER_TO=",".join(f"+1555012340{i}" for i in range(8)))
    assert [c.detail for c in found if c.name == "receiver"][
        -1
    ] == "Only the first 5 of 8 were looked up"


def test_a_receiver_that_cannot_be_read_does_not_hide_twilio(practice: Practice) -> None:
    names = [check.name for check in practice.visit(WEATHER_TO="x9")]
    assert {"twilio credentials", "sender"} <= set(names)


# ntfy and Apprise


def test_ntfy_answers(practice: Practice) -> None:
    found = practice.visit(
        WEATHER_TO="ntfy://a-topic-of-mine", TWILIO_AUTH_TOKEN="", TWILIO_ACCOUNT_SID=""
    )
    assert [(c.name, c.status) for c in found][-2:] == [("ntfy", "ok"), ("ledger", "ok")]
    assert "twilio credentials" not in [check.name for check in found]


def test_a_server_that_is_down_and_a_topic_that_may_not_be_read(practice: Practice) -> None:
    practice.sandbox.fail("/a-topic", httpx.ConnectError("down"), times=99)
    assert practice.one("ntfy", WEATHER_TO="ntfy://a-topic-of-mine").status == "fail"
    practice.sandbox.faults.clear()
    practice.sandbox.ntfy.token = "tk_other"
    assert practice.one("ntfy", WEATHER_TO="ntfy://a-topic-of-mine").status == "warn"


def test_apprise_cannot_be_tried_without_sending(practice: Practice) -> None:
    assert practice.one("apprise", WEATHER_TO="json://localhost/x").status == "skipped"


# The schedule


@pytest.fixture
def in_actions(practice: Practice) -> Practice:
    practice.actions = Actions(
        event="workflow_dispatch", private=False, summary_file=None, repository="me/weather",
        api_url="https://api.github.com", token=practice.sandbox.github.token,
    )  # fmt: skip
    return practice


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("disabled_inactivity", "60 days"),
        ("disabled_fork", "new fork"),
        ("disabled_manually", "switched the workflow off"),
    ],
)
def test_a_schedule_that_is_off(in_actions: Practice, state: str, words: str) -> None:
    in_actions.sandbox.github.state = state
    check = in_actions.one("schedule")
    assert (check.status, words in check.detail, check.fix) == (
        "fail",
        True,
        'Press "Enable workflow".',
    )
    assert check.link == "https://github.com/me/weather/actions/workflows/weather.yml"


@pytest.mark.parametrize(("days", "status"), [(3, "ok"), (52, "ok"), (53, "warn"), (61, "warn")])
def test_the_days_since_the_last_commit(in_actions: Practice, days: int, status: str) -> None:
    in_actions.sandbox.github.last_commit_ago = timedelta(days=days)
    check = in_actions.one("schedule")
    assert (check.status, f"{days} days old" in check.detail) == (status, True)


def test_a_token_that_may_not_ask_is_skipped(in_actions: Practice) -> None:
    in_actions.sandbox.github.token = "another"
    check = in_actions.one("schedule")
    assert (check.status, "actions: read" in check.detail) == ("skipped", True)


def test_the_token_goes_to_no_strange_address(in_actions: Practice) -> None:
    assert in_actions.actions is not None
    in_actions.actions = Actions(
        "workflow_dispatch", False, None, api_url="http://evil.example", token="t"
    )
    assert in_actions.one("schedule").status == "skipped"
    assert all(request.url.host != "evil.example" for request in in_actions.sandbox.requests)


# The ledger


def test_a_ledger_that_cannot_be_written(practice: Practice) -> None:
    (practice.folder / "ledger").write_text("a file where the folder should be", "utf-8")
    check = practice.one("ledger")
    assert (check.status, "WEATHER_STATE" in check.fix) == ("fail", True)


def test_a_mistyped_key_does_not_cost_the_ledger(practice: Practice) -> None:
    """Without Twilio the key of OpenWeather's hides what stands in the ledger."""
    topic = {
        "WEATHER_TO": "ntfy://a-topic-of-mine",
        "TWILIO_ACCOUNT_SID": "",
        "TWILIO_AUTH_TOKEN": "",
        "TWILIO_SENDER_NUMBER": "",
    }
    seal = KeyedHash(practice.sandbox.openweather.key)
    url = f"sqlite:///{practice.folder / 'ledger' / 'ledger.db'}"
    with closing(open_ledger(url, seal, practice.clock.now())) as ledger:
        ledger.remember(first_tick(seal), practice.clock.now().isoformat())
    assert "remembers 0 texts" in practice.one("ledger", **topic).detail
    assert (
        "no text went out with these settings"
        in practice.one("ledger", **topic, OPENWEATHER_API_KEY="f" * 32).detail
    )
    assert "remembers 0 texts" in practice.one("ledger", **topic).detail


def test_a_twilio_that_is_away_for_a_moment_leaves_the_ledger_to_be_checked(
    practice: Practice,
) -> None:
    practice.sandbox.fail("Messages", httpx.Response(503), times=99)
    states = {check.name: check.status for check in practice.visit()}
    assert (states["twilio credentials"], states["ledger"]) == ("warn", "ok")


# The command


def test_the_command_prints_each_finding_and_what_to_do(weather_sms: Run, live: Sandbox) -> None:
    live.twilio.account.kind = "Trial"
    done = weather_sms("doctor", env=live.env, code=1)
    assert "FAIL    twilio account: It is a trial account" in done.stdout
    assert done.stdout.endswith(f"3 to fix, 1 worth a look, {len(UNTRIED)} not looked at.\n")


def test_a_topic_that_is_guessed_is_worth_a_look(practice: Practice) -> None:
    assert practice.one("ntfy", WEATHER_TO="ntfy://weather").status == "warn"
    assert practice.one("ntfy", WEATHER_TO="ntfy://my:login@ntfy.sh/weather").status == "ok"


def test_nothing_to_fix_is_code_0(weather_sms: Run, live: Sandbox) -> None:
    assert weather_sms(
        "doctor", env=live.env | {"WEATHER_TO": "ntfy://a-topic-that-nobody-guesses"}, code=0
    ).stdout.endswith(f"All that was looked at is well. {len(UNTRIED)} not looked at.\n")


def test_json_has_the_contracts_fields(weather_sms: Run, live: Sandbox) -> None:
    checks = json.loads(weather_sms("doctor", "--json", env=live.env, code=1).stdout)["checks"]
    assert {tuple(check) for check in checks} == {("name", "status", "detail", "fix", "link")}
    assert {check["status"] for check in checks} <= {"ok", "warn", "fail", "skipped"}


def test_without_any_setting_it_lists_what_is_missing(weather_sms: Run) -> None:
    done = weather_sms("doctor", code=1)
    assert done.stdout.count("FAIL") == 2
