"""One marked line in the user's crontab. Every other byte of it stays as it is.

Not python-crontab: it writes the whole file anew, moves comments, and moves MAILTO to the top,
where it holds for all.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

MARK = "# weather-sms"
COMMAND = "-m weather_sms --env-file"
NONE_YET = "no crontab for"


class CronError(Exception):
    """The crontab cannot be read or written; the sentence says why."""


def command(env_file: Path, log_file: Path, python: str = sys.executable) -> str:
    """Return the command for cron, under any sh: absolute paths, no secret, a log of limited size.

    Cron reads % as a new line, so it is escaped (crontab(5)). It starts in the home folder, whose
    modules -P keeps out.
    """
    parts = [python, "-P", *COMMAND.split(), str(env_file), "send", "--log-file", str(log_file)]
    return shlex.join(parts).replace("%", r"\%")


def install(line: str, every_min: int) -> str:
    """Put the entry last in the crontab, in place of an earlier one, and return it.

    Raises CronError.
    """
    entry = f"*/{every_min} * * * * {line} {MARK}"
    others = _others(_read())
    _crontab(
        "-",
        others
        + (b"" if others.endswith(b"\n") or not others else b"\n")
        + os.fsencode(entry)
        + b"\n",
    )
    return entry


def show() -> str | None:
    """The entry, or None. Raises CronError."""
    return next((os.fsdecode(line) for line in _read().splitlines() if _is_ours(line)), None)


def remove() -> bool:
    """Take the entry out; False if there was none. Raises CronError."""
    tab = _read()
    others = _others(tab)
    if others != tab:
        _crontab("-", others)
    return others != tab


def _is_ours(line: bytes) -> bool:
    """The mark alone may end anything, also an entry of ours that somebody made a comment of."""
    ends = line.rstrip().endswith(f" {MARK}".encode())
    return ends and COMMAND.encode() in line and not line.lstrip().startswith(b"#")


def _others(tab: bytes) -> bytes:
    return b"".join(line for line in tab.splitlines(keepends=True) if not _is_ours(line))


def _read() -> bytes:
    try:
        return _crontab("-l")
    except CronError as error:
        if NONE_YET in str(error):
            return b""
        raise


def _crontab(argument: str, content: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["crontab", argument], input=content, capture_output=True, check=False
        )
    except OSError:
        raise CronError(
            "there is no program crontab. Install cron, or use `weather-sms run`"
        ) from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise CronError(f"crontab says: {said or 'nothing'}")
    return done.stdout
