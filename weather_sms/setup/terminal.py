"""Questions and sentences on a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import click

from weather_sms.report import terminal

if TYPE_CHECKING:
    from weather_sms.report.check import Check

Verdict = Literal["ok", "again", "keep"]


def say(text: str, err: bool = False) -> None:
    """One paragraph; a word, such as an address, is never broken."""
    for line in textwrap.wrap(text, _width(), break_long_words=False, break_on_hyphens=False):
        click.echo(line, err=err)


def explain(text: str) -> None:
    """Explain the next question, in a paragraph after an empty line."""
    click.echo()
    say(text)


def heading(text: str) -> None:
    """Print a heading."""
    click.echo()
    click.secho(text, bold=True)


def ask(
    label: str,
    default: str = "",
    *,
    hidden: bool = False,
    covered: bool = False,
    optional: bool = False,
) -> str:
    """Ask for one line and strip it; Enter gives the default, which is not shown if `covered`.

    Raises click.Abort on Ctrl-C and at the end of input.
    """
    none = optional and not default
    notes = (
        ["Enter: the one from before"] * covered + ["Enter: none"] * none + ["not shown"] * hidden
    )
    typed: str = click.prompt(
        f"{label} ({'; '.join(notes)})" if notes else label,
        default=default if default or optional else None,
        hide_input=hidden,
        show_default=bool(default) and not covered,
    )
    return typed.strip()


def pause(until: str) -> None:
    """Wait for Enter. Raises click.Abort as `ask` does."""
    click.prompt(until, default="", show_default=False)


def confirm(question: str, default: bool) -> bool:
    """A question to say yes or no to."""
    return click.confirm(question, default=default)


def choose(question: str, options: tuple[str, ...], default: str) -> str:
    """One of a few words, of which the first letters are enough."""
    while True:
        typed = click.prompt(f"{question} ({'/'.join(options)})", default=default).strip().lower()
        found = [option for option in options if typed and option.startswith(typed)]
        if len(found) == 1:
            return found[0]
        say(f"Type {', '.join(options[:-1])} or {options[-1]}; the first letter is enough.")


def show(check: Check) -> None:
    """One finding, as the doctor shows it."""
    for line in terminal.finding(check.fields(private=True), _width()):
        click.echo(line)


def judge(checks: Iterable[Check]) -> Verdict:
    """Show findings as they come; where one failed, ask what to do. Raises click.Abort to stop."""
    failed = False
    for check in checks:
        show(check)
        failed |= check.status == "fail"
    if not failed:
        return "ok"
    said = choose("Try again, keep it anyway, or stop?", ("again", "keep", "stop"), "again")
    if said == "stop":
        raise click.Abort
    return "keep" if said == "keep" else "again"


def _width() -> int:
    return min(terminal.WIDTH, shutil.get_terminal_size().columns)
