"""A report -> Markdown for the job summary: what happened, what comes next, punctuality, cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from weather_sms.report.actions import IDLE_DAYS, markdown, table
from weather_sms.report.outcome import Report, line

MOST_ROWS = 50
# $, Twilio's price and a usual carrier fee: https://www.twilio.com/en-us/sms/pricing/us
US_SEGMENT = 0.0083 + 0.0035
PRICES = "https://www.twilio.com/en-us/sms/pricing"


def summary(
    report: Report, *, private: bool, stops_on: datetime | None = None, workflow_page: str = ""
) -> str:
    """Return the whole page.

    `private`: nobody but the owner reads it. `stops_on`: when GitHub stops the schedule.
    """
    rows = [
        (str(o.subscription or ""), line(o, private), _next(report, o.subscription, private))
        for o in report.outcomes
    ]
    parts = [f"### {report.title}", table(("", "what happened", "next text"), rows[:MOST_ROWS])]
    if len(rows) > MOST_ROWS:
        parts.append(f"and {len(rows) - MOST_ROWS} more.")
    parts += [markdown(each) for each in (*_services(report), *notes(report), *report.credits())]
    if stops_on:
        parts.append(f"{markdown(stopping(stops_on))}: {workflow_page}")
    return "\n\n".join(parts)


def _services(report: Report) -> Iterator[str]:
    """Name the services of the weather, except those that their credit names."""
    sources = (each for outcome in report.outcomes for each in outcome.sources)
    for name in dict.fromkeys(each.name for each in sources if not each.credit):
        yield f"Weather by {name}."


def notes(report: Report) -> Iterator[str]:
    """Say how punctual GitHub is, and what the month costs so far."""
    if runs := report.punctuality:
        last = f"GitHub started this run {runs.late_min[-1]} min after its plan."
        others = (
            f" The last {len(runs.late_min)} runs: {min(runs.late_min)} to "
            f"{max(runs.late_min)} min late, "
        )
        pause = (
            f"{runs.middle_min} in the middle; the longest pause between two was "
            f"{runs.longest_pause_min} min."
        )
        yield last + (others + pause if len(runs.late_min) > 1 else "")
    if report.month_segments:
        count = f"{report.month_segments} segment{'s' * (report.month_segments != 1)}"
        cost = f"about ${report.month_segments * US_SEGMENT:.2f} at American prices"
        yield (
            f"This month: {count}, {cost}, beside the number's rent. Other countries' prices: "
            f"{PRICES}"
        )


def stopping(on: datetime) -> str:
    """The warning of the week before GitHub stops the schedule of a public repository."""
    return (
        f"On {on:%d %B} GitHub stops this schedule, because nothing was committed for {IDLE_DAYS} "
        'days, and no text comes any more. One click prevents it: "Continue running workflow" on '
        "the page of the workflow (if you have pressed it this week, all is well)"
    )


def _next(report: Report, number: int, private: bool) -> str:
    at = report.upcoming.get(number)
    if at is None:
        return ""
    hours = (at - report.began) / timedelta(hours=1)
    away = f"in {hours:.0f} h" if hours >= 1.5 else f"in {max(1, round(hours * 60))} min"
    return f"{at:%a %d %b %H:%M}, {away}" if private else away
