"""`setup` as a person meets it, in a pseudo-terminal, with a small `gh` that records its input."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pexpect
import pytest
from dotenv import dotenv_values

from tests.conftest import ROOT, Run
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.setup import KEPT, countries, gh, interview
from weather_sms.setup.secrets_file import quoted

KEY = "0123456789abcdef0123456789abcdef"
YOUNG_KEY = "f" * 32
SID, TOKEN, WRONG_TOKEN = "AC" + "5a" * 16, "70" * 16, "71" * 16
API_KEY, API_SECRET = "SK" + "6b" * 16, "s3" * 16
SENDER, SERVICE, PHONE = "+15550100200", "MG" + "7c" * 16, "+447700900123"
TOPIC = "weather-k7fq-2mxd-9whp-c3rt"

FAKE_GH = """#!{python} -SE
import json, os, sys
folder = os.path.dirname(os.path.abspath(__file__))
call = sys.argv[1:]
with open(folder + "/calls", "a") as file:
    file.write(json.dumps({{"argv": call, "stdin": sys.stdin.read(), \
"env": dict(os.environ)}}) + "\\n")
with open(folder + "/answers") as file:
    answers = json.load(file)
for beginning, (code, out, err) in answers.items():
    if " ".join(call).startswith(beginning):
        sys.stdout.write(out)
        sys.stderr.write(err)
        sys.exit(code)
"""


class Gh:
    """The fake `gh`: `answers` maps the start of a call to exit code, stdout and stderr."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        program = folder / "gh"
        program.write_text(FAKE_GH.format(python=sys.executable), "utf-8")
        program.chmod(0o755)
        self.answer("repo view", out="me/weather\n")

    def answer(self, beginning: str, code: int = 0, out: str = "", err: str = "") -> None:
        file = self.folder / "answers"
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        file.write_text(json.dumps(known | {beginning: (code, out, err)}), "utf-8")

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in (self.folder / "calls").read_text("utf-8").splitlines()
        ]

    @property
    def stored(self) -> dict[str, str]:
        """What was given to `gh secret set`, by name."""
        return {
            call["argv"][2]: call["stdin"]
            for call in self.calls
            if call["argv"][:2] == ["secret", "set"]
        }

    @property
    def ran(self) -> list[list[str]]:
        return [call["argv"] for call in self.calls if call["argv"][0] == "workflow"]


class Terminal:
    """One `weather-sms setup` in a pseudo-terminal."""

    def __init__(
        self, home: Path, env: dict[str, str], arguments: tuple[str, ...], width: int
    ) -> None:
        command = (
            ["-m", "weather_sms", *arguments]
            if "setup" in arguments
            else ["-m", "weather_sms", "setup", *arguments]
        )
        self.process: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            command,
            env=env,
            cwd=str(home),
            encoding="utf-8",
            dimensions=(50, width),
            timeout=20,
        )
        self.process.delaybeforesend = None
        self.shown: list[str] = []
        self._secrets: set[str] = set()

    def until(self, prompt: str) -> str:
        """Wait for a prompt; return everything shown since the last time, on one line."""
        self.process.expect_exact(prompt)
        shown = str(self.process.before) + prompt
        self.shown.append(shown)
        return " ".join(shown.split())

    def type(self, prompt: str, answer: str = "") -> str:
        """Answer a question; gives what was shown before."""
        shown = self.until(prompt)
        self.process.sendline(answer)
        return shown

    def hide(self, prompt: str, answer: str = "") -> str:
        """Answer a question for a secret, once the terminal has stopped to show what is typed."""
        shown = self.until(prompt) + self.until("not shown): ")
        self.process.waitnoecho(timeout=10)
        assert not self.process.getecho(), "the terminal shows what is typed"
        self._secrets |= {answer} - {""}
        self.process.sendline(answer)
        return shown

    def end(self, code: int = 0) -> str:
        """Wait for the end, check that no typed secret was ever shown, and return the rest."""
        self.process.expect(pexpect.EOF)
        self.shown.append(str(self.process.before))
        self.process.close()
        everything = "".join(self.shown)
        assert self.process.exitstatus == code, everything
        assert "Traceback" not in everything, everything
        assert not [secret for secret in self._secrets if secret in everything]
        return " ".join(self.shown[-1].split())


