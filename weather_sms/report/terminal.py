"""The pieces of what is printed on a terminal: a text in its bubble, a finding, progress."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from weather_sms.text.message import Message

BUBBLE = 38
MANY = 50
SHOWN_EVERY = 10
WIDTH = 100
INDENT = " " * 8


def finding(check: dict[str, str], width: int = WIDTH) -> Iterator[str]:
    """One finding's lines: what was found, what to do, and where."""
    mark = check["status"].upper() if check["status"] == "fail" else check["status"]
    yield from textwrap.wrap(
        f"{mark:8}{check['name']}: {check['detail']}", width, subsequent_indent=INDENT
    )
    if check["fix"]:
        yield from textwrap.wrap(
            check["fix"], width, initial_indent=INDENT, subsequent_indent=INDENT
        )
    if check["link"]:
        yield f"{INDENT}{check['link']}"


def say_progress(done: int, of: int) -> None:
    """Show how many texts are done, in one line of a terminal; a few need none."""
    if of >= MANY and (done % SHOWN_EVERY == 0 or done == of):
        click.echo(f"\r{done} of {of} texts", nl=done == of, err=True)


def cost(message: Message) -> dict[str, Any]:
    """Return what a text costs, for `--json`."""
    return {"segments": message.segments, "septets": message.septets, "encoding": message.encoding}


def in_words(message: Message, counted: bool = True) -> str:
    """Return what a text costs, for people; some channels do not count segments."""
    if not counted:
        return f"{len(message.text)} characters"
    plural = "s" * (message.segments != 1)
    return (
        f"{message.septets} of 160 septets, {message.segments} segment{plural}, {message.encoding}"
    )


def show_bubble(message: Message, counted: bool = True) -> None:
    """A text as a phone shows it."""
    for line in bubble(message.text):
        click.echo(line)
    click.echo(f"  {in_words(message, counted)}")


def bubble(text: str) -> Iterator[str]:
    """The lines of a text as a phone shows it."""
    yield "  ." + "-" * (BUBBLE + 2) + "."
    for line in textwrap.wrap(text, BUBBLE):
        yield f"  | {line.ljust(BUBBLE)} |"
    yield "  '" + "-" * (BUBBLE + 2) + "'"
