"""`weather-sms run` and `weather-sms cron`."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from weather_sms.report import output
from weather_sms.report.outcome import unexpected

if TYPE_CHECKING:
    from weather_sms.clock import Clock
    from weather_sms.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)
NO_ENTRY = (
    "There is no entry of weather-sms's in your crontab. `weather-sms --env-file FILE cron "
    "install` makes one."
)


@click.command("run")
@click.option(
    "--every",
    "every_min",
    type=click.IntRange(1, 60),
    default=5,
    show_default=True,
    help="Minutes.",
)
@click.pass_obj
def loop(env: dict[str, str], every_min: int) -> int:
    """Stay here and hand over every text that is due, until Ctrl-C.

    It ticks at once, then every few minutes, on the schedule library; the ledger makes that safe.
    The failure of one tick does not stop the next.
    """
    from weather_sms.settings import Settings, SettingsError

    try:
        from weather_sms.schedulers import loop as schedulers_loop
    except ModuleNotFoundError as error:
        return output.say_missing_extra(error, "schedule")
    try:
        settings = Settings.from_env(env)
    except SettingsError as error:
        return output.say_problems(error, None)
    stop = Event()
    clock = schedulers_loop.StoppableClock(stop)
    with contextlib.suppress(KeyboardInterrupt):
        _end_by_signal(stop)
        click.echo(f"Looking every {every_min} min whether a text is due. Ctrl-C ends it.")
        schedulers_loop.run(lambda: _tick_aloud(settings, clock), stop, every_min)
    click.echo("Stopped.")
    return 0


def _end_by_signal(stop: Event) -> None:
    """Let a first SIGINT or SIGTERM interrupt (a tick ends what it began), and a second kill."""

    def end(*_: object) -> None:
        stop.set()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, end)


def _tick_aloud(settings: Settings, clock: Clock) -> None:
    """One tick; whatever goes wrong is said, and the next one comes all the same."""
    from weather_sms.delivery.tick import tick
    from weather_sms.ledger import LedgerError

    try:
        lines = tick(settings, clock=clock).lines(private=True)
    except LedgerError as error:
        lines = [str(error)]
    except Exception as error:
        lines = [unexpected(error)]
    for line in lines:
        click.echo(f"{clock.now().astimezone():%a %H:%M} {line}")


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
@click.pass_context
def cron_install(context: click.Context, every_min: int) -> int:
    """Put one marked entry into your crontab, in place of an earlier one; other entries stay.

    \b
    weather-sms --env-file secrets.sh cron install

    Settings come from the --env-file alone (`weather-sms setup` writes one): cron does not know
    those of your shell, and no secret is in the crontab. Ticking every few minutes is safe, and a
    machine that was asleep at 7:00 still gets its text.
    """  # noqa: D301 click wants the character itself
    from platformdirs import user_state_path

    from weather_sms.schedulers import cron as crontab
    from weather_sms.settings import Settings, SettingsError

    env_file = context.meta[output.ENV_FILE]
    if env_file is None:
        raise click.UsageError(
            "Name the file with the settings: weather-sms --env-file secrets.sh cron install"
        )
    try:
        Settings.from_env(context.meta[output.IN_FILE])
    except SettingsError as error:
        return output.say_problems(
            error, None, "no entry was made, because cron knows only what the file says"
        )
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
    return _about_crontab(lambda crontab: crontab.show() or NO_ENTRY)


@cron.command("remove")
def cron_remove() -> int:
    """Take the entry out; other entries stay as they are."""
    return _about_crontab(
        lambda crontab: "The entry is removed." if crontab.remove() else "There was no entry."
    )


def _about_crontab(act: Callable[[Any], str]) -> int:
    from weather_sms.schedulers import cron as crontab

    try:
        click.echo(act(crontab))
    except crontab.CronError as error:
        output.say_failures([str(error)], None)
        return 1
    return 0
