"""`weather-sms doctor`: check every setting."""

from __future__ import annotations

import click

from weather_sms.commands import Env, count_run
from weather_sms.doctor import checkup
from weather_sms.report import output
from weather_sms.report.actions import Actions
from weather_sms.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all findings.")
@click.pass_obj
def doctor(env: Env, as_json: bool) -> int:
    """Check every setting live, and say how to fix what is wrong. Sends nothing, spends nothing.

    It asks OpenWeather, Twilio, ntfy and, in a workflow, GitHub; what could not be looked at is
    said to be skipped.

    Exit code 0: nothing has to be fixed. 1: something has.
    """
    actions = Actions.from_env(env)
    if actions:
        output.say_masks(Settings.diagnose(env)[0].personal(), err=as_json)
    code, opened = output.say_checks(checkup(env, actions=actions), actions, as_json)
    if actions and opened:
        count_run(env, actions)
    return code
