"""A subscriber in San Francisco, a sandbox, a ledger in a file, and a clock that the test moves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.support.killed import DIED
from weather_sms import Settings, tick
from weather_sms.delivery.run import Run
from weather_sms.delivery.tick import stop
from weather_sms.report.outcome import Outcome, Report
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS, SampleDay, forecast
from weather_sms.sandbox.demo import FixedClock

ZONE = ZoneInfo("America/Los_Angeles")
DAY = date(2026, 11, 23)
FOR_DAY = "0 7 23 * *"
RECEIVER = "+15550123467"


def at(text: str) -> datetime:
    """A moment of that day in San Francisco, such as 07:00, or 11-24T07:00."""
    return datetime.fromisoformat(f"2026-{text}" if "T" in text else f"{DAY}T{text}").replace(
        tzinfo=ZONE
    )


@dataclass
class World:
    folder: Path
    holds: bool = True
    channel: str = "twilio"
    env: dict[str, str] = field(default_factory=dict)
    days: tuple[SampleDay, ...] = tuple(DAYS.values())
    every_day: bool = False

    def __post_init__(self) -> None:
        days = tuple(day.on(DAY) for day in self.days)
        self.sandbox = Sandbox(days=days, every_day=self.every_day)
        self.calls: list[tuple[datetime, httpx.Request]] = []
        self.clock = FixedClock(at("06:00"))
        self.sandbox.now = lambda: self.clock.now()
        self.ledger = self.folder / "ledger" / "ledger.db"
        service = (
            {"TWILIO_MESSAGING_SERVICE_SID": self.sandbox.twilio.services[0]} if self.holds else {}
        )
        to = {"WEATHER_TO": "ntfy://a-topic-nobody-guesses"} if self.channel == "ntfy" else {}
        self.env = (
            self.sandbox.env
            | service
            | to
            | {"WEATHER_STATE": f"sqlite:///{self.ledger}"}
            | self.env
        )

    @property
    def left(self) -> list[dict[str, Any]]:
        """The texts that have reached the air by now."""
        return self.sandbox.ntfy.left if self.channel == "ntfy" else self.sandbox.twilio.left

    @property
    def path(self) -> str:
        """What the path of a request to the channel holds."""
        return "a-topic" if self.channel == "ntfy" else "Messages"

    def no_weather(self) -> None:
        """From now on no service gives a forecast."""
        self.sandbox.fail("/data/", httpx.Response(401), times=999)
        self.sandbox.fail("/v1/forecast", httpx.Response(404), times=999)

    def lag(self, minutes: float) -> None:
        """How far Twilio's log lags from now on; ntfy's does not."""
        self.sandbox.twilio.log_lag = timedelta(minutes=minutes)

    def warm(self, degrees: float, place: str = "San Francisco") -> None:
        """From now on the forecast is so much warmer (Celsius) than the sample day."""
        day = next(each for each in self.sandbox.days if each.name == place)
        answer = forecast(day)
        for step in answer["list"]:
            step["main"]["temp"] += degrees
        self.sandbox.openweather.forecasts[place] = answer

    @property
    def transport(self) -> httpx.MockTransport:
        """The sandbox's, which notes in `calls` when each request was made."""
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((self.clock.now(), request))
        return self.sandbox.handle(request)

    def tick(self, moment: str | datetime, **more: Any) -> Report:
        """One tick at a moment; `clock` stands in for one whose sleep takes no time."""
        start = at(moment) if isinstance(moment, str) else moment
        self.clock = more.pop("clock", None) or FixedClock(start)
        changed = more.pop("env", {})
        return tick(
            Settings.from_env(self.env | changed),
            clock=self.clock,
            transport=self.transport,
            **more,
        )

    def begin(self, run: Run | None = None) -> World:
        """Let the ledger meet its schedule, which is for one day, before that text's window."""
        self.env = {"WEATHER_AT": FOR_DAY} | self.env
        self.tick("11-22T05:00", run=run)
        self.calls.clear()
        return self

    def ticks(self, *moments: str | datetime, **more: Any) -> list[Report]:
        """One tick after the other."""
        return [self.tick(moment, **more) for moment in moments]

    def stop(self, moment: str, run: Run | None = None) -> Report:
        """Cancel what is held."""
        self.clock = FixedClock(at(moment))
        return stop(
            Settings.from_env(self.env), clock=self.clock, transport=self.transport, run=run
        )

    def posts(self) -> list[datetime]:
        """When each request to make a text was sent to the channel."""
        end = "/a-topic-nobody-guesses" if self.channel == "ntfy" else "Messages.json"
        return [
            moment
            for moment, request in self.calls
            if request.method == "POST" and request.url.path.endswith(end)
        ]

    def console(self, sid: str = "", **form: str) -> dict[str, Any]:
        """Change a text, or send one, by hand in Twilio's Console, whatever fails elsewhere."""
        twilio = self.sandbox.twilio
        path = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages{sid and '/' + sid}.json"
        with httpx.Client(transport=httpx.MockTransport(twilio.handle)) as client:
            login = (twilio.account_sid, twilio.auth_token)
            answer = client.post(f"https://api.twilio.com{path}", data=form, auth=login)
        made: dict[str, Any] = answer.raise_for_status().json()
        return made

    def sent_by_hand(self, body: str) -> dict[str, Any]:
        """Another text to the receiver, which leaves at once."""
        number = self.sandbox.twilio.numbers[0]
        return self.console(To=RECEIVER, From=number, Body=body)

    def forget(self) -> None:
        """Lose the ledger."""
        shutil.rmtree(self.ledger.parent, ignore_errors=True)

    def outcome(self, moment: str | datetime, **more: Any) -> Outcome:
        """The one outcome of a tick."""
        (outcome,) = self.tick(moment, **more).outcomes
        return outcome

    def killed(self, moment: str, step: str, count: int, when: str) -> None:
        """A tick in a process that dies at a step."""
        self.clock = FixedClock(at(moment))
        with self.sandbox.serve():
            origins = {name: self.sandbox.origin for name in self.env if name.endswith("_BASE_URL")}
            env = self.env | origins
            command = [
                sys.executable,
                "-m",
                "tests.support.killed",
                step,
                str(count),
                when,
                at(moment).isoformat(),
            ]
            done = subprocess.run(
                command, env=os.environ | env, capture_output=True, text=True, timeout=60
            )
        assert done.returncode == DIED, done.stdout + done.stderr

    def pass_time(self, moment: str) -> None:
        """Let the clock go on without a tick."""
        self.clock = FixedClock(at(moment))

    def minutes(self) -> list[str]:
        """When each text left, as San Francisco's clock says."""
        if self.channel == "ntfy":
            moments = [self.sandbox.ntfy.left_at(text) for text in self.left]
        else:
            moments = [self.sandbox.twilio.left_at[text["sid"]] for text in self.left]
        return [moment.astimezone(ZONE).strftime("%d %H:%M") for moment in moments]


def codes(reports: list[Report]) -> list[int]:
    """Their exit codes."""
    return [report.exit_code for report in reports]


def of_one_phone(*tables: str) -> dict[str, str]:
    """Settings for several subscriptions of one phone."""
    made = (f'[[subscription]]\nto = "{RECEIVER}"\n{table}\n' for table in tables)
    return {"WEATHER_SUBSCRIPTIONS": "".join(made)}


def every(minutes: float, since: str, until: str) -> list[datetime]:
    """Moments of that day in San Francisco, both ends included."""
    count = int((at(until) - at(since)) / timedelta(minutes=minutes))
    return [at(since) + timedelta(minutes=minutes * step) for step in range(count + 1)]


def later(moment: str, minutes: float) -> datetime:
    return at(moment) + timedelta(minutes=minutes)
