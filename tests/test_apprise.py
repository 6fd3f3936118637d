"""Apprise: its own plugins, talking to the sandbox over a real socket."""

from __future__ import annotations

import json
import logging
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Barrier, Thread
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import Run
from tests.support.world import FOR_DAY, World
from weather_sms import Settings, SettingsError
from weather_sms.channels.apprise import read
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
        ("nfty://x", "Did you mean ntfy://"),
        ("https://ntfy.sh/a-topic", "A topic of ntfy's is written ntfy://topic."),
    ],
)
def test_a_wrong_address_names_the_way_out(sandbox: Sandbox, written: str, words: str) -> None:
    env = {name: sandbox.env[name] for name in ("OPENWEATHER_API_KEY", "WEATHER_PLACE")}
    with pytest.raises(SettingsError, match=words) as caught:
        Settings.from_env(env | {"WEATHER_TO": written})
    assert [problem.name for problem in caught.value.problems] == ["WEATHER_TO"]


def test_a_scheme_that_is_much_like_ntfys_is_apprises_own() -> None:
    assert read("gotify://localhost/a-token").shown == "gotify"


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
    assert not read("httpsms://key@15550100200/15550123467").takes_long
    assert read("tgram://123456789:abcdefg_hijklmnop/12315544").takes_long


def test_a_plugin_that_breaks_stops_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("secret-path")

    monkeypatch.setattr(NotifyJSON, "send", broken)
    world.env |= {
        "WEATHER_TO": "json://localhost/secret-path,ntfy://a-topic",
        "WEATHER_AT": FOR_DAY,
    }
    outcomes = world.tick("07:05").outcomes
    assert [each.status for each in outcomes] == ["unknown", "sent"]
    assert "secret-path" not in str(outcomes[0].detail)


# Several at once


ANSWERS = {
    200: ("sent", "not_due"),
    403: ("rejected", "not_due"),
    429: ("rejected", "sent"),
    500: ("unknown", "unknown"),
}


def test_each_of_several_at_once_has_its_own_answer(world: World) -> None:
    together = Barrier(12)

    def answer(status: int) -> Callable[[httpx.Request], httpx.Response]:
        def wait(_: httpx.Request) -> httpx.Response:
            together.wait(timeout=30)
            return httpx.Response(status)

        return wait

    with world.sandbox.serve():
        paths = [f"{status}-{number}" for number in range(3) for status in ANSWERS]
        for path in paths:
            world.sandbox.fail(f"/inbox/private-path/{path}", answer(int(path[:3])))
        world.env |= {"WEATHER_TO": ",".join(f"{hook(world)}/{path}" for path in paths)}
        ticks = [world.tick(moment).outcomes for moment in ("07:05", "07:35")]
    found = [(first.status, second.status) for first, second in zip(*ticks, strict=True)]
    assert found == [ANSWERS[int(path[:3])] for path in paths]
    asked = Counter(
        request.url.path.rpartition("/")[2]
        for request in world.sandbox.requests
        if "/inbox" in request.url.path
    )
    assert asked == {path: 2 if path.startswith("429") else 1 for path in paths}


def test_where_logging_is_off_a_failure_is_uncertain(world: World) -> None:
    logging.disable(logging.CRITICAL)
    try:
        with world.sandbox.serve():
            world.env |= {"WEATHER_TO": hook(world)}
            world.sandbox.fail("/inbox", httpx.Response(500))
            assert world.outcome("07:05").status == "unknown"
    finally:
        logging.disable(logging.NOTSET)


# Logs


LOUD = """
import logging, logging.config, sys, warnings
warnings.simplefilter("always")
logging.config.dictConfig({"version": 1, "root": {"level": "DEBUG", "handlers": ["all"]},
    "handlers": {"all": {"class": "logging.StreamHandler", "level": "DEBUG"}}})
logging.captureWarnings(True)
logging.getLogger("canary").warning("Somebody listens.")
from weather_sms.cli import main
sys.exit(main(["send", "--now", "--json"]))
"""


def loud(env: dict[str, str]) -> tuple[str, str]:
    """The status of a text and all that is logged, where everything is logged."""
    done = subprocess.run(
        [sys.executable, "-c", LOUD], env=env, capture_output=True, text=True, timeout=60
    )
    (outcome,) = json.loads(done.stdout)["outcomes"]
    assert "Somebody listens." in done.stderr
    assert outcome["text"] not in done.stderr
    return outcome["status"], done.stderr


@pytest.mark.parametrize(("status", "becomes"), [(200, "sent"), (500, "unknown")])
def test_no_log_shows_an_address_or_a_text(
    live: Sandbox, tmp_path: Path, status: int, becomes: str
) -> None:
    live.fail("/inbox", httpx.Response(status))
    state = {"WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}"}
    address = f"json://:hunter22@{urlsplit(live.origin).netloc}/inbox/private-path"
    found, log = loud(live.env | state | {"WEATHER_TO": address})
    assert found == becomes
    assert not [word for word in ("hunter22", "private-path", "127.0.0.1") if word in log], log


@contextmanager
def unverified(folder: Path, openssl: str) -> Iterator[int]:
    """A server on loopback with a certificate that nobody trusts; its port."""
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-keyout", key]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", *subject, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_without_verification_warns_of_no_host(
    live: Sandbox, tmp_path: Path, program: Callable[[str], str]
) -> None:
    state = {"WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}"}
    with unverified(tmp_path, program("openssl")) as port:
        address = f"jsons://localhost:{port}/private-path?verify=no"
        found, log = loud(live.env | state | {"WEATHER_TO": address})
    assert found == "unknown"  # it answers 501
    assert not [word for word in ("localhost", "private-path") if word in log], log


SHORT = ("", "+15550123467", "httpsms://key@15550100200/15550123467")
LONG = ("whatsapp:+15550123467", "ntfy://a-topic", "json://localhost/a-path")


@pytest.mark.parametrize("account", [True, False])
@pytest.mark.parametrize("receiver", [*SHORT, *LONG])
def test_a_preview_has_the_form_of_every_receiver_with_and_without_its_account(
    weather_sms: Run, live: Sandbox, receiver: str, account: bool
) -> None:
    env = live.env if account else {k: v for k, v in live.env.items() if "TWILIO" not in k}
    env |= {"WEATHER_TO": receiver, "PYTHONWARNINGS": ""}
    found = json.loads(weather_sms("preview", "--json", env=env, code=0).stdout)
    assert found["text"].startswith("San Francisco ")
    assert ("\N{DEGREE SIGN}" in found["text"]) == (receiver in LONG)