Open = Callable[..., Terminal]


@pytest.fixture
def world() -> Iterator[Sandbox]:
    """The sample days' places, all on today's date, and one with an apostrophe."""
    today = datetime.now(ZoneInfo(DAYS["fair"].timezone)).date()
    days = (
        *DAYS.values(),
        replace(DAYS["rain"], name="L'Aquila", country="IT", zip="67100", timezone="Europe/Rome"),
    )
    sandbox = Sandbox(days=tuple(day.on(today) for day in days))
    with sandbox.serve():
        yield sandbox


@pytest.fixture
def fake_gh(tmp_path: Path) -> Gh:
    return Gh(tmp_path / "bin")


@pytest.fixture
def open_setup(tmp_path: Path, world: Sandbox) -> Iterator[Open]:
    opened: list[Terminal] = []
    origins = {name: value for name, value in world.env.items() if name.endswith("_BASE_URL")}

    def run(*arguments: str, env: dict[str, str] | None = None, width: int = 100) -> Terminal:
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        clean = {"PATH": path, "HOME": str(tmp_path), "TERM": "xterm", "PYTHONWARNINGS": "error"}
        opened.append(Terminal(tmp_path, clean | origins | (env or {}), arguments, width))
        return opened[-1]

    yield run
    for terminal in opened:
        with suppress(pexpect.ExceptionPexpect):
            terminal.process.close(force=True)


def draft_in(home: Path) -> Path:
    return home / ".local" / "state" / "weather-sms" / "setup-draft.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def as_a_shell_reads(file: Path) -> dict[str, str]:
    command = f". {shlex.quote(str(file))} && env -0"
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={}, capture_output=True, text=True, check=True
    )
    pairs = (pair.partition("=") for pair in done.stdout.split("\0") if pair)
    return {
        name: value
        for name, _, value in pairs
        if name.startswith(("WEATHER_", "TWILIO_", "OPENWEATHER_"))
    }


def answer_how(terminal: Terminal, topic: str = TOPIC) -> None:
    """ntfy, for a phone in the US."""
    terminal.type("two letters): ", "us")
    terminal.type("[ntfy]: ")
    terminal.type("Topic [", topic)
    terminal.type("that is done: ")


def answer_weather(terminal: Terminal, place: str = "94112,US") -> None:
    terminal.hide("OPENWEATHER_API_KEY", KEY)
    terminal.type("WEATHER_PLACE: ", place)
    terminal.type("Is that the place? [Y/n]: ")
    terminal.type("WEATHER_AT [07:00]: ")
    terminal.type("WEATHER_UNITS (")


def answer_all(terminal: Terminal) -> None:
    answer_how(terminal)
    answer_weather(terminal)


def test_ntfy_from_the_first_question_to_a_file_that_works(
    open_setup: Open, world: Sandbox, tmp_path: Path, weather_sms: Run
) -> None:
    terminal = open_setup()
    terminal.type("two letters): ", "United States")
    assert (
        "texts to yourself, your family or friends cannot be registered (Twilio error 30532)"
        in terminal.type("[ntfy]: ")
    )
    terminal.until("Topic [")
    topic = terminal.type("]: ").removesuffix("]:")
    assert f"subscribe in it to {topic}." in terminal.type("that is done: ")
    assert "https://home.openweathermap.org/api_keys" in terminal.hide("OPENWEATHER_API_KEY", KEY)
    assert "ok openweather key: OpenWeather takes it" in terminal.type("WEATHER_PLACE: ", "94112")
    found = terminal.type("Is that the place? [Y/n]: ")
    assert "San Francisco, US, in the time zone America/Los_Angeles. The next texts: " in found
    terminal.type("WEATHER_AT [07:00]: ")
    terminal.type("(imperial/metric) [imperial]: ")
    assert "Stored 3 settings in secrets.sh, which only you can read" in terminal.type(
        "It sends nothing. [Y/n]: "
    )
    rest = terminal.end()
    assert "All that was looked at is well." in rest
    assert "Send one now: weather-sms --env-file secrets.sh send --now" in rest
    assert (tmp_path / "secrets.sh").read_text("utf-8") == (
        f"export WEATHER_TO='ntfy://{topic}'\nexport OPENWEATHER_API_KEY='{KEY}'\nexport "
        "WEATHER_PLACE='94112,US'\n"
    )
    assert mode(tmp_path / "secrets.sh") == 0o600
    assert not draft_in(tmp_path).exists()
    urls = {name: value for name, value in world.env.items() if name.endswith("_BASE_URL")}
    weather_sms("--env-file", "secrets.sh", "send", "--now", env=urls, code=0)
    assert [text["topic"] for text in world.ntfy.left] == [topic]


