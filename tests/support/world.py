"""A subscriber in San Francisco, a sandbox, a ledger in a file, and a clock that the test moves."""

from __future__ import annotations

import os
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
from weather_sms.delivery.tick import Run, stop
from weather_sms.report.outcome import Outcome, Report
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock

ZONE = ZoneInfo("America/Los_Angeles")
DAY = date(2026, 11, 23)
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

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(days=tuple(day.on(DAY) for day in DAYS.values()))
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

    def tick(self, moment: str | datetime, **more: Any) -> Report:
        """One tick at a moment."""
        self.clock = FixedClock(at(moment) if isinstance(moment, str) else moment)
        changed = more.pop("env", {})
        return tick(
            Settings.from_env(self.env | changed),
            clock=self.clock,
            transport=self.sandbox.transport,
            **more,
        )

    def stop(self, moment: str, run: Run | None = None) -> Report:
        """Cancel what is held."""
        self.clock = FixedClock(at(moment))
        return stop(
            Settings.from_env(self.env), clock=self.clock, transport=self.sandbox.transport, run=run
        )

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


def later(moment: str, minutes: float) -> datetime:
    return at(moment) + timedelta(minutes=minutes)
