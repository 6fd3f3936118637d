"""The log of a tick (`--log-file`): a file of limited size gets each printed line as well."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import TextIOBase
from itertools import pairwise
from pathlib import Path

import click

LOG_BYTES = 256 * 1024


@contextmanager
def kept(arguments: Sequence[str]) -> Iterator[None]:
    """Add what is printed to the file that the arguments name, if any, each line with its time.

    The file, and one before it, are kept below a size. SIGTERM interrupts like Ctrl-C, so that it
    is told as well. A file that cannot be written stops nothing.
    """
    path = _named(arguments)
    if path is None:
        yield
        return
    import logging
    from logging.handlers import RotatingFileHandler

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        click.echo(
            f"--log-file {path} cannot be written. Name a file in a folder of yours.", err=True
        )
        yield
        return
    logging.raiseExceptions = False  # a full disk stops no text
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.Logger("weather_sms")
    log.addHandler(handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lines = _Lines(log.info)
    try:
        with redirect_stdout(lines), redirect_stderr(lines):
            yield
    finally:
        with suppress(OSError):
            handler.close()


def _named(arguments: Sequence[str]) -> Path | None:
    """Return the log file, which is known before anything else.

    It must hold whatever stops a tick: under cron nobody reads it elsewhere.
    """
    for option, following in pairwise([*arguments, ""]):
        name, _, value = option.partition("=")
        if name == "--log-file" and (value or following):
            return Path(value or following)
    return None


class _Lines(TextIOBase):
    """A stream that gives away each line when it is complete."""

    def __init__(self, give: Callable[[str], None]) -> None:
        self._give, self._begun = give, ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._give(line)
        return len(text)
