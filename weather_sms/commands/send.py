"""`weather-sms send`: the tick."""

from __future__ import annotations

import sys

import click

from weather_sms.commands import Env, failures_said, workflow_run
from weather_sms.delivery.tick import tick
from weather_sms.report import output, terminal
from weather_sms.report.actions import Actions
from weather_sms.settings import Settings, nothing_set


@click.command()
@click.option("--now", "send_now", is_flag=True, help="Send at once, whatever the schedule says.")
@click.option("--dry-run", is_flag=True, help="Do everything but hand the text over.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the outcomes.")
@click.option(
    "--log-file", type=click.Path(), expose_value=False, help="Add the output to a file of 256 kB."
)
@click.pass_obj
@failures_said("nothing was sent")
def send(env: Env, send_now: bool, dry_run: bool, as_json: bool) -> int:
    """Hand over every text that is due, once. Call it as often as you like.

    A text is due at WEATHER_AT in the place's own time, and for six hours after it. With a
    Messaging Service, or on ntfy, it is left there up to a day before, for the exact minute;
    else a call up to ten minutes early waits.

    Exit code 0: handed over, or nothing to do. 1: a text was refused, is uncertain, or had no
    weather, each explained when it is first known; or the ledger cannot be used. 2: the settings
    need a fix; all are listed.
    """
    actions = Actions.from_env(env)
    if actions and actions.event == "schedule" and nothing_set(env):
        return output.say_not_set_up(actions, as_json)
    settings = Settings.from_env(env)
    if actions:
        output.say_masks(settings.personal(), err=as_json)
    awaited = sys.stdout.isatty() if actions is None else actions.event == "workflow_dispatch"
    report = tick(
        settings,
        send_now=send_now,
        dry_run=dry_run,
        run=workflow_run(env, actions),
        await_fate=send_now and awaited,
        progress=terminal.say_progress if sys.stderr.isatty() and actions is None else None,
    )
    return output.say_report(report, actions, as_json)
