"""Pure: when a subscription wants its text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

TIME_OF_DAY = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)
MOST_A_DAY, FIELDS = 24, 5
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def schedule(text: str) -> str:
    """A WEATHER_AT as a five-field cron expression: `07:00`, `7am`, `7:30 pm`, or one already.

    Raises ValueError with a sentence and a fix; also for more than 24 texts on any day of the first year.
    """
    expression = _time_of_day(text.strip()) or " ".join(text.split())
    try:
        if len(expression.split()) != FIELDS:
            raise CronSimError("Wrong number of fields")
        occurrences = CronSim(expression, ANY_DAY)
        first = next(occurrences, None)
    except CronSimError as error:
        raise ValueError("is no time; write 07:00, 7am, or five cron fields such as 0 7 * * 1-5") from error
    if first is None:
        raise ValueError("never comes; check the day and the month of the cron expression")
    day = first.replace(hour=0, minute=0) - timedelta(minutes=1)
    times = CronSim(expression, day)
    if sum(1 for _, at in zip(range(MOST_A_DAY + 1), times, strict=False) if at.date() == first.date()) > MOST_A_DAY:
        raise ValueError(f"asks for more than {MOST_A_DAY} texts a day; choose fewer minutes or hours")
    return expression


def _time_of_day(text: str) -> str | None:
    found = TIME_OF_DAY.fullmatch(text)
    if not found or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{minute} {hour} * * *" if hour < 24 and minute < 60 else None
