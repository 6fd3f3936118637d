"""`weather-sms run`: tick in the foreground."""

from __future__ import annotations

import contextlib
import signal
from threading import Event

import click

from weather_sms.clock import Clock
from weather_sms.commands import Env, failures_said
from weather_sms.delivery.tick import tick
from weather_sms.ledger import LedgerError
from weather_sms.report import output
from weather_sms.report.outcome import unexpected
from weather_sms.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
@failures_said("nothing was sent")
def run(env: Env, every_min: int) -> int:
    """Stay here and hand over every text that is due, until Ctrl-C.

    It ticks at once, then every few minutes, on the schedule library; the ledger makes that safe.
    The failure of one tick does not stop the next.
    """
    try:
        from weather_sms.schedulers import loop
    except ModuleNotFoundError as error:
        return output.say_missing_extra(error, "schedule")
    settings = Settings.from_env(env)
    stop = Event()
    clock = loop.StoppableClock(stop)
    with contextlib.suppress(KeyboardInterrupt):
        _end_by_signal(stop)
        click.echo(f"Looking every {every_min} min whether a text is due. Ctrl-C ends it.")
        loop.run(lambda: _tick_aloud(settings, clock), stop, every_min)
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
    try:
        lines = tick(settings, clock=clock).lines(private=True)
    except LedgerError as error:
        lines = [str(error)]
    except Exception as error:
        lines = [unexpected(error)]
    for line in lines:
        click.echo(f"{clock.now().astimezone():%a %H:%M} {line}")
