"""A file of `export NAME='value'` lines that a POSIX shell and `--env-file` read alike."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from dotenv import dotenv_values

from weather_sms.doctor import checkup
from weather_sms.report import output
from weather_sms.setup.draft import write_private
from weather_sms.setup.terminal import ask, confirm, heading, say

if TYPE_CHECKING:
    from weather_sms.setup.interview import Held

ONLY_LITERAL_IN_SINGLE = frozenset('$`"')


def quoted(value: str) -> str | None:
    r"""Return a value in quotes that mean the same to a shell and to python-dotenv, or None.

    python-dotenv knows escapes in both kinds of quotes, a shell in double ones: so no backslash at
    all.
    """
    if not value.isprintable() or "\\" in value:
        return None
    if "'" not in value:
        return f"'{value}'"
    return None if ONLY_LITERAL_IN_SINGLE & set(value) else f'"{value}"'


def rendered(values: Mapping[str, str]) -> str:
    """The file's text. The values are such as `quoted` takes."""
    return "".join(f"export {name}={quoted(value)}\n" for name, value in values.items())


def names_in(path: Path) -> list[str]:
    """The names that a file sets. Raises OSError and ValueError where it is no text file."""
    return list(dotenv_values(path, interpolate=False))


class SecretsFile:
    """The file that holds the settings on this machine."""

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self._path, self._env = path, env

    @property
    def name(self) -> str:
        """Its name for the user."""
        return f"the file {self._path}, which only you can read"

    def refuses(self, value: str) -> str:
        """Return why it cannot hold a value and what to do; empty if it can."""
        if quoted(value) is not None:
            return ""
        return (
            "holds a backslash, or ' together with $, ` or \", and such a file cannot. "
            "Write it in another way"
        )

    def store(self, held: Held) -> bool:
        """Write the file, never over another one without asking. Whether it is written."""
        heading("Store")
        while not self._may_be_written(held.values) or not self._written(held.values):
            self._path = Path(ask("Another name for the file"))
            with suppress(RuntimeError):  # no such user
                self._path = self._path.expanduser()
        say(
            f"Stored {len(held.values)} settings in {self._path}, which only you can read. Never "
            "commit it."
        )
        return True

    def offer_more(self, held: Held) -> None:
        """Let the doctor look, and say how to go on."""
        self._offer_doctor(held)
        self._say_what_next()

    def _may_be_written(self, values: Iterable[str]) -> bool:
        try:
            if not self._path.exists():
                return True
            names = names_in(self._path)
        except (OSError, ValueError):
            names = []
        say(
            f"{self._path} exists already and sets "
            f"{', '.join(names) or 'nothing that can be read'}."
        )
        if lost := [name for name in names if name not in set(values)]:
            say(f"Replaced, it would lose {', '.join(lost)}.")
        return confirm("Replace it?", default=False)

    def _written(self, values: Mapping[str, str]) -> bool:
        try:
            write_private(self._path.resolve(), rendered(values))
        except (OSError, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or "this is no name for a file"
            say(
                f"{self._path} cannot be written: {reason}. Give another name, in a folder "
                "that exists.",
                err=True,
            )
            return False
        return True

    def _offer_doctor(self, held: Held) -> None:
        if not confirm(
            "Let the doctor look at everything once more? It sends nothing.", default=True
        ):
            return
        output.say_checks(checkup({**self._env, **held.values}), None, as_json=False)

    def _say_what_next(self) -> None:
        program = f"weather-sms --env-file {shlex.quote(str(self._path))}"
        click.echo(f"\nSee today's text:   {program} preview")
        click.echo(f"Send one now:       {program} send --now")
        click.echo(
            f"Every day:          {program} cron install     (or: run; see docs/schedulers.md)"
        )
