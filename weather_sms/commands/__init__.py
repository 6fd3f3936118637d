"""The commands, a file each: they read clock and environment, and print, but decide nothing.

A command is given the settings as it finds them (`Env`) and returns its exit code.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any

from weather_sms.clock import SystemClock
from weather_sms.delivery.run import Run
from weather_sms.delivery.tick import note_run
from weather_sms.ledger import LedgerError
from weather_sms.report import output
from weather_sms.report.actions import Actions
from weather_sms.settings import Settings, SettingsError, nothing_set

Env = dict[str, str]


def failures_said(so: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Decorate a command: settings or a ledger that cannot be used are said, with an exit code.

    `so` is what this means for the user, such as "nothing was sent".
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def run(env: Env, *arguments: Any, **options: Any) -> int:
            try:
                return command(env, *arguments, **options)
            except SettingsError as error:
                actions = Actions.from_env(env)
                return output.say_problems(error, actions, so, all_missing=nothing_set(env))
            except LedgerError as error:
                output.say_failures([str(error)], Actions.from_env(env))
                return 1

        return run

    return decorate


def workflow_run(env: Env, actions: Actions | None) -> Run | None:
    """The run of the workflow, by the numbers GitHub gives it."""
    number, attempt = env.get("GITHUB_RUN_NUMBER", ""), env.get("GITHUB_RUN_ATTEMPT", "1")
    if actions is None or not (number.isdecimal() and attempt.isdecimal()):
        return None
    this = int(number), int(attempt)
    return Run(*this, actions.schedule, partial(_last_unknown, actions, this))


def _last_unknown(
    actions: Actions, this: tuple[int, int], number: int, attempt: int
) -> datetime | None:
    """Ask GitHub which run the ledger does not know of; without an answer it ended just now."""
    from weather_sms.github_api import GitHubApi, NotTold
    from weather_sms.http import open_client

    clock = SystemClock()
    if not actions.may_ask:
        return clock.now()
    with open_client(None) as client, contextlib.suppress(NotTold):
        api, known = GitHubApi(client, clock, actions.api_url, actions.token), (number, attempt)
        return api.last_unknown(actions.repository, actions.workflow_file, this, known, clock.now())
    return clock.now()


def count_run(env: Env, actions: Actions) -> None:
    """Note a run that sends nothing: a gap in the numbers would look like a lost run."""
    if run := workflow_run(env, actions):
        with contextlib.suppress(SettingsError, LedgerError):
            note_run(Settings.from_env(env), run)
