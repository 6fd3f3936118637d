"""`weather-sms demo`: the whole job against services in miniature."""

from __future__ import annotations

import click

from weather_sms.delivery.tick import tick
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.ledger.sqlite_file import IN_MEMORY
from weather_sms.report import terminal
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.days import DAYS
from weather_sms.sandbox.demo import FixedClock
from weather_sms.settings import Settings
from weather_sms.text.message import Message


@click.command()
@click.argument("day", type=click.Choice(list(DAYS)), default="storm")
def demo(day: str) -> int:
    """The whole job offline: sample weather, a pretend Twilio, no keys.

    It runs the code of `send --now`; only the services at the other end are small ones of our own.
    """
    sample = DAYS[day]
    sandbox = Sandbox(days=(sample,))
    clock = FixedClock(sample.moment)
    sandbox.now = clock.now
    settings = Settings.from_env(sandbox.env)
    ledger = SqliteLedger(IN_MEMORY, clock.now())
    report = tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger, send_now=True)
    click.echo(f"A sample day in {sample.name}. Nothing leaves this machine.\n")
    for message in sandbox.twilio.messages:
        terminal.show_bubble(Message(message["body"]))
    click.echo("\n" + "\n".join(report.lines(private=False)))
    click.echo(f"\nOther days: {', '.join(name for name in DAYS if name != day)}.")
    return report.exit_code
