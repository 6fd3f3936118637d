"""Say everything where it belongs: a terminal, or Actions' masks, log, annotations, summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from weather_sms.report.actions import annotated, markdown, masks, plain, table
from weather_sms.report.outcome import missing
from weather_sms.report.terminal import bubble, cost, finding, in_words, show_bubble

if TYPE_CHECKING:
    from datetime import datetime

    from weather_sms.report.actions import Actions
    from weather_sms.report.check import Check, Status
    from weather_sms.report.outcome import Report
    from weather_sms.report.preview import Preview
    from weather_sms.settings import SettingsError

WHERE_SETTINGS_ARE = (
    "Settings in a file: weather-sms --env-file FILE ... None yet: weather-sms setup asks for them."
)
ENV_FILE = "weather_sms.env_file"  # where the commands find the path of --env-file
IN_FILE = "weather_sms.in_file"  # and the settings in it
SIGNS = {
    "ok": "\u2705 ok",
    "warn": "\u26a0\ufe0f look",
    "fail": "\u274c fix",
    "skipped": "\u23ed\ufe0f skipped",
}
CHECKLIST = """### weather-sms is not set up yet

[Add these secrets]({page}), then press "Run workflow" on [the page of the workflow]({workflow}).

By [ntfy](https://ntfy.sh), a free app; the way in the US and Canada:

- [ ] `OPENWEATHER_API_KEY`: a free key from https://home.openweathermap.org/api_keys \
(City,Country does without)
- [ ] `WEATHER_PLACE`: a postal code (94112) or City,Country (Lyon,FR)
- [ ] `WEATHER_TO`: `ntfy://` and a topic that nobody can guess

By SMS: the first two, and

- [ ] `WEATHER_TO`: the phone that gets the text, such as +33 6 12 34 56 78
- [ ] `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`: from https://console.twilio.com
- [ ] `TWILIO_SENDER_NUMBER`: the number you bought there
"""


def say_report(report: Report, actions: Actions | None, as_json: bool) -> int:
    """Say what a tick did; return the exit code."""
    private = not actions or actions.private
    if actions and not private:
        say_masks(report.derived(), err=as_json)
    if as_json:
        click.echo(json.dumps(report.json(private=private), ensure_ascii=False))
    for line in [] if as_json else report.lines(private=private):
        click.echo(plain(line) if actions else line)
    if actions:
        from weather_sms.report.summary import stopping, summary

        stops_on = actions.stops_on(report.began)
        warnings = [f"{stopping(stops_on)}: {actions.workflow_page}"] if stops_on else []
        warnings += report.warnings(private=private)
        for command in annotated(report.problems(private=private)) + annotated(warnings, "warning"):
            click.echo(command, err=as_json)
        actions.summarize(
            summary(report, private=private, stops_on=stops_on, workflow_page=actions.workflow_page)
        )
    return report.exit_code


def say_stopped(report: Report, actions: Actions | None) -> int:
    """Say how many texts are canceled and how many may still come; return the exit code."""
    gone = sum(outcome.status == "canceled" for outcome in report.outcomes)
    left = Counter(each.detail for each in report.outcomes if each.status != "canceled")
    said = f"{gone} text{'s' * (gone != 1)} canceled." if report.outcomes else "No text is held."
    page = f"disable the workflow ({actions.workflow_page})" if actions else ""
    ending = page or "end what ticks, such as cron: `weather-sms cron remove`"
    said = f"{said} Later texts come as scheduled; to end them too, {ending}."
    click.echo(said)
    if left:
        say_failures(
            [
                f"{count} text{'s' * (count != 1)} may still come: {why}. Stop once more"
                for why, count in left.items()
            ],
            actions,
        )
    elif actions:
        actions.summarize(f"### Stopped\n\n{said}")
    return report.exit_code


def say_problems(
    error: SettingsError,
    actions: Actions | None,
    so: str = "nothing was sent",
    all_missing: bool = False,
) -> int:
    """Say every problem of the settings on standard error; return the exit code."""
    problems = error.problems
    click.echo(f"{len(problems)} setting{'s' * (len(problems) != 1)} to fix; {so}:", err=True)
    for problem in problems:
        click.echo(f"- {problem}", err=True)
    if actions:
        pages = [actions.secret_page(each.name, missing=each.is_missing) for each in problems]
        for command in annotated(
            f"{each} {page}" for each, page in zip(problems, pages, strict=True)
        ):
            click.echo(command, err=True)
        rows = [
            (each.name, each.wrong, each.fix, page)
            for each, page in zip(problems, pages, strict=True)
        ]
        actions.summarize(
            "### Some settings need a "
            f"fix\n\n{table(('secret', 'it', 'what to do', 'where'), rows)}"
        )
        if all_missing:
            _summarize_checklist(actions)
    elif any(each.is_missing for each in problems) and _without_env_file():
        click.echo(WHERE_SETTINGS_ARE, err=True)
    return 2


def _without_env_file() -> bool:
    """Whether this is a command that was not told of a file of settings."""
    context = click.get_current_context(silent=True)
    return context is not None and context.meta.get(ENV_FILE, "") is None


def say_failures(sentences: list[str], actions: Actions | None) -> None:
    """Say what went wrong before anything could be done."""
    for sentence in sentences:
        click.echo(plain(sentence) if actions else sentence, err=True)
    if actions:
        _annotate(sentences, actions, "No text could be made", err=True)


def say_preview(found: Preview, actions: Actions | None, as_json: bool, now: datetime) -> None:
    """The text that would be sent now, as far as the readers of the log may know it."""
    from weather_sms.text.message import Message

    private = not actions or actions.private
    message, counted = Message(found.text), found.segments is not None
    if actions and not private:
        say_masks({found.text, found.place.name}, err=as_json)
    hidden = (
        f"The text is ready ({in_words(message, counted)}). Anyone can read this log, so it "
        "is not shown."
    )
    if as_json:
        shown = (
            {"text": found.text, "place": found.place.name}
            if private
            else {"text": None, "place": None}
        )
        click.echo(json.dumps(cost(message) | {"source": found.source} | shown, ensure_ascii=False))
    elif private:
        show_bubble(message, counted)
    else:
        click.echo(hidden)
    gaps = [missing(gap, private) for gap in found.forecast.gaps]
    remarks = [each for each in (found.trouble, *gaps, found.forecast.credit) if each]
    for remark in remarks:
        click.echo(f"  {remark}", err=as_json)
    if actions and not private:
        actions.summarize(
            f"### The text is ready\n\n{hidden} In a private repository it is, with the "
            "day's chart."
        )
    elif actions:
        from weather_sms.report.chart import page

        day = (found.place.name, found.forecast.hours, found.style, found.zone)
        drawn = "\n".join(bubble(found.text))
        actions.summarize(page(drawn, in_words(message, counted), *day, now))
    if actions and remarks:
        actions.summarize("\n" + "\n\n".join(map(markdown, remarks)))


def say_checks(checks: Iterable[Check], actions: Actions | None, as_json: bool) -> tuple[int, bool]:
    """Print the doctor's findings, each as soon as it is there.

    Gives the exit code, and whether the ledger was opened.
    """
    private, found = not actions or actions.private, []
    for check in checks:
        found.append(check)
        if actions and not private:
            say_masks(set(check.derived), err=as_json)
        for line in [] if as_json else finding(check.fields(private=private)):
            click.echo(plain(line) if actions else line)
    fields = [check.fields(private=private) for check in found]
    if as_json:
        click.echo(json.dumps({"checks": fields}, ensure_ascii=False))
    else:
        click.echo(f"\n{_verdict(found)}")
    if actions:
        _annotate_checks(fields, actions, _verdict(found), as_json)
    opened = any(check.name == "ledger" and check.status != "skipped" for check in found)
    return int(any(check.status == "fail" for check in found)), opened


def _verdict(checks: list[Check]) -> str:
    count = Counter(check.status for check in checks)
    words: dict[Status, str] = {
        "fail": "to fix",
        "warn": "worth a look",
        "skipped": "not looked at",
    }
    parts = [f"{count[status]} {said}" for status, said in words.items() if count[status]]
    seen = "All that was looked at" if count["skipped"] else "All"
    well = [] if count["fail"] or count["warn"] else [f"{seen} is well."]
    return " ".join([*well, f"{', '.join(parts)}."] if parts else well)


def _annotate_checks(
    checks: list[dict[str, str]], actions: Actions, verdict: str, err: bool
) -> None:
    for status, level in (("fail", "error"), ("warn", "warning")):
        sentences = [
            f"{c['name']}: {c['detail']}. {c['fix']}" for c in checks if c["status"] == status
        ]
        for command in annotated(sentences, level):
            click.echo(command, err=err)
    rows = [(SIGNS[c["status"]], c["name"], c["detail"], c["fix"], c["link"]) for c in checks]
    actions.summarize(
        f"### Your setup: {verdict}\n\n{table(('', 'what', 'found', 'what to do', 'where'), rows)}"
    )


def say_missing_extra(error: ModuleNotFoundError, extra: str) -> int:
    """Say which extra to install, if that is the cause; return the exit code."""
    if (error.name or "").startswith("weather_sms"):
        raise error
    fix = f"In the folder of weather-sms: uv sync --extra {extra}, or pip install '.[{extra}]'"
    click.echo(f"This needs the package {error.name}. {fix}", err=True)
    return 2


def say_masks(values: set[str], err: bool = False) -> None:
    """Keep values out of the log from here on."""
    for command in masks(values):
        click.echo(command, err=err)


def _annotate(problems: list[str], actions: Actions, title: str, err: bool = False) -> None:
    for command in annotated(problems):
        click.echo(command, err=err)
    actions.summarize(f"### {title}\n\n" + "\n".join(f"- {markdown(line)}" for line in problems))


def say_not_set_up(actions: Actions, as_json: bool) -> int:
    """A copy without any setting is not broken: a notice and a checklist. Gives the exit code."""
    for command in annotated(["No settings yet: the run's summary lists what to add."], "notice"):
        click.echo(command, err=as_json)
    if as_json:
        click.echo('{"outcomes": []}')
    _summarize_checklist(actions)
    return 0


def _summarize_checklist(actions: Actions) -> None:
    page = actions.secret_page("", missing=True)
    actions.summarize(CHECKLIST.format(page=page, workflow=actions.workflow_page))