def test_without_any_account_a_city_and_ntfy_are_enough(
    open_setup: Open, tmp_path: Path, world: Sandbox, weather_sms: Run
) -> None:
    terminal = open_setup()
    answer_how(terminal)
    assert "not for commercial use" in terminal.hide("OPENWEATHER_API_KEY (Enter: none; ")
    assert "ok openweather key: None is set" in terminal.type("WEATHER_PLACE: ", "94112")
    assert "FAIL place: A postal code needs a key of OpenWeather's" in terminal.type("[again]: ")
    terminal.type("WEATHER_PLACE [94112,US]: ", "San Francisco,US")
    assert "San Francisco, US, in the time zone" in terminal.type("Is that the place? [Y/n]: ")
    terminal.type("WEATHER_AT [07:00]: ")
    terminal.type("WEATHER_UNITS (")
    terminal.type("It sends nothing. [Y/n]: ")
    assert "All that was looked at is well." in terminal.end()
    assert dotenv_values(tmp_path / "secrets.sh") == {
        "WEATHER_TO": f"ntfy://{TOPIC}",
        "WEATHER_PLACE": "San Francisco,US",
    }
    urls = {name: value for name, value in world.env.items() if name.endswith("_BASE_URL")}
    weather_sms("--env-file", "secrets.sh", "send", "--now", env=urls, code=0)
    assert [text["topic"] for text in world.ntfy.left] == [TOPIC]


def test_sms_from_a_wrong_key_and_a_wrong_token_to_a_file(
    open_setup: Open, world: Sandbox, tmp_path: Path
) -> None:
    world.twilio.account.pools[SERVICE].append(SENDER)
    terminal = open_setup()
    terminal.type("two letters): ", "uk")
    assert "a trial account cannot send texts of its own (Twilio error 572006)" in terminal.type(
        "[sms]: "
    )
    terminal.hide("OPENWEATHER_API_KEY", "not-a-key")
    refused = terminal.type("[again]: ")
    assert "FAIL openweather key: OpenWeather refuses it, and it is not 32 digits" in refused
    assert "https://home.openweathermap.org/api_keys" in refused
    terminal.hide("OPENWEATHER_API_KEY", KEY)
    terminal.type("WEATHER_PLACE: ", "SW1A 1AA")
    assert "London, GB, in the time zone Europe/London" in terminal.type(
        "Is that the place? [Y/n]: "
    )
    terminal.type("WEATHER_AT [07:00]: ", "6:30")
    assert " 06:30, " in terminal.type("(imperial/metric) [metric]: ")
    terminal.type("(token/key) [token]: ")
    terminal.type("TWILIO_ACCOUNT_SID (AC...): ", SID)
    terminal.hide("TWILIO_AUTH_TOKEN", WRONG_TOKEN)
    assert "FAIL twilio credentials: Twilio refused the credentials" in terminal.type(
        "[again]: ", "a"
    )
    terminal.type(f"TWILIO_ACCOUNT_SID (AC...) [{SID}]: ")
    terminal.hide("TWILIO_AUTH_TOKEN", TOKEN)
    terminal.type("Number or service: ", SENDER)
    terminal.type(f"Use the service {SERVICE}? [Y/n]: ")
    terminal.type("WEATHER_TO: ", "07700 900123")
    assert (
        "WEATHER_TO is no phone number of any country. Write it with + and the country code"
        in terminal.type("WEATHER_TO: ", "+44 7700 900123")
    )
    terminal.type("[Y/n]: ", "n")
    terminal.end()
    assert dotenv_values(tmp_path / "secrets.sh") == {
        "OPENWEATHER_API_KEY": KEY,
        "WEATHER_PLACE": "SW1A 1AA,GB",
        "WEATHER_AT": "6:30",
        "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_SENDER_NUMBER": SENDER,
        "TWILIO_MESSAGING_SERVICE_SID": SERVICE,
        "WEATHER_TO": "+44 7700 900123",
    }
    assert world.twilio.messages == []


