"""One marked line in the user's crontab. Every other byte of it stays as it is.

Not python-crontab: it writes the whole file anew, moves comments, and moves MAILTO to the top, where it holds for all.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

MARK = "# weather-sms"
NONE_YET = "no crontab for"


class CronError(Exception):
    """The crontab cannot be read or written; the sentence says why."""


def command(env_file: Path, log_file: Path, python: str = sys.executable) -> str:
    """What cron runs, under any sh: absolute paths, no secret, the output kept in a log of limited size.

    Cron reads % as a new line, so it is escaped (crontab(5)). It starts in the home folder, whose modules -P keeps out.
    """
    parts = [python, "-P", "-m", "weather_sms", "--env-file", str(env_file), "send", "--log-file", str(log_file)]
    return shlex.join(parts).replace("%", r"\%")


def install(line: str, every_min: int) -> str:
    """Put the entry at the end of the crontab, in the place of an earlier one; and give it. Raises CronError."""
    entry = f"*/{every_min} * * * * {line} {MARK}"
    others = _others(_read())
    _crontab("-", text=f"{others}{'' if others.endswith(chr(10)) or not others else chr(10)}{entry}\n")
    return entry


def show() -> str | None:
    """The entry, or None. Raises CronError."""
    return next((line for line in _read().splitlines() if line.endswith(MARK)), None)


def remove() -> bool:
    """Take the entry out; False if there was none. Raises CronError."""
    tab = _read()
    others = _others(tab)
    if others != tab:
        _crontab("-", text=others)
    return others != tab


def _others(tab: str) -> str:
    return "".join(line for line in tab.splitlines(keepends=True) if not line.rstrip("\n").endswith(f" {MARK}"))


def _read() -> str:
    try:
        return _crontab("-l")
    except CronError as error:
        if NONE_YET in str(error):
            return ""
        raise


def _crontab(argument: str, text: str = "") -> str:
    try:
        done = subprocess.run(["crontab", argument], input=text, capture_output=True, text=True, check=False)
    except OSError:
        raise CronError("there is no program crontab. Install cron, or use `weather-sms run`") from None
    if done.returncode:
        raise CronError(f"crontab says: {' '.join(done.stderr.split()) or 'nothing'}")
    return done.stdout
