"""The commands: they read the clock and the environment, and print, but decide nothing."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from weather_sms import __version__
from weather_sms.report import output
from weather_sms.report.log_file import kept
from weather_sms.schedulers.commands import cron, loop

if TYPE_CHECKING:
    from weather_sms.delivery.tick import Run
    from weather_sms.report.actions import Actions

SAMPLE_DAYS = ("fair", "rain", "snow", "storm", "heat")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="weather-sms %(version)s")
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="Read settings from a file of KEY=value or export KEY=value lines. They win over the "
    "environment.",
)
@click.pass_context
def program(context: click.Context, env_file: Path | None) -> None:
    """One short text with the day's weather, on your phone.

    \b
    Try it:      weather-sms demo             no keys, no network
    See yours:   weather-sms preview Lyon,FR  no keys
    Check all:   weather-sms doctor
    Send it:     weather-sms send --now
    Set it up:   weather-sms setup            asks for all that is needed

    \b
    Settings are environment variables (on GitHub: secrets):
      OPENWEATHER_API_KEY    free: home.openweathermap.org/api_keys; without it
                             Open-Meteo is asked, which knows few postal codes
      TWILIO_ACCOUNT_SID     from console.twilio.com, like the next two
      TWILIO_AUTH_TOKEN      or TWILIO_API_KEY and TWILIO_API_SECRET
      TWILIO_SENDER_NUMBER   or TWILIO_MESSAGING_SERVICE_SID
      WEATHER_TO             +15551234567, whatsapp:+15551234567, or ntfy://topic
                             (then no TWILIO_ is needed); commas between several
      WEATHER_PLACE          94112 or SW1A 1AA,GB or Lyon,FR or 45.76,4.83
      WEATHER_AT             07:00, 7am or five cron fields; default 07:00
      WEATHER_UNITS          imperial or metric; default: as the country does
      WEATHER_TIMEZONE       such as Europe/Paris; default: the place's own
      WEATHER_LANGUAGE       en, de, es, fr, it, nl or pt; default en
      WEATHER_ONLY_IF        rain, snow, frost, heat, wind, alert: only on such days
      WEATHER_SUBSCRIPTIONS  TOML with [[subscription]] tables, in place of
                             the seven above
    """  # noqa: D301 click wants the character itself
    context.meta[output.ENV_FILE] = env_file
    in_file = _read_env_file(env_file) if env_file else {}
    context.meta[output.IN_FILE] = in_file
    context.obj = {**os.environ, **in_file}


@program.command()
@click.option("--now", "send_now", is_flag=True, help="Send at once, whatever the schedule says.")
@click.option("--dry-run", is_flag=True, help="Do everything but hand the text over.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the outcomes.")
@click.option(
    "--log-file", type=click.Path(), expose_value=False, help="Add the output to a file of 256 kB."
)
@click.pass_obj
def send(env: dict[str, str], send_now: bool, dry_run: bool, as_json: bool) -> int:
    """Hand over every text that is due, once. Call it as often as you like.

    A text is due at WEATHER_AT in the place's own time, and for four hours after it. With a
    Messaging Service, or on ntfy, it is left there up to twelve hours before, for the exact minute;
    else a call up to ten minutes early waits.

    Exit code 0: handed over, or nothing to do. 1: a text was refused, is uncertain, or had no
    weather, each explained when it is first known; or the ledger cannot be used. 2: the settings
    need a fix; all are listed.
    """
    from weather_sms.delivery.tick import tick
    from weather_sms.ledger import LedgerError
    from weather_sms.report.actions import Actions
    from weather_sms.settings import Settings, SettingsError, nothing_set

    actions = Actions.from_env(env)
    all_missing = nothing_set(env)
    if actions and actions.event == "schedule" and all_missing:
        return output.say_not_set_up(actions, as_json)
    try:
        settings = Settings.from_env(env)
    except SettingsError as error:
        return output.say_problems(error, actions, all_missing=all_missing)
    if actions:
        output.say_masks(settings.personal(), err=as_json)
    awaited = sys.stdout.isatty() if actions is None else actions.event == "workflow_dispatch"
    try:
        run = _run(env, actions)
        progress = output.say_progress if sys.stderr.isatty() and actions is None else None
        wait = send_now and awaited
        report = tick(
            settings,
            send_now=send_now,
            dry_run=dry_run,
            run=run,
            await_fate=wait,
            progress=progress,
        )
    except LedgerError as error:
        output.say_failures([str(error)], actions)
        return 1
    return output.say_report(report, actions, as_json)


@program.command()
@click.pass_obj
def stop(env: dict[str, str]) -> int:
    """Cancel every text that is held for later, with Twilio or ntfy.

    Texts after those come as scheduled.

    Exit code 1: a cancellation was not confirmed, so that text may still come; call it again.
    """
    from weather_sms.delivery.tick import stop as cancel
    from weather_sms.ledger import LedgerError
    from weather_sms.report.actions import Actions
    from weather_sms.settings import Settings, SettingsError

    actions = Actions.from_env(env)
    try:
        report = cancel(Settings.from_env(env), run=_run(env, actions))
    except SettingsError as error:
        return output.say_problems(
            error, actions, "nothing was canceled, and what is held still comes"
        )
    except LedgerError as error:
        output.say_failures([str(error)], actions)
        return 1
    return output.say_stopped(report, actions)


@program.command()
@click.argument("place", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def preview(env: dict[str, str], place: str | None, as_json: bool) -> int:
    """Show the text that would be sent now, and send nothing.

    PLACE stands in for WEATHER_PLACE: 94112, SW1A 1AA,GB, Lyon,FR, Portland,ME,US or 45.76,4.83
    (before a southern latitude write -- first). A postal code needs OPENWEATHER_API_KEY. With
    several subscriptions, the first is shown.
    """
    from weather_sms.clock import SystemClock
    from weather_sms.delivery.tick import preview as look
    from weather_sms.forecast import NoForecast
    from weather_sms.report.actions import Actions
    from weather_sms.settings import Settings, SettingsError
    from weather_sms.weather import WeatherError

    actions = Actions.from_env(env)
    private = not actions or actions.private
    try:
        settings = Settings.from_env(env, place=place, sending=False)
    except SettingsError as error:
        return output.say_problems(error, actions, "no text can be shown")
    try:
        found = look(settings)
    except (WeatherError, NoForecast) as error:
        public = getattr(error, "public", str(error))
        output.say_failures([str(error) if private else public], actions)
        return 1
    if actions:
        _count_run(env, actions)
    output.say_preview(found, actions, as_json, now=SystemClock().now())
    return 0


@program.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all findings.")
@click.pass_obj
def doctor(env: dict[str, str], as_json: bool) -> int:
    """Check every setting live, and say how to fix what is wrong. Sends nothing, spends nothing.

    It asks OpenWeather, Twilio, ntfy and, in a workflow, GitHub; what could not be looked at is
    said to be skipped.

    Exit code 0: nothing has to be fixed. 1: something has.
    """
    from weather_sms.doctor import checkup
    from weather_sms.report.actions import Actions
    from weather_sms.settings import Settings

    actions = Actions.from_env(env)
    if actions:
        output.say_masks(Settings.diagnose(env)[0].personal(), err=as_json)
    code, opened = output.say_checks(checkup(env, actions=actions), actions, as_json)
    if actions and opened:
        _count_run(env, actions)
    return code


@program.command()
@click.option(
    "--github",
    is_flag=True,
    help="Store as secrets of a GitHub repository, through GitHub's program gh.",
)
@click.option(
    "--repo",
    metavar="OWNER/NAME",
    help="The repository for --github. Default: the one of this folder.",
)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to store the settings in, without --github. Default: secrets.sh.",
)
@click.pass_obj
def setup(env: dict[str, str], github: bool, repo: str | None, file: Path | None) -> int:
    """Ask for every setting, try each at once, and store them.

    It says where to get what, proposes defaults, and does not show secrets while they are typed.
    All goes to a file that only you can read, or with --github to the secrets of a repository;
    nothing is replaced without asking. Ctrl-C stops, and the next setup goes on with the answers so
    far.

    Exit code 0: stored. 1: stopped before the end, or it could not be stored. 2: no terminal, or gh
    cannot be used.
    """
    from weather_sms.setup import setup as ask

    if repo and not github:
        raise click.UsageError("--repo is for secrets on GitHub: add --github.")
    if file and github:
        raise click.UsageError(
            "--file is for a file on this machine: leave away --github, or --file."
        )
    return ask(env, repository=(repo or "") if github else None, file=file or Path("secrets.sh"))


@program.command()
@click.argument("day", type=click.Choice(SAMPLE_DAYS), default="storm")
def demo(day: str) -> int:
    """The whole job offline: sample weather, a pretend Twilio, no keys.

    It runs the code of `send --now`; only the services at the other end are small ones of our own.
    """
    from weather_sms.delivery.tick import tick
    from weather_sms.ledger.sqlite import SqliteLedger
    from weather_sms.ledger.sqlite_file import IN_MEMORY
    from weather_sms.sandbox import Sandbox
    from weather_sms.sandbox.days import DAYS
    from weather_sms.sandbox.demo import FixedClock
    from weather_sms.settings import Settings
    from weather_sms.text.message import Message

    sample = DAYS[day]
    sandbox = Sandbox(days=(sample,))
    clock = FixedClock(sample.moment)
    sandbox.now = clock.now
    settings = Settings.from_env(sandbox.env)
    ledger = SqliteLedger(IN_MEMORY, clock.now())
    report = tick(settings, clock=clock, transport=sandbox.transport, ledger=ledger, send_now=True)
    click.echo(f"A sample day in {sample.name}. Nothing leaves this machine.\n")
    for message in sandbox.twilio.messages:
        output.show_bubble(Message(message["body"]))
    click.echo("\n" + "\n".join(report.lines(private=False)))
    click.echo(f"\nOther days: {', '.join(name for name in SAMPLE_DAYS if name != day)}.")
    return report.exit_code


program.add_command(cron)
program.add_command(loop)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program. Gives the exit code: 0, 1 or 2 as each command documents."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    with kept(arguments):
        return _main(arguments)


def _main(arguments: Sequence[str]) -> int:
    try:
        code = program.main(args=arguments, prog_name="weather-sms", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.NoSuchOption):
            click.echo(_hint(error.option_name), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        output.say_failures([output.unexpected(error)], _actions())
        return 1


def _hint(option: str) -> str:
    """What was meant by an option that does not exist, if that is plain."""
    if option == "--env-file":
        return "It stands before the command: weather-sms --env-file FILE send.\n"
    if option[1:2].isdecimal():
        return "A place that begins with - goes after --: weather-sms preview -- -33.87,151.21.\n"
    return ""


def _actions() -> Actions | None:
    from weather_sms.report.actions import Actions

    return Actions.from_env(os.environ)


def run() -> None:
    """Run the program as a process, and end without freeing memory that the system takes back."""
    code = main()
    gc.freeze()
    sys.exit(code)


def _run(env: dict[str, str], actions: Actions | None) -> Run | None:
    """The run of the workflow, by the numbers GitHub gives it."""
    from weather_sms.delivery.tick import Run

    number, attempt = env.get("GITHUB_RUN_NUMBER", ""), env.get("GITHUB_RUN_ATTEMPT", "1")
    if actions is None or not (number.isdecimal() and attempt.isdecimal()):
        return None
    return Run(int(number), int(attempt), actions.schedule)


def _count_run(env: dict[str, str], actions: Actions) -> None:
    """A preview is a run too: a gap in their numbers would look like a lost one."""
    from weather_sms.delivery.tick import note_run
    from weather_sms.ledger import LedgerError
    from weather_sms.settings import Settings, SettingsError

    if run := _run(env, actions):
        with contextlib.suppress(SettingsError, LedgerError):
            note_run(Settings.from_env(env), run)


def _read_env_file(path: Path) -> dict[str, str]:
    """Read the settings in a file; a .toml path in it is relative to the file's folder."""
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8") as file:
            found = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"--env-file {path} cannot be read as a text file of KEY=value lines."
        ) from error
    for number in (each.original.line for each in found if each.error):
        click.echo(f"--env-file {path}: line {number} is not KEY=value, and is left out.", err=True)
    values = {
        each.key: each.value for each in found if each.key and each.value and each.value.strip()
    }
    subscriptions = values.get("WEATHER_SUBSCRIPTIONS", "").strip()
    if subscriptions.endswith(".toml") and "\n" not in subscriptions:
        values["WEATHER_SUBSCRIPTIONS"] = str(path.resolve().parent / subscriptions)
    return values