def test_an_american_phone_and_an_unregistered_sender_can_still_turn_to_ntfy(
    open_setup: Open, tmp_path: Path
) -> None:
    terminal = open_setup()
    terminal.type("two letters): ", "canada")
    terminal.type("[ntfy]: ", "sms")
    answer_weather(terminal)
    terminal.type("(token/key) [token]: ", "key")
    terminal.type("TWILIO_ACCOUNT_SID (AC...): ", SID)
    terminal.type("TWILIO_API_KEY (SK...): ", API_KEY)
    terminal.hide("TWILIO_API_SECRET", API_SECRET)
    terminal.type("Number or service: ", SENDER)
    terminal.type("A service's SID (Enter: none): ")
    terminal.type("WEATHER_TO: ", "+1 416 555 0123")
    assert "use ntfy: WEATHER_TO=ntfy://" in terminal.type("[again]: ")
    terminal.type("WEATHER_TO [+1 416 555 0123]: ", f"ntfy://{TOPIC}")
    assert "ok ntfy: The server answers" in terminal.type("[Y/n]: ", "n")
    terminal.end()
    assert as_a_shell_reads(tmp_path / "secrets.sh")["WEATHER_TO"] == f"ntfy://{TOPIC}"


def test_a_young_key_is_kept_if_one_says_so_and_the_place_is_believed(
    open_setup: Open, tmp_path: Path
) -> None:
    terminal = open_setup()
    answer_how(terminal)
    terminal.hide("OPENWEATHER_API_KEY", YOUNG_KEY)
    assert "younger than two hours, or not one of yours" in terminal.type("[again]: ", "keep")
    terminal.type("WEATHER_PLACE: ", "Lyon,FR")
    shown = terminal.type("WEATHER_AT [07:00]: ")
    assert "skipped place: It cannot be looked up before OpenWeather takes the key" in shown
    terminal.type("[imperial]: ")
    terminal.type("[Y/n]: ", "n")
    terminal.end()
    assert dotenv_values(tmp_path / "secrets.sh")["OPENWEATHER_API_KEY"] == YOUNG_KEY


def test_one_can_stop_at_a_refused_key_and_it_is_kept_for_the_next_setup(
    open_setup: Open, tmp_path: Path
) -> None:
    terminal = open_setup()
    answer_how(terminal)
    terminal.hide("OPENWEATHER_API_KEY", YOUNG_KEY)
    terminal.type("[again]: ", "stop")
    assert terminal.end(code=1).endswith(KEPT)
    assert json.loads(draft_in(tmp_path).read_text("utf-8"))["OPENWEATHER_API_KEY"] == YOUNG_KEY


def test_a_trial_account_is_told_at_once_that_it_cannot_send(
    open_setup: Open, world: Sandbox
) -> None:
    world.twilio.account.kind = "Trial"
    terminal = open_setup(width=200)
    terminal.type("two letters): ", "gb")
    terminal.type("[sms]: ")
    answer_weather(terminal)
    terminal.type("(token/key) [token]: ")
    terminal.type("TWILIO_ACCOUNT_SID (AC...): ", SID)
    terminal.hide("TWILIO_AUTH_TOKEN", TOKEN)
    assert "a trial account cannot send texts of its own (Twilio error 572006)" in terminal.type(
        "[again]: ", "stop"
    )
    terminal.end(code=1)


def test_a_place_that_is_not_found_or_not_meant_is_asked_for_again(
    open_setup: Open, tmp_path: Path
) -> None:
    terminal = open_setup()
    answer_how(terminal)
    terminal.hide("OPENWEATHER_API_KEY", KEY)
    terminal.type("WEATHER_PLACE: ", "Atlantis,GR")
    assert "FAIL place: OpenWeather knows no such place" in terminal.type("[again]: ")
    terminal.type("WEATHER_PLACE [Atlantis,GR]: ", "London")
    terminal.type("Is that the place? [Y/n]: ", "n")
    terminal.type("WEATHER_PLACE [London]: ", "L'Aquila,IT")
    assert "L'Aquila, IT" in terminal.type("Is that the place? [Y/n]: ")
    terminal.type("WEATHER_AT [07:00]: ")
    terminal.type("[metric]: ")
    terminal.type("[Y/n]: ", "n")
    terminal.end()
    file = tmp_path / "secrets.sh"
    assert as_a_shell_reads(file) == dotenv_values(file)
    assert as_a_shell_reads(file)["WEATHER_PLACE"] == "L'Aquila,IT"


