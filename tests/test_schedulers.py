"""The tutorial's schedulers, for real: a cron daemon, and the `schedule` loop as a process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.conftest import ROOT, Run, a_moment_ago
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.schedulers import cron
from weather_sms.schedulers.loop import StoppableClock, run

OTHERS = "# mine, keep it\nMAILTO=me\n3 4 * * * echo 'a % b' # not weather-sms\n"


@pytest.fixture
def crontab(program: Callable[[str], str]) -> Iterator[Callable[[], str]]:
    """The user's crontab, which has other entries; afterwards it is as it was."""
    tool = program("crontab")
    before = subprocess.run([tool, "-l"], capture_output=True)
    subprocess.run([tool, "-"], input=OTHERS, text=True, check=True)
    yield lambda: subprocess.run([tool, "-l"], capture_output=True, text=True, check=True).stdout
    restore = [tool, "-"] if before.returncode == 0 else [tool, "-r"]
    subprocess.run(restore, input=before.stdout, check=True)


@pytest.fixture
def daemon(program: Callable[[str], str]) -> Iterator[None]:
    """A running cron: ours, which ends at once where another one already holds cron's lock.

    Cron sees a change by the second it was made in; so the second of `crontab`'s change has to be
    over before the next change, or the next is never seen.
    """
    process = subprocess.Popen([program("cron"), "-f"])
    time.sleep(1.1)
    yield
    process.terminate()
    process.wait()


@pytest.fixture
def secrets(live: Sandbox, tmp_path: Path) -> Path:
    """Write a file of settings, with a text due, in a folder whose name would trip a shell."""
    folder = tmp_path / "it's 100 % mine"
    folder.mkdir()
    env = live.env | {
        "WEATHER_AT": a_moment_ago(),
        "WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}",
    }
    (folder / "secrets.sh").write_text(
        "".join(f"export {name}='{value}'\n" for name, value in env.items()), "utf-8"
    )
    return folder / "secrets.sh"


def until(holds: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(holds())


# cron


@pytest.mark.usefixtures("crontab", "daemon")
def test_a_text_arrives_through_a_real_cron(
    weather_sms: Run, live: Sandbox, crontab: Callable[[], str], secrets: Path
) -> None:
    installed = weather_sms(
        "--env-file", str(secrets), "cron", "install", "--every", "1", code=0
    ).stdout
    assert until(lambda: live.twilio.messages, 120), crontab()
    weather_sms("cron", "remove", code=0)
    log = Path(installed.rsplit(" is in ", 1)[1].strip().rstrip("."))
    assert until(lambda: "handed over" in log.read_text("utf-8"), 10)
    assert len(live.twilio.messages) == 1
    assert crontab() == OTHERS


def test_the_entry_is_one_however_often_it_is_installed(
    weather_sms: Run, crontab: Callable[[], str], secrets: Path
) -> None:
    for minutes in ("5", "10"):
        weather_sms("--env-file", str(secrets), "cron", "install", "--every", minutes, code=0)
    assert crontab().count("# weather-sms\n") == 1
    assert crontab().startswith(OTHERS)
    assert weather_sms("cron", "show", code=0).stdout.startswith("*/10 * * * * ")
    assert "removed" in weather_sms("cron", "remove", code=0).stdout
    assert crontab() == OTHERS
    assert "no entry" in weather_sms("cron", "remove", code=0).stdout
    assert "no entry" in weather_sms("cron", "show", code=0).stdout


@pytest.mark.usefixtures("crontab")
def test_no_other_byte_of_the_crontab_changes(
    weather_sms: Run, program: Callable[[str], str], secrets: Path
) -> None:
    tool = program("crontab")
    entry = b"*/5 * * * * python -m weather_sms --env-file x send # weather-sms\n"
    others = b"# caf\xe9\n# about # weather-sms\n1 2 3 4 5 true # weather-sms\n#" + entry
    subprocess.run([tool, "-"], input=entry + others, check=True)
    weather_sms("--env-file", str(secrets), "cron", "install", "--every", "7", code=0)
    assert weather_sms("cron", "show", code=0).stdout.startswith("*/7 * * * * ")
    content = subprocess.run([tool, "-l"], capture_output=True, check=True).stdout
    assert content.startswith(others + b"*/7 ")
    weather_sms("cron", "remove", code=0)
    assert subprocess.run([tool, "-l"], capture_output=True, check=True).stdout == others


def test_no_secret_stands_in_the_crontab(
    weather_sms: Run, live: Sandbox, crontab: Callable[[], str], secrets: Path
) -> None:
    weather_sms("--env-file", str(secrets), "cron", "install", code=0)
    assert [value for value in live.env.values() if value and value in crontab()] == []


def test_the_line_runs_under_sh(secrets: Path, live: Sandbox, tmp_path: Path) -> None:
    line = cron.command(secrets, tmp_path / "log" / "cron.log").replace(r"\%", "%")
    sh = shutil.which("dash") or "/bin/sh"
    for name in ("twilio", "calendar"):  # somebody's own, where cron starts
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)", "utf-8")
    subprocess.run(
        [sh, "-c", f"{line} # weather-sms"], check=True, env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path
    )
    assert len(live.twilio.messages) == 1


