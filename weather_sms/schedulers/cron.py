"""One marked entry in the user's crontab, through python-crontab. Every other entry stays as it is."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from crontab import CronTab

MARK = "weather-sms"


class CronError(Exception):
    """The crontab cannot be read or written; the sentence says why."""


def command(env_file: Path, log_file: Path, python: str = sys.executable) -> str:
    """What cron runs, under any sh: absolute paths, no secret, the output kept in a log of limited size.

    Cron reads % as a new line, so it is escaped (crontab(5)).
    """
    parts = [python, "-m", "weather_sms", "--env-file", str(env_file), "send", "--log-file", str(log_file)]
    return shlex.join(parts).replace("%", r"\%")


def install(line: str, every_min: int) -> str:
    """Put the entry into the crontab, in the place of an earlier one. Gives it as crontab shows it."""
    tab = _crontab()
    tab.remove_all(comment=MARK)
    entry = tab.new(command=line, comment=MARK)
    entry.minute.every(every_min)
    _write(tab)
    return str(entry)


def show() -> str | None:
    """The entry, or None."""
    entry = next(iter(_crontab().find_comment(MARK)), None)
    return str(entry) if entry else None


def remove() -> bool:
    """Take the entry out; False if there was none."""
    tab = _crontab()
    count = tab.remove_all(comment=MARK)
    if count:
        _write(tab)
    return bool(count)


def _write(tab: CronTab) -> None:
    try:
        tab.write()
    except OSError as error:
        raise CronError(f"the crontab cannot be written ({_words(error)})") from None


def _crontab() -> CronTab:
    try:
        return CronTab(user=True)
    except (OSError, ValueError) as error:
        raise CronError(f"the crontab cannot be read ({_words(error)}). Is cron installed?") from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
