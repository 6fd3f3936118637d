"""Canaries: a public run, even one that fails, shows nothing secret or personal in any spelling."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.conftest import a_moment_ago
from weather_sms.cli import main
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS

POINT = "37.7195,-122.4411"
PHONE, TOPIC, TOKEN = "+15550123467", "canary-topic-1", "tk_canarytoken1"
COMMANDS = (
    ("send",), ("send", "--now"), ("send", "--json"), ("send", "--now", "--json"),
    ("send", "--now", "--dry-run"), ("stop",), ("preview",), ("preview", "--json"), ("doctor",),
    ("doctor", "--json"),
)  # fmt: skip
SPELLINGS = (PHONE, "15550123467", "1 (555) 012-3467", "5550123467", "012-3467")


@dataclass(frozen=True)
class Trouble:
    """A world in which something is wrong: settings, or what services do."""

    env: dict[str, str]
    make: Callable[[Sandbox], object] = lambda _: None


def _says(*words: str) -> httpx.Response:
    """A service whose error repeats whatever it was told, and more."""
    message = f"{' '.join(words)}\n::warning::x\n##[group]y <script>|`"
    return httpx.Response(
        400, json={"code": 29999, "message": message, "error": message, "status": 400}
    )


TROUBLES = {
    "nothing": Trouble({}),
    "an unknown place": Trouble({"WEATHER_PLACE": "Canaryville,FR"}),
    "a wrong token": Trouble({"TWILIO_AUTH_TOKEN": "ca" * 16}),
    "a wrong key": Trouble({"OPENWEATHER_API_KEY": "ca" * 16}),
    "a settings error": Trouble({"WEATHER_TO": "canary-nonsense", "WEATHER_PLACE": ",canary,",
    "WEATHER_AT": "canary"}),
    "a refused text": Trouble({}, lambda s: s.fail("Messages.json", _says(PHONE, "AC" + "5a" * 16),
    9, "POST")),
    "a broken connection": Trouble({}, lambda s: s.fail("Messages",
    httpx.ReadError(f"reset {PHONE}"), 9)),
    "no weather": Trouble({}, lambda s: [s.fail(path, _says("San Francisco", POINT),
    99) for path in ("/data", "/v1/forecast")]),  # type: ignore[func-returns-value]
    "OpenWeather is down": Trouble({}, lambda s: s.fail("/data", httpx.Response(418,
    text="San Francisco"), 99)),
    "warnings that cannot be had": Trouble({}, lambda s: s.fail("/alerts", _says("San Francisco",
    POINT), 99)),
    "no key at all": Trouble({"OPENWEATHER_API_KEY": ""}),
    "no key and a city": Trouble({"OPENWEATHER_API_KEY": "", "WEATHER_PLACE": "San Francisco,US"}),
    "a topic": Trouble({"WEATHER_TO": f"ntfy://:{TOKEN}@ntfy.example.org/{TOPIC}"}),
    "a topic that refuses": Trouble(
        {"WEATHER_TO": f"ntfys://user:canarypass1@ntfy.example.org/{TOPIC}"},
        lambda s: s.fail(f"/{TOPIC}", _says(TOPIC, "canarypass1"), 99),
    ),
    "an Apprise URL": Trouble({"WEATHER_TO": "json://:canarypass1@{netloc}/inbox/canary-path"}),
    "an Apprise URL that refuses": Trouble(
        {"WEATHER_TO": "json://:canarypass1@{netloc}/inbox/canary-path"},
        lambda s: s.fail("/inbox", _says("canary-path"), 99),
    ),
    "a wrong Apprise URL": Trouble({"WEATHER_TO": "tgram://canarypass1/canary-path"}),
    "whatsapp": Trouble({"WEATHER_TO": f"whatsapp:{PHONE}"},
    lambda s: s.twilio.refuse(f"whatsapp:{PHONE}", 63016)),
    "several at once": Trouble({"WEATHER_TO": f"{PHONE},ntfy://{TOPIC},whatsapp:{PHONE}"}),
    "tables": Trouble({
        "WEATHER_SUBSCRIPTIONS": f'[[subscription]]\nto = "{PHONE}"\nplace = "37.7195,-122.4411"\n'
        f'[[subscription]]\nto = "ntfy://{TOPIC}"\nplace = "Canaryville,FR"',
    }),
    "a table with a mistake": Trouble({
        "WEATHER_SUBSCRIPTIONS": f'[[subscription]]\nto = "{PHONE}"\ncanary = 1',
    }),
    "an unusable ledger": Trouble({"WEATHER_STATE": "sqlite:////proc/none/ledger.db"}),
    "an account on trial": Trouble({}, lambda s: setattr(s.twilio.account, "kind", "Trial")),
    "a service that holds the sender": Trouble(
        {}, lambda s: s.twilio.account.pools.update({s.twilio.services[0]: [s.twilio.numbers[0]]})
    ),
    "a text held": Trouble({"WEATHER_AT": "{later}",
    "TWILIO_MESSAGING_SERVICE_SID": "MG" + "7c" * 16}),
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_public_run_tells_nothing(
    trouble: Trouble,
    live: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"private": False}}), "utf-8")
    later = datetime.now(ZoneInfo(DAYS["fair"].timezone)) + timedelta(hours=2)
    written = {k: v.format(netloc=httpx.URL(live.origin).netloc.decode(),
    later=f"{later:%M %H} * * *") if "{" in v else v
               for k, v in trouble.env.items()}  # fmt: skip
    env = live.env | {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "WEATHER_AT": a_moment_ago(),
        "WEATHER_PLACE": POINT, "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "schedule", "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "GITHUB_REPOSITORY": "me/weather",
        "GITHUB_TOKEN": live.github.token, "GITHUB_API_URL": live.origin, "GITHUB_RUN_NUMBER": "1",
        "WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger' / 'ledger.db'}",
    } | written  # fmt: skip
    trouble.make(live)
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    seen = ""
    for command in COMMANDS:
        assert main(command) in (0, 1, 2)
        out, err = capfd.readouterr()
        lines = (out + err).splitlines()
        assert [
            line
            for line in lines
            if line.startswith(("::", "##[")) and not line.startswith(ALLOWED)
        ] == []
        seen += "\n".join(line for line in lines if not line.startswith("::add-mask::"))
    summary = tmp_path / "summary.md"
    shown = summary.read_text("utf-8") if summary.exists() else ""
    assert "<script>" not in shown
    seen += shown
    ledger = b"".join(file.read_bytes() for file in tmp_path.glob("ledger/*"))
    assert [
        value for value in canaries(live, written) if value in seen or value.encode() in ledger
    ] == []


ALLOWED = (
    "::add-mask::",
    "::error title=weather-sms::",
    "::warning title=weather-sms::",
    "::notice title=weather-sms::",
)


def canaries(live: Sandbox, written: dict[str, str]) -> set[str]:
    """Everything that must not show: secrets, numbers, addresses, places, texts."""
    twilio = live.twilio
    texts = {message["body"] for message in twilio.messages} | {
        event.get("message", "") for event in live.ntfy.events
    }
    return {
        *SPELLINGS, TOPIC, TOKEN, "canarypass1", "canary-path", "canary-nonsense", "Canaryville",
        "canary", "ntfy.example.org",
        "San Francisco", "SAN FRANCISCO", "America/Los_Angeles", "37.7195", "122.4411",
        twilio.account_sid, twilio.auth_token, twilio.api_secret,
        twilio.services[0], live.openweather.key, "ca" * 16, live.github.token, *twilio.numbers,
        twilio.numbers[0][1:],
        *(value for name, value in written.items() if name in ("WEATHER_TO", "WEATHER_PLACE")),
        *texts,
    } - {""}  # fmt: skip
