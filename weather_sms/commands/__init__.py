"""The commands, a file each: they read clock and environment, and print, but decide nothing.

A command is given the settings as it finds them (`Env`) and returns its exit code.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from weather_sms.delivery.tick import Run, note_run
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
    return Run(int(number), int(attempt), actions.schedule)


def count_run(env: Env, actions: Actions) -> None:
    """Note a run that sends nothing: a gap in the numbers would look like a lost run."""
    if run := workflow_run(env, actions):
        with contextlib.suppress(SettingsError, LedgerError):
            note_run(Settings.from_env(env), run)