def test_units_other_than_the_places_own_are_stored(open_setup: Open, tmp_path: Path) -> None:
    terminal = open_setup("--file", "mine.env")
    answer_how(terminal)
    terminal.hide("OPENWEATHER_API_KEY", KEY)
    terminal.type("WEATHER_PLACE: ", "94112")
    terminal.type("[Y/n]: ")
    terminal.type("WEATHER_AT [07:00]: ", "7 in the morning")
    assert "WEATHER_AT is no time. Write 07:00, 7am" in terminal.type(
        "WEATHER_AT [07:00]: ", "07:00"
    )
    terminal.type("[imperial]: ", "m")
    terminal.type("[Y/n]: ", "n")
    assert "weather-sms --env-file mine.env send --now" in terminal.end()
    assert set(dotenv_values(tmp_path / "mine.env")) == {
        "WEATHER_TO", "OPENWEATHER_API_KEY", "WEATHER_PLACE", "WEATHER_UNITS",
    }  # fmt: skip


@pytest.mark.parametrize("how", ["Ctrl-C", "end of input", "closed"])
def test_a_setup_that_is_interrupted_goes_on_with_its_answers(
    open_setup: Open, tmp_path: Path, how: str
) -> None:
    terminal = open_setup()
    answer_how(terminal)
    terminal.hide("OPENWEATHER_API_KEY", KEY)
    terminal.until("WEATHER_PLACE: ")
    if how == "closed":
        terminal.process.close()
    else:
        terminal.process.sendintr() if how == "Ctrl-C" else terminal.process.sendeof()
        assert terminal.end(code=1).endswith(KEPT)
    assert mode(draft_in(tmp_path)) == 0o600
    assert not (tmp_path / "secrets.sh").exists()

    terminal = open_setup()
    kept = terminal.type("they are forgotten) [Y/n]: ")
    assert (
        kept.count("Kept from it: your country, SMS or ntfy, WEATHER_TO, OPENWEATHER_API_KEY.") == 1
    )
    terminal.type("two letters) [US]: ")
    terminal.type("[ntfy]: ")
    terminal.type(f"Topic [{TOPIC}]: ")
    terminal.type("that is done: ")
    terminal.hide("OPENWEATHER_API_KEY (Enter: the one from before; ")
    assert KEY not in terminal.type("WEATHER_PLACE: ", "94112")
    terminal.type("[Y/n]: ")
    terminal.type("WEATHER_AT [07:00]: ")
    terminal.type("[imperial]: ")
    terminal.type("[Y/n]: ", "n")
    assert KEY not in terminal.end()
    assert dotenv_values(tmp_path / "secrets.sh")["OPENWEATHER_API_KEY"] == KEY
    assert not draft_in(tmp_path).exists()


def test_stopping_once_all_is_stored_says_so(open_setup: Open, tmp_path: Path) -> None:
    terminal = open_setup()
    answer_all(terminal)
    terminal.until("It sends nothing. [Y/n]: ")
    terminal.process.sendintr()
    assert terminal.end(code=0).endswith("Stopped. Your settings are stored.")
    assert (tmp_path / "secrets.sh").exists()
    assert not draft_in(tmp_path).exists()


def test_answers_from_before_are_forgotten_if_one_says_so(open_setup: Open, tmp_path: Path) -> None:
    draft_in(tmp_path).parent.mkdir(parents=True)
    draft_in(tmp_path).write_text(
        json.dumps({"country": "FR", "WEATHER_TO": "+33612345678"}), "utf-8"
    )
    terminal = open_setup()
    terminal.type("they are forgotten) [Y/n]: ", "n")
    terminal.until("two letters): ")
    assert not draft_in(tmp_path).exists()
    terminal.process.sendintr()
    assert terminal.end(code=1).endswith("Stopped. Nothing was stored.")