def test_wrong_settings_make_no_entry(
    weather_sms: Run, crontab: Callable[[], str], tmp_path: Path
) -> None:
    (tmp_path / "secrets.sh").write_text("export WEATHER_PLACE=94112\n", "utf-8")
    done = weather_sms("--env-file", "secrets.sh", "cron", "install", code=2)
    assert "no entry was made" in done.stderr
    assert "--env-file secrets.sh cron install" in weather_sms("cron", "install", code=2).stderr
    assert crontab() == OTHERS


def test_settings_that_only_the_shell_has_make_no_entry(
    weather_sms: Run, crontab: Callable[[], str], secrets: Path, live: Sandbox
) -> None:
    lines = secrets.read_text("utf-8").splitlines(keepends=True)
    secrets.write_text("".join(line for line in lines if "TWILIO_AUTH_TOKEN" not in line), "utf-8")
    token = {"TWILIO_AUTH_TOKEN": live.env["TWILIO_AUTH_TOKEN"]}
    done = weather_sms("--env-file", str(secrets), "cron", "install", env=token, code=2)
    assert "no entry was made, because cron knows only what the file says" in done.stderr
    assert "TWILIO_AUTH_TOKEN is missing" in done.stderr
    assert crontab() == OTHERS


def test_without_cron_it_says_so(weather_sms: Run) -> None:
    done = weather_sms("cron", "show", env={"PATH": "/nonexistent"}, code=1)
    assert "Install cron, or use `weather-sms run`" in done.stderr


def test_the_log_does_not_grow_for_ever(weather_sms: Run, tmp_path: Path) -> None:
    log = tmp_path / "cron.log"
    log.write_bytes(b"x" * 256 * 1024)
    for _ in range(2):
        weather_sms("send", "--log-file", "cron.log", code=2)
    assert log.stat().st_size < 10_000
    assert (tmp_path / "cron.log.1").stat().st_size <= 256 * 1024
    assert "settings to fix" in log.read_text("utf-8")


# The loop


