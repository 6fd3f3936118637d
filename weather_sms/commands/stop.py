"""`weather-sms stop`: take back what is held."""

from __future__ import annotations

import click

from weather_sms.commands import Env, failures_said, workflow_run
from weather_sms.delivery import tick
from weather_sms.report import output
from weather_sms.report.actions import Actions
from weather_sms.settings import Settings


@click.command()
@click.pass_obj
@failures_said("nothing was canceled, and what is held still comes")
def stop(env: Env) -> int:
    """Cancel every text that is held for later, with Twilio or ntfy.

    Texts after those come as scheduled.

    Exit code 1: a cancellation was not confirmed, so that text may still come; call it again.
    """
    actions = Actions.from_env(env)
    report = tick.stop(Settings.from_env(env), run=workflow_run(env, actions))
    return output.say_stopped(report, actions)
