"""`weather-sms setup`: asks for each setting, tries it at once, and stores them all.

The answers lie in a draft until they are stored, so that an interruption loses none.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from weather_sms.clock import Clock, SystemClock
from weather_sms.report import output
from weather_sms.settings import Settings, SettingsError
from weather_sms.setup import draft as drafts
from weather_sms.setup.asker import Asker
from weather_sms.setup.gh import GhError, Repository
from weather_sms.setup.interview import hold, topic
from weather_sms.setup.secrets_file import SecretsFile
from weather_sms.setup.terminal import confirm, heading, say

if TYPE_CHECKING:
    import httpx

    from weather_sms.setup.asker import Answers

SETTINGS_PAGE = "README.md#settings"
NO_TERMINAL = (
    "weather-sms setup asks questions, so it needs a terminal: run it in one, without redirecting "
    f"its input or output. The settings can also be written by hand: {SETTINGS_PAGE}"
)
KEPT = "Stopped. Your answers so far are kept; run weather-sms setup again to go on."
STOPPED = (click.Abort, KeyboardInterrupt, EOFError)
CALLED = {"country": "your country", "way": "SMS or ntfy"}


def setup(
    env: Mapping[str, str],
    *,
    repository: str | None = None,
    file: Path = Path("secrets.sh"),
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    choice: Callable[[str], str] = secrets.choice,
) -> int:
    """Ask, try and store settings in `file`, or on GitHub with `repository`; return the exit code.

    An empty `repository` is the one of this folder. The exit code is 0: stored. 1: stopped, or it
    could not be stored. 2: no terminal, or no way to GitHub.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(NO_TERMINAL, err=True)
        return 2
    if problems := _wrong_origins(env):
        return output.say_problems(problems, None, "nothing was asked")
    try:
        store = SecretsFile(file, env) if repository is None else Repository.find(env, repository)
    except GhError as error:
        say(str(error), err=True)
        return 2
    draft = drafts.Draft(drafts.default_path())
    try:
        say(
            f"Each setting is asked for, tried at once, and in the end stored in {store.name}. "
            "Ctrl-C stops; what was answered is kept, and the next setup goes on with it."
        )
        asker = Asker(
            env, _go_on_with(draft), draft, store.refuses, clock or SystemClock(), transport
        )
        held = hold(asker, topic(choice))
        if not store.store(held):
            return 1
    except STOPPED:
        click.echo("\n" + (KEPT if draft.exists else "Stopped. Nothing was stored."), err=True)
        return 1
    draft.forget()
    try:
        store.offer_more(held)
    except STOPPED:
        click.echo("\nStopped. Your settings are stored.", err=True)
    return 0


def _wrong_origins(env: Mapping[str, str]) -> SettingsError | None:
    """Return the origins that must not get credentials: nothing is asked before they are mended."""
    _, problems = Settings.diagnose(env)
    wrong = tuple(problem for problem in problems if problem.name.endswith("_BASE_URL"))
    return SettingsError(wrong) if wrong else None


def _go_on_with(draft: drafts.Draft) -> Answers:
    """The answers of a setup that was stopped, if the user wants them."""
    before = draft.read()
    if not before:
        return {}
    heading("A setup was stopped before its end")
    say(f"Kept from it: {', '.join(CALLED.get(name, name) for name in before)}.")
    if confirm("Go on with these answers? (no: they are forgotten)", default=True):
        return before
    draft.forget()
    return {}