@pytest.fixture
def looping(live: Sandbox, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `weather-sms run` as a process."""
    started: list[subprocess.Popen[str]] = []

    def start(**env: str) -> subprocess.Popen[str]:
        settings = live.env | {
            "WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}",
            "PYTHONUNBUFFERED": "1",
        }
        command = [sys.executable, "-m", "weather_sms", "run"]
        started.append(
            subprocess.Popen(
                command,
                env=os.environ | settings | env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ticks_at_once_and_stops_within_a_second(
    looping: Callable[..., subprocess.Popen[str]], live: Sandbox, number: signal.Signals
) -> None:
    process = looping(WEATHER_AT=a_moment_ago())
    assert until(lambda: live.twilio.messages, 20)
    time.sleep(0.5)
    began = time.monotonic()
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert time.monotonic() - began < 2
    assert process.returncode == 0
    assert "handed over" in output
    assert output.endswith("Stopped.\n")


def many(count: int) -> str:
    """Subscriptions that are due, of one place."""
    at = f'place = "94112"\nat = "{a_moment_ago()}"\n'
    return "".join(f'[[subscription]]\nto = "+1555{number:07}"\n{at}' for number in range(count))


def test_it_stops_in_the_middle_of_many_texts_and_the_next_tick_goes_on(
    looping: Callable[..., subprocess.Popen[str]], weather_sms: Run, live: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "people.toml").write_text(many(600), "utf-8")
    env = {"WEATHER_SUBSCRIPTIONS": str(tmp_path / "people.toml"), "WEATHER_WITNESS_LAG": "1s"}
    process = looping(**env)
    assert until(lambda: len(live.twilio.messages) >= 50, 30)
    process.terminate()
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output.splitlines()[-1]) == (0, "Stopped.")
    assert len(live.twilio.messages) < 400
    again = live.env | env | {"WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}"}
    assert until(lambda: weather_sms("send", env=again).stdout.startswith("Nothing to do."), 40)
    assert sorted(message["to"] for message in live.twilio.messages) == [
        f"+1555{i:07}" for i in range(600)
    ]


def test_the_post_in_flight_is_ended_and_remembered(
    looping: Callable[..., subprocess.Popen[str]], weather_sms: Run, live: Sandbox, tmp_path: Path
) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(2)
        return live.twilio.handle(request)

    live.fail("Messages.json", slow, method="POST")
    env = {"WEATHER_AT": a_moment_ago()}
    process = looping(**env)
    assert until(lambda: any(request.method == "POST" for request in live.requests), 20)
    process.terminate()
    process.communicate(timeout=20)
    assert (process.returncode, len(live.twilio.messages)) == (0, 1)
    state = {"WEATHER_STATE": f"sqlite:///{tmp_path / 'ledger.db'}"}
    assert weather_sms("send", env=live.env | env | state, code=0).stdout.startswith(
        "Nothing to do."
    )


def test_a_second_signal_ends_it_on_the_spot(
    looping: Callable[..., subprocess.Popen[str]], live: Sandbox
) -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        time.sleep(30)
        return httpx.Response(500)

    live.fail("/geo", silent, times=99)
    process = looping(WEATHER_AT=a_moment_ago())
    assert until(lambda: live.requests, 20)
    process.terminate()
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode == -signal.SIGINT


def test_it_stops_while_it_waits_for_the_minute_and_sends_nothing_early(
    looping: Callable[..., subprocess.Popen[str]], live: Sandbox
) -> None:
    soon = datetime.now(ZoneInfo(DAYS["fair"].timezone)) + timedelta(minutes=4)
    process = looping(WEATHER_AT=f"{soon:%M %H} * * *")
    assert until(lambda: any("forecast" in request.url.path for request in live.requests), 20)
    time.sleep(1)
    process.terminate()
    output, _ = process.communicate(timeout=5)
    assert process.returncode == 0, output
    assert live.twilio.messages == []


def test_it_says_when_the_next_text_comes(
    looping: Callable[..., subprocess.Popen[str]], live: Sandbox
) -> None:
    later = datetime.now(ZoneInfo(DAYS["fair"].timezone)) + timedelta(hours=6)
    process = looping(WEATHER_AT=f"{later:%M %H} * * *")
    assert until(lambda: live.requests, 20)
    time.sleep(1)
    process.terminate()
    assert f"The next text comes {later:%a %H:%M}." in process.communicate(timeout=5)[0]


def test_the_failure_of_a_tick_is_survived(
    looping: Callable[..., subprocess.Popen[str]], live: Sandbox
) -> None:
    live.fail("/geo", httpx.Response(500), times=99)
    process = looping(WEATHER_AT=a_moment_ago())
    assert until(lambda: len(live.requests) >= 4, 30)
    time.sleep(1)
    assert process.poll() is None
    process.terminate()
    assert "NOT SENT, no weather" in process.communicate(timeout=10)[0]


class Shifted(datetime):
    """The schedule library reads the time itself, so the time is what is moved."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.ahead  # type: ignore[arg-type]


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The ticks of a loop that has begun, while the time is moved."""
    monkeypatch.setattr("datetime.datetime", Shifted)
    monkeypatch.setattr(Shifted, "ahead", timedelta(0))
    found: list[int] = []
    stop = Event()
    thread = Thread(target=run, args=(lambda: found.append(1), stop))
    thread.start()
    assert until(lambda: len(found) == 1, 5)
    time.sleep(1.2)
    yield found
    stop.set()
    thread.join()


def test_a_tick_that_was_missed_while_the_machine_slept_comes_once(ticks: list[int]) -> None:
    Shifted.ahead = timedelta(hours=8)
    assert until(lambda: len(ticks) == 2, 5)
    time.sleep(1.2)
    assert len(ticks) == 2


def test_when_clocks_go_back_an_hour_the_cadence_stays(ticks: list[int]) -> None:
    Shifted.ahead = timedelta(hours=-1)
    time.sleep(1.2)
    assert len(ticks) == 1
    Shifted.ahead = timedelta(hours=-1, minutes=6)
    assert until(lambda: len(ticks) == 2, 5)


def test_whoever_sleeps_is_woken_when_it_is_to_stop() -> None:
    stop = Event()
    stop.set()
    clock, began = StoppableClock(stop), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        clock.sleep(60)
    assert time.monotonic() - began < 1
    assert clock.now().tzinfo is not None


def test_a_missing_extra_says_which_to_install_and_only_then(live: Sandbox) -> None:
    code = (
        "import sys; sys.modules['schedule'] = None; from weather_sms.cli import main; "
        "sys.exit(main(['run']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | live.env, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "uv sync --extra schedule, or pip install '.[schedule]'" in done.stderr


# On many machines


def test_the_compose_file_follows_its_schema(program: Callable[[str], str]) -> None:
    command = [
        program("check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        str(ROOT / "docs" / "compose.yaml"),
    ]
    subprocess.run(command, check=True)


@pytest.mark.usefixtures("crontab", "daemon")
def test_all_at_once_on_one_ledger_send_one_text(
    weather_sms: Run,
    looping: Callable[..., subprocess.Popen[str]],
    live: Sandbox,
    valkey_url: str,
    tmp_path: Path,
) -> None:
    """`send`, `run`, cron and Celery, each of which would send it."""
    env = live.env | {"WEATHER_AT": a_moment_ago(), "WEATHER_STATE": valkey_url}
    (tmp_path / "secrets.sh").write_text(
        "".join(f"export {name}='{value}'\n" for name, value in env.items()), "utf-8"
    )
    broker = {"CELERY_BROKER_URL": f"{valkey_url.removesuffix('/1')}/0"}
    command = [sys.executable, "-m", "celery", "-A", "weather_sms.schedulers.celery_app", "worker",
    "--beat", "-c", "2", "-l", "INFO",
               "-s", str(tmp_path / "beat")]  # fmt: skip
    celery = subprocess.Popen(
        command,
        env=os.environ | env | broker,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        installed = weather_sms(
            "--env-file", "secrets.sh", "cron", "install", "--every", "1", code=0
        ).stdout
        looping(**env)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: weather_sms("send", env=env, code=0), range(4)))
        log = Path(installed.rsplit(" is in ", 1)[1].strip().rstrip("."))
        assert until(log.exists, 70)
        time.sleep(3)  # beat ticks with the same minute
        assert len(live.twilio.messages) == 1
    finally:
        weather_sms("cron", "remove", code=0)
        celery.terminate()
        assert "weather_sms.tick" in celery.communicate(timeout=20)[0]
