"""GitHub's program `gh` stores secrets and starts the workflow; values reach it by stdin only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from weather_sms.settings import NAMES
from weather_sms.setup.terminal import choose, confirm, explain, heading, say

if TYPE_CHECKING:
    from weather_sms.setup.interview import Held

WORKFLOW = "weather.yml"
RUNS = {"check": "check my setup, send nothing", "send": "send the text now"}
PATIENCE_S = 60
LONGEST_REASON = 200
# Settings that change what the answers mean, if they are there from before
WINNING = (
    "WEATHER_SUBSCRIPTIONS", "WEATHER_TIMEZONE", "WEATHER_ONLY_IF",
    "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_MESSAGING_SERVICE_SID",
)  # fmt: skip


class GhError(Exception):
    """A failure of `gh`, and the next step, in sentences."""


def to_store(
    values: Mapping[str, str], defaults: Mapping[str, str], existing: Iterable[str]
) -> dict[str, str]:
    """Return what to store: a default only where another value is there from before."""
    known = set(existing)
    return {**values, **{name: value for name, value in defaults.items() if name in known}}


def left_in_force(values: Iterable[str], existing: Iterable[str]) -> list[str]:
    """Return the secrets from before that no answer replaces, yet win over or alter answers."""
    answered = set(values)
    known = set(existing) - answered
    by_twilio = "TWILIO_ACCOUNT_SID" in answered
    return [
        name for name in WINNING if name in known and (by_twilio or not name.startswith("TWILIO_"))
    ]


class Repository:
    """The secrets of one repository."""

    def __init__(self, program: str, env: Mapping[str, str], repository: str) -> None:
        self._program, self._repository = program, repository
        self._env = {name: value for name, value in env.items() if name not in NAMES} | {
            "GH_PROMPT_DISABLED": "1"
        }

    @classmethod
    def find(cls, env: Mapping[str, str], repository: str) -> Repository:
        """Return repository OWNER/NAME (empty: this folder's), or raise GhError if out of reach."""
        program = shutil.which("gh", path=env.get("PATH"))
        if program is None:
            raise GhError(
                "GitHub's program gh is not installed. Get it from https://cli.github.com, then "
                "run this again."
            )
        gh = cls(program, env, repository)
        gh._run(
            "auth",
            "status",
            failed="gh is not logged in to GitHub. Run `gh auth login`, then this again.",
        )
        here = (
            "gh finds no repository in this folder. Go to the repository's folder, or add "
            "--repo OWNER/NAME."
        )
        there = (
            f"gh finds no repository {repository}. Write --repo OWNER/NAME, of a repository "
            "of yours."
        )
        asked = ("--json", "nameWithOwner", "--jq", ".nameWithOwner")
        name = gh._run(
            "repo",
            "view",
            *filter(None, [repository]),
            *asked,
            failed=there if repository else here,
        )
        return cls(program, env, repository or name.strip())

    @property
    def name(self) -> str:
        """Its name for the user."""
        return f"the secrets of the repository {self._repository}"

    def refuses(self, value: str) -> str:  # noqa: ARG002 a secret holds any text
        """Return why it cannot hold a value; empty, since it always can."""
        return ""

    def store(self, held: Held) -> bool:
        """Set the secrets, none that exist without asking. Whether all are set."""
        heading("Store")
        try:
            existing = self._names()
            values = self._without_those_to_leave(
                to_store(held.values, held.defaults, existing), existing
            )
            self._set_all(values)
        except GhError as error:
            say(str(error), err=True)
            return False
        if in_force := left_in_force(held.values, existing):
            say(
                f"Still there from before: {', '.join(in_force)}. It wins over your answers. If "
                f"that is not meant, remove it: `gh secret delete NAME -R {self._repository}`."
            )
        return True

    def _names(self) -> list[str]:
        failed = (
            f"The secrets of {self._repository} cannot be listed. Only its owner and its "
            "administrators may."
        )
        listed = self._run("secret", "list", "-R", self._repository, failed=failed)
        return [line.split()[0] for line in listed.splitlines() if line.strip()]

    def _without_those_to_leave(
        self, values: dict[str, str], existing: list[str]
    ) -> dict[str, str]:
        there = [name for name in values if name in existing]
        if not there:
            return values
        say(f"{self._repository} has these already: {', '.join(there)}.")
        if confirm("Replace them?", default=False):
            return values
        say("They stay as they are.")
        return {name: value for name, value in values.items() if name not in there}

    def _set_all(self, values: Mapping[str, str]) -> None:
        done: list[str] = []
        for name, value in values.items():
            failed = (
                f"{name} was not stored. Stored so far: {', '.join(done) or 'none'}. Your answers "
                "are kept: run weather-sms setup --github again to go on."
            )
            self._run("secret", "set", name, "-R", self._repository, stdin=value, failed=failed)
            done.append(name)
        say(f"Stored in {self._repository}: {', '.join(done) or 'nothing'}.")

    def offer_more(self, held: Held) -> None:  # noqa: ARG002 the workflow has the secrets itself
        """Offer to run the workflow."""
        explain(
            "The workflow can run once now: to check everything and send nothing, or to send "
            "one text."
        )
        what = choose("Run it?", (*RUNS, "no"), "check")
        page = f"https://github.com/{self._repository}/actions"
        if what == "no":
            say(
                f"It runs by itself from now on. By hand: {page}, {WORKFLOW.partition('.')[0]}, "
                "Run workflow."
            )
            return
        failed = (
            f"The workflow could not be started. Open {page}, see that it is enabled, and "
            "press Run workflow."
        )
        try:
            self._run(
                "workflow",
                "run",
                WORKFLOW,
                "-R",
                self._repository,
                "-f",
                f"what={RUNS[what]}",
                failed=failed,
            )
            say(f"Started. In a minute its page says how it went: {page}")
        except GhError as error:
            say(str(error), err=True)

    def _run(self, *arguments: str, failed: str, stdin: str = "") -> str:
        """Run `gh` and return its output; raise GhError with `failed` and gh's own reason."""
        command = [self._program, *arguments]
        try:
            done = subprocess.run(
                command,
                input=stdin,
                env=self._env,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GhError(f"{failed} (gh gave no answer within {PATIENCE_S} s)") from None
        except OSError as error:
            raise GhError(f"{failed} (gh could not be started: {error.strerror})") from None
        if done.returncode:
            raise GhError(f"{failed}{_reason(done.stderr)}")
        return done.stdout


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    words = (
        "".join(char for char in lines[0] if char.isprintable())[:LONGEST_REASON] if lines else ""
    )
    return f" (gh says: {words})" if words else ""
