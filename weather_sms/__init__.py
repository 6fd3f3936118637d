"""A text with the day's weather, once a day, on time.

The map. Data flows from top to bottom; `delivery/tick.py` tells the story, so start reading there.

    settings/     environment and TOML -> Settings
    schedule      WEATHER_AT -> occurrences
    place         WEATHER_PLACE -> a query for a geocoder; receiver: WEATHER_TO -> whom to reach
    weather/      the services, a file each -> forecast.Forecast. source: asks them in order;
                  extras: warnings, air, ultraviolet; known_places and zones: where places are
    text/         a forecast -> ranked facts (briefing/) -> one text in one SMS segment (message);
                  words/ has a file for each language
    channels/     Twilio, ntfy, Apprise: hand over, hold, cancel, read their logs
    ledger/       remembers what was handed over
    delivery/     tick: the story. occurrences and plan: what is due, and what to do about it.
                  services: opens channels. dispatch: all texts of a tick.
                  hand_over: one text, once: claim, POST, record. follow_up: earlier texts
    report/       outcomes in words; summary and chart: as Markdown; output: where they are said
    doctor/       looks at every setting, and at the world behind it
    setup/        asks for the settings, tries them with the doctor's checks, stores them
    schedulers/   cron, the schedule library, Celery: when to tick, and nothing else
    sandbox/      the services in miniature, for the demo and the tests
    cli           the program; commands/ has a file for each command
    http/, clock  the one client, and the time; github_api: what a job's own token may read;
                  errors: what is wrong, the fix, and what may be public
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weather_sms.delivery.preview import preview
    from weather_sms.delivery.run import Run
    from weather_sms.delivery.tick import tick
    from weather_sms.settings import Settings, SettingsError

__version__ = "0.1.0"
__all__ = ["Run", "Settings", "SettingsError", "preview", "tick"]

WHERE = {"Run": "delivery.run", "preview": "delivery.preview", "tick": "delivery.tick"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for: `--help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"weather_sms.{WHERE.get(name, 'settings')}"), name)