def test_a_draft_that_cannot_be_read_is_no_draft(open_setup: Open, tmp_path: Path) -> None:
    draft_in(tmp_path).parent.mkdir(parents=True)
    draft_in(tmp_path).write_bytes(b"\xff{")
    terminal = open_setup()
    terminal.until("two letters): ")
    terminal.process.sendintr()
    terminal.end(code=1)


def test_a_phone_from_before_is_not_proposed_as_a_topic(open_setup: Open, tmp_path: Path) -> None:
    draft_in(tmp_path).parent.mkdir(parents=True)
    draft_in(tmp_path).write_text(
        json.dumps({"country": "US", "way": "sms", "WEATHER_TO": "+14155550123"}), "utf-8"
    )
    terminal = open_setup()
    terminal.type("[Y/n]: ")
    terminal.type("[US]: ")
    terminal.type("[sms]: ", "ntfy")
    terminal.until("Topic [weather-")
    terminal.process.sendintr()
    terminal.end(code=1)


def test_an_address_with_a_login_from_before_is_not_shown(open_setup: Open, tmp_path: Path) -> None:
    address = f"ntfy://:tk_0123456789@ntfy.sh/{TOPIC}"
    draft_in(tmp_path).parent.mkdir(parents=True)
    draft_in(tmp_path).write_text(
        json.dumps({"country": "US", "way": "ntfy", "WEATHER_TO": address}), "utf-8"
    )
    terminal = open_setup()
    terminal.type("[Y/n]: ")
    terminal.type("[US]: ")
    terminal.type("[ntfy]: ")
    terminal.type("Topic (Enter: the one from before): ")
    terminal.until("that is done: ")
    terminal.process.sendintr()
    terminal.end(code=1)
    assert "tk_0123456789" not in "".join(terminal.shown)


