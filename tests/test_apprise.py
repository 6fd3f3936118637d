"""Apprise: its own plugins, talking to the sandbox over a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.world import World
from weather_sms import Settings, SettingsError
from weather_sms.channels.apprise import takes_long
from weather_sms.sandbox import Sandbox


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, holds=False)


def hook(world: World) -> str:
    return f"json://:hunter22@{urlsplit(world.sandbox.origin).netloc}/inbox/private-path"


def test_a_text_goes_out_once_and_nothing_of_the_address_is_shown(world: World) -> None:
    with world.sandbox.serve():
        world.env |= {"WEATHER_TO": hook(world)}
        first = world.tick("07:05", send_now=True, await_fate=True)
        assert [each.status for each in first.outcomes] == ["sent"]
        assert world.outcome("07:35").status == "not_due"
    (received,) = world.sandbox.inbox
    assert json.loads(received)["title"] == "San Francisco Mon Nov 23"
    shown = "\n".join(first.lines(private=True)) + str(first.json(private=True))
    assert not [value for value in ("hunter22", "private-path", "127.0.0.1") if value in shown]
    assert {"hunter22", "private-path"} <= first.derived()


def test_no_twilio_is_needed(sandbox: Sandbox) -> None:
    env = {name: sandbox.env[name] for name in ("OPENWEATHER_API_KEY", "WEATHER_PLACE")}
    assert Settings.from_env(env | {"WEATHER_TO": "json://localhost/x"}).twilio is None


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [(httpx.Response(403), ["rejected", "not_due"]), (httpx.Response(500), ["unknown", "unknown"]),
     (httpx.Response(429), ["rejected", "sent"])],
)  # fmt: skip
def test_what_fails_is_tried_again_only_if_it_surely_was_not_sent(
    world: World, answer: httpx.Response, statuses: list[str]
) -> None:
    with world.sandbox.serve():
        world.env |= {"WEATHER_TO": hook(world)}
        world.sandbox.fail("/inbox", answer)
        assert [world.outcome(moment).status for moment in ("07:05", "07:35")] == statuses
        assert world.outcome("08:30").status != "sent"


def test_nobody_there_is_uncertain(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.env |= {"WEATHER_TO": "json://127.0.0.1:9/secret-path"}
    assert world.outcome("07:05").status == "unknown"
    assert "secret-path" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("tgrm://x", "Did you mean tgram://"),
        ("tgram://bad", "no complete tgram:// address"),
        ("nfty://x", "ntfy://"),
    ],
)
def test_a_wrong_address_names_the_way_out(sandbox: Sandbox, written: str, words: str) -> None:
    env = {name: sandbox.env[name] for name in ("OPENWEATHER_API_KEY", "WEATHER_PLACE")}
    with pytest.raises(SettingsError, match=words) as caught:
        Settings.from_env(env | {"WEATHER_TO": written})
    assert [problem.name for problem in caught.value.problems] == ["WEATHER_TO"]


def test_a_missing_extra_says_which_to_install(sandbox: Sandbox) -> None:
    code = (
        "import importlib.util; find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'apprise' else "
        "find(name, *a)\n"
        "from weather_sms import Settings\n"
        f"try: Settings.from_env({sandbox.env | {'WEATHER_TO': 'tgram://x'}!r})\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "uv sync --extra apprise" in done.stdout


@pytest.mark.parametrize(
    ("written", "receivers"),
    [
        ("tgram://123456789:abcdefg_hijklmnop/12315544,15551234567, +1 555 123 4567", 2),
        ("mailto://u:p@example.org?to=a@x.org,b@y.org", 1),
        ("json://localhost/a,json://localhost/b", 2),
        ("whatsapp://token@12345678901234/15551234567", 1),
    ],
)
def test_commas_inside_a_url_are_its_own(sandbox: Sandbox, written: str, receivers: int) -> None:
    assert len(Settings.from_env(sandbox.env | {"WEATHER_TO": written}).subscriptions) == receivers


def test_several_targets_of_which_one_fails_are_not_sent_again(world: World) -> None:
    with world.sandbox.serve():
        host = urlsplit(world.sandbox.origin).netloc
        world.env |= {"WEATHER_TO": f"mmost://{host}/{'a' * 26}?channels=one%2Ctwo"}
        world.sandbox.fail("/hooks", httpx.Response(200), times=1)
        world.sandbox.fail("/hooks", httpx.Response(429), times=99)
        assert [world.outcome(moment).status for moment in ("07:05", "07:35", "08:05")] == [
            "unknown"
        ] * 3
        assert sum("/hooks" in request.url.path for request in world.sandbox.requests) == 2


def test_an_sms_service_gets_the_short_form_and_others_the_long_one() -> None:
    assert not takes_long("httpsms://key@15550100200/15550123467")
    assert takes_long("tgram://123456789:abcdefg_hijklmnop/12315544")


def test_a_plugin_that_breaks_stops_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("secret-path")

    monkeypatch.setattr(NotifyJSON, "send", broken)
    world.env |= {"WEATHER_TO": "json://localhost/secret-path,ntfy://a-topic"}
    outcomes = world.tick("07:05").outcomes
    assert [each.status for each in outcomes] == ["unknown", "sent"]
    assert "secret-path" not in str(outcomes[0].detail)


def test_an_address_without_verification_prints_no_host(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.env |= {"WEATHER_TO": "jsons://localhost:9/private?verify=no"}
    world.tick("07:05")
    assert "localhost" not in "".join(capfd.readouterr())
