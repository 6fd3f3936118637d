"""Official warnings: which of them count, and the one that is named."""

from __future__ import annotations

from datetime import datetime, timedelta

from weather_sms.forecast import Alert
from weather_sms.text.briefing.fact import Fact

SEVERE = ("Extreme", "Severe")
ENDINGS = ("Warning", "Watch", "Advisory", "Alert")  # of names that count at any severity
MARINE_NAMES = (
    "Marine", "Small Craft", "Gale", "Brisk Wind", "Seas", "Surf", "Rip Current", "Beach",
    "Low Water", "Freezing Spray", "Hurricane Force",
)  # fmt: skip
# The whole name: a "Winter Storm Warning" is for land.
MARINE_STORMS = ("Storm Warning", "Storm Watch")
BEGINS_LATER = timedelta(hours=1)


def alert_facts(alerts: tuple[Alert, ...], start: datetime) -> list[Fact]:
    """Return at most one fact: the worst warning in force at `start` or later.

    It counts the others that have other names.
    """
    counted = sorted(
        (a for a in alerts if _counts(a, start)), key=lambda alert: _rank(alert, start)
    )
    if not counted:
        return []
    worst = counted[0]
    others = {alert.event for alert in counted} - {worst.event}
    return [
        Fact(
            topic="alert",
            importance=100,
            phrase="alert",
            name=worst.event,
            severe=worst.severity in SEVERE,
            begins=worst.begins if _wait(worst, start) else None,
            at=worst.ends,
            rest=len(others) or None,
        )
    ]


def _counts(alert: Alert, start: datetime) -> bool:
    over = alert.ends or alert.expires
    actual = alert.status == "Actual" and alert.message_type in ("Alert", "Update")
    matters = alert.severity in SEVERE or alert.event.endswith(ENDINGS)
    return actual and matters and not is_marine(alert.event) and (over is None or over > start)


def is_marine(event: str) -> bool:
    """Whether a warning is for people at sea or on the shore, by its (American) name."""
    return event in MARINE_STORMS or any(name in event for name in MARINE_NAMES)


def _rank(alert: Alert, start: datetime) -> tuple[int, timedelta, int]:
    """Return the sort key of a warning, worst first.

    Severity counts first, then what is in force before what begins later, then warning, watch,
    advisory.
    """
    severity = SEVERE.index(alert.severity) if alert.severity in SEVERE else len(SEVERE)
    name = next((i for i, word in enumerate(ENDINGS) if alert.event.endswith(word)), len(ENDINGS))
    return severity, _wait(alert, start), name


def _wait(alert: Alert, start: datetime) -> timedelta:
    """Return how long after `start` a warning begins; zero if that is hardly later."""
    wait = alert.begins - start if alert.begins else timedelta(0)
    return wait if wait > BEGINS_LATER else timedelta(0)