def test_a_file_that_exists_is_replaced_only_if_one_says_so(
    open_setup: Open, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.sh"
    file.write_text("export WEATHER_PLACE='94112'\nexport WEATHER_SECRET='x'\n", "utf-8")
    terminal = open_setup()
    answer_all(terminal)
    asked = terminal.type("Replace it? [y/N]: ")
    assert "secrets.sh exists already and sets WEATHER_PLACE, WEATHER_SECRET." in asked
    assert "Replaced, it would lose WEATHER_SECRET." in asked
    terminal.type("Another name for the file: ", "nowhere/secrets.sh")
    assert "nowhere/secrets.sh cannot be written: No such file or directory" in terminal.type(
        "the file: ", "other.sh"
    )
    terminal.type("[Y/n]: ", "n")
    terminal.end()
    assert file.read_text("utf-8") == "export WEATHER_PLACE='94112'\nexport WEATHER_SECRET='x'\n"
    assert mode(tmp_path / "other.sh") == 0o600


def test_a_file_that_is_replaced_is_readable_only_by_its_owner_from_then_on(
    open_setup: Open, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.sh"
    file.write_text("", "utf-8")
    file.chmod(0o644)
    terminal = open_setup()
    answer_all(terminal)
    terminal.type("Replace it? [y/N]: ", "y")
    terminal.type("[Y/n]: ", "n")
    terminal.end()
    assert mode(file) == 0o600
    assert list(tmp_path.glob(".secrets*")) == []


VALUES = [
    "94112",
    "O'Fallon,MO,US",
    "ntfy://:tk_a$b@host/topic",
    "a `b` c",
    '5" x',
    "Köln,DE",
    "#1",
    "a b",
    "~",
    "!x",
    "''",
]


def test_a_shell_and_the_env_file_option_read_the_same_values(tmp_path: Path) -> None:
    file = tmp_path / "secrets.sh"
    file.write_text(
        "".join(f"export WEATHER_{i}={quoted(value)}\n" for i, value in enumerate(VALUES)), "utf-8"
    )
    written = {f"WEATHER_{i}": value for i, value in enumerate(VALUES)}
    assert as_a_shell_reads(file) == written
    assert dotenv_values(file, interpolate=False) == written


@pytest.mark.parametrize("value", ["it's $5", "it's `x`", 'it\'s "x"', "a\\b", "a\nb", "\x1b[31m"])
def test_what_the_two_would_read_differently_has_no_quotes(value: str) -> None:
    assert quoted(value) is None


def test_another_spelling_is_asked_for_where_a_file_cannot_hold_a_value(open_setup: Open) -> None:
    terminal = open_setup()
    answer_how(terminal)
    terminal.hide("OPENWEATHER_API_KEY", KEY)
    terminal.type("WEATHER_PLACE: ", "L'A$quila,IT")
    assert "WEATHER_PLACE holds a backslash, or ' together with $, ` or \"" in terminal.until(
        "WEATHER_PLACE: "
    )
    terminal.process.sendintr()
    terminal.end(code=1)


def test_secrets_reach_github_by_standard_input_only(
    open_setup: Open, fake_gh: Gh, tmp_path: Path
) -> None:
    old = "an-old-key-from-a-file-0123456789"
    (tmp_path / "old.env").write_text(f"OPENWEATHER_API_KEY={old}\n", "utf-8")
    terminal = open_setup("--env-file", "old.env", "setup", "--github")
    assert "stored in the secrets of the repository me/weather" in terminal.until(
        "How the text comes"
    )
    answer_all(terminal)
    shown = terminal.type("(check/send/no) [check]: ")
    assert "Stored in me/weather: WEATHER_TO, OPENWEATHER_API_KEY, WEATHER_PLACE." in shown
    assert "https://github.com/me/weather/actions" in terminal.end()
    stored = {
        "WEATHER_TO": f"ntfy://{TOPIC}",
        "OPENWEATHER_API_KEY": KEY,
        "WEATHER_PLACE": "94112,US",
    }
    assert fake_gh.stored == stored
    for call in fake_gh.calls:
        assert not [
            value
            for value in (*stored.values(), old)
            if value in json.dumps([call["argv"], call["env"]])
        ]
    assert fake_gh.ran == [
        ["workflow", "run", "weather.yml", "-R", "me/weather", "-f", f"what={gh.RUNS['check']}"]
    ]
    assert not draft_in(tmp_path).exists()


def test_the_repository_that_is_named_is_the_one_that_is_used(
    open_setup: Open, fake_gh: Gh
) -> None:
    terminal = open_setup("--github", "--repo", "you/rain")
    answer_all(terminal)
    terminal.type("(check/send/no) [check]: ", "no")
    assert "It runs by itself from now on" in terminal.end()
    assert fake_gh.ran == []
    for call in fake_gh.calls:
        assert call["argv"] == ["auth", "status"] or "you/rain" in call["argv"]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("", {"OPENWEATHER_API_KEY"}),
        ("y", {"OPENWEATHER_API_KEY", "WEATHER_AT", "WEATHER_PLACE", "WEATHER_TO"}),
    ],
)
def test_secrets_that_exist_are_replaced_only_if_one_says_so(
    open_setup: Open, fake_gh: Gh, said: str, stored: set[str]
) -> None:
    names = ("WEATHER_TO", "WEATHER_PLACE", "WEATHER_AT", "WEATHER_SUBSCRIPTIONS")
    fake_gh.answer("secret list", out="".join(f"{name}\t2026-11-01T07:00:00Z\n" for name in names))
    terminal = open_setup("--github")
    answer_all(terminal)
    asked = terminal.type("Replace them? [y/N]: ", said)
    assert "me/weather has these already: WEATHER_TO, WEATHER_PLACE, WEATHER_AT." in asked
    shown = terminal.type("[check]: ", "send")
    assert "Still there from before: WEATHER_SUBSCRIPTIONS. It wins over your answers." in shown
    terminal.end()
    assert set(fake_gh.stored) == stored
    assert fake_gh.ran[0][-1] == "what=send the text now"


def test_a_secret_that_github_refuses_is_named_and_the_answers_are_kept(
    open_setup: Open, fake_gh: Gh, tmp_path: Path
) -> None:
    fake_gh.answer(
        "secret set OPENWEATHER_API_KEY", code=1, err="HTTP 403: Resource not accessible\n"
    )
    terminal = open_setup("--github")
    answer_all(terminal)
    rest = terminal.end(code=1)
    assert "OPENWEATHER_API_KEY was not stored. Stored so far: WEATHER_TO." in rest
    assert (
        "run weather-sms setup --github again to go on. (gh says: HTTP 403: Resource not "
        "accessible)" in rest
    )
    assert set(fake_gh.stored) == {"WEATHER_TO", "OPENWEATHER_API_KEY"}
    assert json.loads(draft_in(tmp_path).read_text("utf-8"))["OPENWEATHER_API_KEY"] == KEY


