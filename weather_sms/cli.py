"""The program: its options, its commands by name, and what becomes of whatever goes wrong."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from weather_sms import __version__
from weather_sms.report import output
from weather_sms.report.actions import Actions
from weather_sms.report.log_file import kept
from weather_sms.report.outcome import unexpected

COMMANDS = {
    "send": "Hand over every text that is due, once.",
    "stop": "Cancel every text that is held for later, with Twilio or ntfy.",
    "preview": "Show the text that would be sent now, and send nothing.",
    "doctor": "Check every setting live, and say how to fix what is wrong.",
    "setup": "Ask for every setting, try each at once, and store them.",
    "demo": "The whole job offline: sample weather, a pretend Twilio, no keys.",
    "cron": "Let cron look every few minutes whether a text is due.",
    "run": "Stay here and hand over every text that is due, until Ctrl-C.",
}


class Commands(click.Group):
    """A group that imports a command when it is used; --help needs only the table."""

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 they never differ
        cmd_name: str,
    ) -> click.Command | None:
        """Import the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"weather_sms.commands.{cmd_name}"), cmd_name
        )
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 they never differ
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the table."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(
    cls=Commands,
    commands={name: click.Command(name) for name in COMMANDS},  # their names, for suggestions
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
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
        output.say_failures([unexpected(error)], Actions.from_env(os.environ))
        return 1


def _hint(option: str) -> str:
    """Return a hint for an option that does not exist; empty if none is known."""
    if option == "--env-file":
        return "It stands before the command: weather-sms --env-file FILE send.\n"
    if option[1:2].isdecimal():
        return "A place that begins with - goes after --: weather-sms preview -- -33.87,151.21.\n"
    return ""


def run() -> None:
    """Run the program as a process, and end without freeing memory that the system takes back."""
    code = main()
    gc.freeze()
    sys.exit(code)


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
