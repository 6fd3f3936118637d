"""Check that something calls `send`, that ntfy answers, and that the ledger can be used."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from weather_sms.channels import NoLog, Unanswered
from weather_sms.delivery.services import Services
from weather_sms.ledger import KeyedHash, LedgerError, first_tick, open_ledger
from weather_sms.receiver import NTFY_HOST, NtfyTopic
from weather_sms.report.actions import IDLE_DAYS, IDLE_WARNED_DAYS
from weather_sms.report.check import Check
from weather_sms.settings import Settings

if TYPE_CHECKING:
    from weather_sms.channels.open import Channels
    from weather_sms.report.actions import Actions

GUESSED_BELOW = 12  # characters
OFF = {
    "disabled_inactivity": "GitHub switched the schedule off, because nothing happened in the "
    "repository for 60 days",
    "disabled_fork": "GitHub does not run schedules in a new fork",
    "disabled_manually": "Somebody switched the workflow off",
}


def ntfy(where: NtfyTopic, channels: Channels) -> Check:
    """Check that the server answers for the topic."""
    try:
        channels.of(where).log(where, datetime.fromtimestamp(0).astimezone())
    except NoLog:
        wrong = (
            "The server answers, but this login may not read the topic, so a lost memory "
            "could repeat a text"
        )
        return Check("ntfy", "warn", wrong, fix="Use a token that may read and write the topic.")
    except Unanswered:
        fix = "Check the host in WEATHER_TO, and try again later."
        return Check("ntfy", "fail", "The server gave no usable answer", fix=fix)
    if (
        where.host == NTFY_HOST
        and not (where.user or where.password)
        and len(where.name) < GUESSED_BELOW
    ):
        wrong = (
            "The server answers, but so short a topic is guessed, and whoever guesses it "
            "reads the texts"
        )
        return Check(
            "ntfy", "warn", wrong, fix=f"Take a random one of {GUESSED_BELOW} characters or more."
        )
    fix = (
        "Subscribe to the topic in the app, if you have not: ntfy cannot tell whether anyone "
        "listens."
    )
    return Check(
        "ntfy", "ok", "The server answers for the topic", fix=fix, link="https://ntfy.sh/app"
    )


def schedule(actions: Actions, services: Services, now: datetime) -> list[Check]:
    """Check that GitHub runs the workflow by itself, and for how long still."""
    from weather_sms.github_api import NotTold

    page = actions.workflow_page
    if not actions.may_ask:
        return [Check("schedule", "skipped", "The job has no token to ask GitHub with", link=page)]
    api = services.github(actions.api_url, actions.token)
    try:
        state = api.workflow_state(actions.repository, actions.workflow_file)
        idle = now - api.last_commit(actions.repository)
    except NotTold as error:
        return [Check("schedule", "skipped", f"It could not be looked at: {error}", link=page)]
    if state != "active":
        wrong = OFF.get(state, f"GitHub calls the workflow {state}")
        return [
            Check(
                "schedule",
                "fail",
                f"{wrong}: no text comes by itself",
                fix='Press "Enable workflow".',
                link=page,
            )
        ]
    return [_idle(actions, idle, page)]


def _idle(actions: Actions, idle: timedelta, page: str) -> Check:
    if actions.private:
        return Check("schedule", "ok", "GitHub runs the workflow by itself", link=page)
    days = max(0, idle.days)
    on = f"GitHub runs the workflow by itself. The last commit is {days} days old"
    if days < IDLE_WARNED_DAYS:
        return Check("schedule", "ok", f"{on}; after {IDLE_DAYS} it would stop", link=page)
    fix = 'Press "Continue running workflow", or make any commit.'
    if days >= IDLE_DAYS:
        return Check(
            "schedule",
            "warn",
            f"{on}, so GitHub may switch the schedule off any day",
            fix=fix,
            link=page,
        )
    left = IDLE_DAYS - days
    return Check(
        "schedule",
        "warn",
        f"{on}: in {left} days GitHub switches the schedule off",
        fix=fix,
        link=page,
    )


def ledger(settings: Settings, now: datetime) -> Check:
    """Check that the ledger can be opened and written."""
    try:
        seal = KeyedHash(settings.ledger_secret.reveal())
        with closing(open_ledger(settings.ledger_url, seal, now, settings.aside)) as found:
            found.remember("checked", now.isoformat())
            ticked, rows = found.recall(first_tick(seal)), found.upcoming(now - timedelta(days=2))
            found.server_id()
    except LedgerError as error:
        wrong = f"{error.wrong[:1].upper()}{error.wrong[1:]}"
        return Check("ledger", "fail", wrong, fix=f"{error.fix}.")
    if ticked is None:
        return Check(
            "ledger", "ok", "It can be written. It is new: no text went out with these settings yet"
        )
    texts = "1 text" if len(rows) == 1 else f"{len(rows)} texts"
    return Check("ledger", "ok", f"It can be written, and remembers {texts} of the last two days")