def test_a_workflow_that_does_not_start_is_no_failure_of_the_setup(
    open_setup: Open, fake_gh: Gh
) -> None:
    fake_gh.answer("workflow run", code=1, err="could not find any workflows named weather.yml\n")
    terminal = open_setup("--github")
    answer_all(terminal)
    terminal.type("[check]: ")
    assert (
        "The workflow could not be started. Open https://github.com/me/weather/actions"
        in terminal.end()
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("auth status", "gh is not logged in to GitHub. Run `gh auth login`, then this again."),
        (
            "repo view",
            "gh finds no repository in this folder. Go to the repository's folder, or add --repo "
            "OWNER/NAME.",
        ),
    ],
)
def test_nothing_is_asked_before_gh_can_be_used(
    open_setup: Open, fake_gh: Gh, call: str, sentence: str
) -> None:
    fake_gh.answer(call, code=1)
    assert open_setup("--github").end(code=2) == sentence


def test_without_gh_it_says_where_to_get_it(open_setup: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    terminal = open_setup("--github", env={"PATH": str(tmp_path / "empty")})
    assert "gh is not installed. Get it from https://cli.github.com" in terminal.end(code=2)


def test_without_a_terminal_it_says_what_to_do_instead(weather_sms: Run) -> None:
    done = weather_sms("setup", code=2)
    assert "it needs a terminal" in done.stderr
    assert "README.md#settings" in done.stderr


@pytest.mark.parametrize("arguments", [("--repo", "me/weather"), ("--github", "--file", "x.sh")])
def test_options_that_do_not_go_together_are_wrong_usage(
    weather_sms: Run, arguments: tuple[str, ...]
) -> None:
    assert "Error: " in weather_sms("setup", *arguments, code=2).stderr


def test_credentials_are_not_asked_for_to_be_sent_to_an_unsafe_address(open_setup: Open) -> None:
    terminal = open_setup(env={"OPENWEATHER_BASE_URL": "http://example.com"})
    assert "OPENWEATHER_BASE_URL is not an origin that may be used" in terminal.end(code=2)


def test_the_help_says_what_it_stores_and_where(weather_sms: Run) -> None:
    shown = " ".join(weather_sms("setup", "--help", code=0).stdout.split())
    for words in (
        "--github",
        "--repo OWNER/NAME",
        "Default: secrets.sh",
        "nothing is replaced without asking",
    ):
        assert words in shown


def test_what_the_workflow_is_asked_to_do_is_what_it_offers() -> None:
    offered = {
        line.strip().removeprefix("- ")
        for line in (ROOT / ".github/workflows/weather.yml").read_text("utf-8").splitlines()
    }
    assert set(gh.RUNS.values()) <= offered


@pytest.mark.parametrize(
    ("written", "code"),
    [("us", "US"), ("USA", "US"), ("united  kingdom", "GB"), ("Deutschland", None), ("germany",
     "DE"), ("Niger", "NE"),
     ("swi", "CH"), ("united", None), ("", None), ("X", None)],
)  # fmt: skip
def test_countries_are_understood_as_people_write_them(written: str, code: str | None) -> None:
    found = countries.find(written)
    assert (found[0] if found else None) == code


def test_a_topic_is_made_of_characters_that_are_not_mistaken_for_others() -> None:
    characters = iter("k7fq2mxd9whpc3rt")
    assert (
        interview.topic(lambda choices: next(char for char in characters if char in choices))
        == TOPIC
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("69001", "69001,FR"),
        ("69001,DE", "69001,DE"),
        ("Lyon", "Lyon"),
        ("45.76,4.83", "45.76,4.83"),
    ],
)
def test_a_postal_code_alone_is_one_of_the_users_country(typed: str, read: str) -> None:
    assert interview.as_place(typed, "FR") == {"WEATHER_PLACE": read}
