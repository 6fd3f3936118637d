"""`weather-sms preview`: the text as it would be now."""

from __future__ import annotations

import click

from weather_sms.clock import SystemClock
from weather_sms.commands import Env, count_run, failures_said
from weather_sms.delivery import preview as composing
from weather_sms.forecast import NoForecast
from weather_sms.report import output
from weather_sms.report.actions import Actions
from weather_sms.settings import Settings
from weather_sms.weather import WeatherError


@click.command()
@click.argument("place", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
@failures_said("no text can be shown")
def preview(env: Env, place: str | None, as_json: bool) -> int:
    """Show the text that would be sent now, and send nothing.

    PLACE stands in for WEATHER_PLACE: 94112, SW1A 1AA,GB, Lyon,FR, Portland,ME,US or 45.76,4.83
    (before a southern latitude write -- first). A postal code needs OPENWEATHER_API_KEY. With
    several subscriptions, the first is shown.
    """
    actions = Actions.from_env(env)
    private = not actions or actions.private
    try:
        found = composing.preview(Settings.from_env(env, place=place, sending=False))
    except (WeatherError, NoForecast) as error:
        output.say_failures([str(error) if private else error.public], actions)
        return 1
    if actions:
        count_run(env, actions)
    output.say_preview(found, actions, as_json, now=SystemClock().now())
    return 0
