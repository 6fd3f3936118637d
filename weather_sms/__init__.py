"""A text with the day's weather, once a day, on time.

The map, in the order in which data flows:

    settings      environment and TOML -> Settings; place, due and receiver read what stands in them
    agenda        the occurrences around now, and what due.plan says of each
    job           tick(): the whole story, and the place to start reading
    services      weather and channels, opened when needed; senses: what stands beside the weather; atlas: known places
    weather/      a weather service's answers -> forecast.Forecast
    briefing/     a forecast -> ranked facts
    message       facts -> one text in one SMS segment (phrases, style, gsm7, words/); text: all that for a subscription
    dispatch      all texts of a tick: late ones first, those that wait for their minute last, many at once
    delivery      one text, handed over once: claim, POST, record
    aftercare     the texts of earlier ticks: cancels what nobody wants any more, asks what became of the others
    channels/     Twilio, ntfy, Apprise: hand over, hold, cancel, look into their logs
    ledger/       remembers what was handed over
    report        outcomes -> words; summary and chart: the same as Markdown; output says them where they belong
    doctor/       looks at every setting, and at the world behind it
    wizard/       asks for the settings, tries them with the doctor's checks, stores them
    sandbox/      the services in miniature, for the demo and the tests
    schedulers/   cron, the schedule library, Celery: when to tick, and nothing else
    cli           the commands; log_file: what a tick under cron prints, kept
"""

from weather_sms.job import tick
from weather_sms.settings import Settings, SettingsError

__version__ = "0.1.0"
__all__ = ["Settings", "SettingsError", "tick"]
