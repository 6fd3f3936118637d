"""The environment, read from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from platformdirs import user_state_path

from weather_sms.channels.registry import CHANNELS
from weather_sms.channels.twilio import TwilioLogin
from weather_sms.errors import Unreadable
from weather_sms.schedule import Timing, duration
from weather_sms.settings import (
    NAMES,
    OPENWEATHER_KEYS,
    Problem,
    Secret,
    Settings,
    Subscription,
)
from weather_sms.settings.form import Form
from weather_sms.settings.subscriptions import Subscriptions
from weather_sms.settings.twilio_login import twilio
from weather_sms.weather import PREFIXES

SERVER = r"(redis|valkey)s?://[!-~]+"
# Of those that https://redis.readthedocs.io/en/stable/connections.html knows
TLS_OPTIONS = {
    "ssl_cert_reqs",
    "ssl_check_hostname",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_certfile",
    "ssl_keyfile",
}
# In Actions a job ends after 14 minutes, of which the wait may take all but two:
LONGEST_WAIT = {False: timedelta(hours=1), True: timedelta(minutes=12)}
CERTIFICATES = ("none", "optional", "required")


def read(
    env: Mapping[str, str], place: str | None, sending: bool
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings and every problem; the arguments are those of `Settings.from_env`.

    The settings are read as far as they can be.
    """
    form = Form(env)
    reader = Subscriptions(form, place, sending)
    subscriptions = reader.read()
    of_subscriptions, form.problems = form.problems, []
    key = _key(form, reader.need_key)
    form.problems += of_subscriptions
    twilio = _twilio_if_needed(form, reader.channels) if sending else None
    weather_urls = {
        service: form.base_url(f"{prefix}_BASE_URL", "") for service, prefix in PREFIXES.items()
    }
    channel_origins = {
        each.name: form.base_url(each.origin_setting, each.origin)
        for each in CHANNELS
        if each.origin is not None
    }
    timing, ledger_url = _timing(form), _ledger_url(form)
    secret = form.get("WEATHER_SECRET") or (
        twilio.password if twilio else key or _address(subscriptions)
    )
    in_actions = _in_actions(form)
    # In Actions the ledger's folder is cached: what is damaged must not travel with it.
    aside = Path(form.get("RUNNER_TEMP")) if in_actions and form.get("RUNNER_TEMP") else None
    settings = Settings(
        Secret(key),
        twilio,
        subscriptions,
        channel_origins,
        timing,
        ledger_url,
        Secret(secret),
        {service: url for service, url in weather_urls.items() if url},
        _repository(form),
        keeps_places=not in_actions or not ledger_url.startswith("sqlite:"),
        aside=aside,
    )
    return settings, tuple(dict.fromkeys(form.problems))


def _key(form: Form, needed: bool) -> str:
    fix = f"Get a free key at {OPENWEATHER_KEYS}."
    if not form.get("OPENWEATHER_API_KEY") and not needed:
        return ""
    key = form.credential(
        "OPENWEATHER_API_KEY", f"{fix} Only City,Country and coordinates do without one."
    )
    if re.fullmatch(r"(AC|SK|MG)[0-9a-fA-F]{32}", key):
        form.wrong("OPENWEATHER_API_KEY", "looks like an identifier of Twilio's", fix)
    return key


def _twilio_if_needed(form: Form, channels: set[str]) -> TwilioLogin | None:
    """Demand Twilio for phones; else read it if well, to cancel what an earlier phone has held."""
    begun = not channels and any(form.get(name) for name in NAMES if name.startswith("TWILIO_"))
    if begun or "twilio" in channels:
        return twilio(form)
    return form.if_well(lambda: twilio(form))


def _repository(form: Form) -> str:
    written = form.get("GITHUB_REPOSITORY")
    return written if re.fullmatch(r"[\w.-]+/[\w.-]+", written, re.ASCII) else "weather-sms"


def _in_actions(form: Form) -> bool:
    return form.get("GITHUB_ACTIONS") == "true"


def _timing(form: Form) -> Timing:
    default = Timing()
    return Timing(
        look_ahead=_duration(form, "WEATHER_LOOK_AHEAD", default.look_ahead, timedelta(hours=36)),
        grace=_duration(form, "WEATHER_GRACE", default.grace, timedelta(days=1)),
        max_wait=_duration(
            form, "WEATHER_MAX_WAIT", default.max_wait, LONGEST_WAIT[_in_actions(form)]
        ),
        witness_lag=_duration(
            form, "WEATHER_WITNESS_LAG", default.witness_lag, timedelta(hours=12)
        ),
    )


def _duration(form: Form, name: str, default: timedelta, most: timedelta) -> timedelta:
    written = form.get(name)
    try:
        value = duration(written) if written else default
    except (Unreadable, OverflowError):
        form.wrong(name, "is no duration", "Write one such as 12h, 90m or 45s, or remove it.")
        return default
    if value > most:
        form.wrong(
            name, "is too long", f"Write at most {most.total_seconds() / 3600:g}h, or remove it."
        )
    return value


def _ledger_url(form: Form) -> str:
    url = form.get("WEATHER_STATE")
    path = url.removeprefix("sqlite:///")
    if not url:
        return f"sqlite:///{user_state_path('weather-sms', appauthor=False) / 'ledger.db'}"
    if re.match("(redis|valkey)s?://", url):
        form.problems += filter(None, [server_problem("WEATHER_STATE", url)])
    elif not url.startswith("sqlite:///") or not Path(path).is_absolute():
        fix = (
            "Write sqlite:/// and an absolute path, such as sqlite:////home/me/weather.db, or "
            "remove it."
        )
        form.wrong("WEATHER_STATE", "is no place for the ledger", fix)
    return url


def server_problem(name: str, url: str) -> Problem | None:
    """Return the problem with a Redis or Valkey server's address or client library, if any."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        good = (
            parts.hostname
            and parts.port != 0
            and re.fullmatch(r"(/\d*)?", parts.path)
            and not parts.fragment
        )
    except ValueError:
        good, options = False, {}
    known = options.keys() <= TLS_OPTIONS and options.get("ssl_cert_reqs", "none") in CERTIFICATES
    if not (good and known and (not options or parts.scheme.endswith("ss"))) or not re.fullmatch(
        SERVER, url
    ):
        fix = (
            "Write redis://:password@host:6379/0, or rediss:// for TLS. In a password / is %2F "
            "and @ is %40."
        )
        return Problem(name, "is no address of a Redis server", fix)
    if find_spec("redis") is None:
        fix = "In the folder of weather-sms: uv sync --extra celery, or pip install '.[celery]'."
        return Problem(name, "needs the client library of Redis", fix)
    return None


def _address(subscriptions: tuple[Subscription, ...]) -> str:
    """Return the first receiver as a secret: without Twilio only its owner knows the address."""
    return subscriptions[0].to.identity if subscriptions else ""
