"""What is said where: on a terminal, and in Actions as masks, log, annotations and summary."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from weather_sms.github import Actions
    from weather_sms.message import Message
    from weather_sms.report import Report
    from weather_sms.settings import SettingsError

BUBBLE = 38
CHECKLIST = """### weather-sms is not set up yet

Add these secrets under Settings, Secrets and variables, Actions; then press "Run workflow":

- [ ] `OPENWEATHER_API_KEY`: a free key from https://home.openweathermap.org/api_keys
- [ ] `TWILIO_ACCOUNT_SID` and `TWILIO_AUTH_TOKEN`: from https://console.twilio.com
- [ ] `TWILIO_SENDER_NUMBER`: the number you bought there, such as +15551234567
- [ ] `WEATHER_TO`: the phone that gets the text; or `ntfy://topic`, and nothing of Twilio's
- [ ] `WEATHER_PLACE`: a postal code (94112) or City,Country (Lyon,FR)
"""


def say_report(report: Report, actions: Actions | None, as_json: bool) -> int:
    """What a tick did. Gives the exit code."""
    from weather_sms.github import plain

    private = not actions or actions.private
    if actions:
        say_masks(report.receivers() if private else report.derived(), err=as_json)
    if as_json:
        click.echo(json.dumps(report.json(private=private), ensure_ascii=False))
    for line in [] if as_json else report.lines(private=private):
        click.echo(plain(line) if actions else line)
    if actions:
        problems = report.problems(private=private)
        _annotate(problems, actions, report.title, as_json, lines=problems or report.lines(private=private))
    return report.exit_code


def say_problems(error: SettingsError, actions: Actions | None, so: str = "nothing was sent") -> int:
    """Every problem of the settings, on standard error. Gives the exit code."""
    problems = [str(problem) for problem in error.problems]
    click.echo(f"{len(problems)} setting{'s' * (len(problems) != 1)} to fix; {so}:", err=True)
    for problem in problems:
        click.echo(f"- {problem}", err=True)
    if actions:
        _annotate(problems, actions, "Some settings need a fix", err=True)
    return 2


def say_failures(sentences: list[str], actions: Actions | None) -> None:
    """What went wrong before anything could be done."""
    from weather_sms.github import plain

    for sentence in sentences:
        click.echo(plain(sentence) if actions else sentence, err=True)
    if actions:
        _annotate(sentences, actions, "No text could be made", err=True)


def say_masks(values: set[str], err: bool = False) -> None:
    """Keep values out of the log from here on."""
    from weather_sms.github import masks

    for command in masks(values):
        click.echo(command, err=err)


def _annotate(
    problems: list[str], actions: Actions, title: str, err: bool = False, lines: list[str] | None = None
) -> None:
    from weather_sms.github import annotated, markdown

    for command in annotated(problems):
        click.echo(command, err=err)
    actions.summarize(f"### {title}\n\n" + "\n".join(f"- {markdown(line)}" for line in lines or problems))


def say_not_set_up(actions: Actions, as_json: bool) -> int:
    """A copy without any setting is not broken: a notice and a checklist. Gives the exit code."""
    from weather_sms.github import annotated

    for command in annotated(["No settings yet: the run's summary lists what to add."], "notice"):
        click.echo(command, err=as_json)
    if as_json:
        click.echo('{"outcomes": []}')
    actions.summarize(CHECKLIST)
    return 0


def cost(message: Message) -> dict[str, Any]:
    """What a text costs, for `--json`."""
    return {"segments": message.segments, "septets": message.septets, "encoding": message.encoding}


def in_words(message: Message, counted: bool = True) -> str:
    """What a text costs, for people; some channels do not count segments."""
    if not counted:
        return f"{len(message.text)} characters"
    plural = "s" * (message.segments != 1)
    return f"{message.septets} of 160 septets, {message.segments} segment{plural}, {message.encoding}"


def show_bubble(message: Message, counted: bool = True) -> None:
    """A text as a phone shows it."""
    for line in _bubble(message.text):
        click.echo(line)
    click.echo(f"  {in_words(message, counted)}")


def _bubble(text: str) -> Iterator[str]:
    yield "  ." + "-" * (BUBBLE + 2) + "."
    for line in textwrap.wrap(text, BUBBLE):
        yield f"  | {line.ljust(BUBBLE)} |"
    yield "  '" + "-" * (BUBBLE + 2) + "'"
