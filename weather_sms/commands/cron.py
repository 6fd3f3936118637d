"""`weather-sms cron`: an entry in the user's crontab."""

from __future__ import annotations

from collections.abc import Callable

import click
from platformdirs import user_state_path

from weather_sms.commands import Env, failures_said
from weather_sms.report import output
from weather_sms.schedulers import cron as crontab
from weather_sms.settings import Settings

NO_ENTRY = (
    "There is no entry of weather-sms's in your crontab. `weather-sms --env-file FILE cron "
    "install` makes one."
)


@click.group()
def cron() -> None:
    """Let cron look every few minutes whether a text is due."""


@cron.command("install")
@click.option(
    "--every",
    "every_min",
    type=click.IntRange(1, 30),
    default=5,
    show_default=True,
    help="Minutes.",
)
@click.pass_obj
@failures_said("no entry was made, because cron knows only what the file says")
def cron_install(_env: Env, every_min: int) -> int:
    """Put one marked entry into your crontab; other entries stay as they are.

    \b
    weather-sms --env-file secrets.sh cron install

    An earlier entry of weather-sms's is replaced.

    Settings come from the --env-file alone (`weather-sms setup` writes one): cron does not know
    those of your shell, and no secret is in the crontab. Ticking every few minutes is safe, and a
    machine that was asleep at 7:00 still gets its text.
    """  # noqa: D301 click wants the character itself
    meta = click.get_current_context().meta
    env_file = meta[output.ENV_FILE]
    if env_file is None:
        raise click.UsageError(
            "Name the file with the settings: weather-sms --env-file secrets.sh cron install"
        )
    Settings.from_env(meta[output.IN_FILE])
    log_file = user_state_path("weather-sms", appauthor=False) / "cron.log"
    try:
        click.echo(crontab.install(crontab.command(env_file.resolve(), log_file), every_min))
    except crontab.CronError as error:
        output.say_failures([f"No entry was made: {error}"], None)
        return 1
    click.echo(
        f"Cron looks every {every_min} min whether a text is due. What it does is in {log_file}."
    )
    return 0


@cron.command("show")
def cron_show() -> int:
    """Print the entry."""
    return _about_crontab(lambda: crontab.show() or NO_ENTRY)


@cron.command("remove")
def cron_remove() -> int:
    """Take the entry out; other entries stay as they are."""
    return _about_crontab(
        lambda: "The entry is removed." if crontab.remove() else "There was no entry."
    )


def _about_crontab(act: Callable[[], str]) -> int:
    try:
        click.echo(act())
    except crontab.CronError as error:
        output.say_failures([str(error)], None)
        return 1
    return 0
