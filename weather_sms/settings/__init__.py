"""Environment and TOML -> Settings: everything that a tick needs to know, read in one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from weather_sms import place, receiver
from weather_sms.channels.twilio import TwilioLogin
from weather_sms.schedule import Timing

TWILIO_CONSOLE = "https://console.twilio.com"
OPENWEATHER_KEYS = "https://home.openweathermap.org/api_keys"
DEFAULT_AT, DEFAULT_LANGUAGE = "07:00", "en"
UNITS = ("imperial", "metric")
NO_PLACE = place.City(("",))  # stands where no place could be read
NAMES = (
    "OPENWEATHER_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY",
    "TWILIO_API_SECRET", "TWILIO_SENDER_NUMBER", "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_RECEIVER_NUMBER", "WEATHER_TO", "WEATHER_PLACE", "WEATHER_AT", "WEATHER_TIMEZONE",
    "WEATHER_UNITS", "WEATHER_LANGUAGE", "WEATHER_ONLY_IF", "WEATHER_SUBSCRIPTIONS",
    "WEATHER_STATE", "WEATHER_SECRET", "WEATHER_LOOK_AHEAD", "WEATHER_GRACE", "WEATHER_MAX_WAIT",
    "WEATHER_WITNESS_LAG",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a setting, and its fix. `is_missing`: it is not there at all."""

    name: str
    wrong: str
    fix: str
    is_missing: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.wrong}. {self.fix}"


class SettingsError(Exception):
    """The settings cannot be used; `problems` says why, all of it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never shows itself: only `reveal` gives it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself, for the service it belongs to."""
        return self._value

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One receiver's address, one place as written, a schedule (cron), and how the text is written.

    None: as the place has it. `only_if`: conditions, any of which is enough; without one every day
    is good.
    """

    to: receiver.Receiver = field(repr=False)
    place: place.Query = field(repr=False)
    at: str
    timezone: str | None
    units: str | None
    language: str
    only_if: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a tick needs to know; `twilio` is None where nothing is to be sent.

    `channel_origins`: where the service of each channel is, by the channel's name.
    `weather_origins`: by the id of a weather service, the origin that stands in for its hosts.
    `repository`: where on GitHub this runs, as a contact. `keeps_places`: nobody else can read the
    ledger. `aside`: the folder for a damaged ledger; None: beside it.
    """

    openweather_api_key: Secret
    twilio: TwilioLogin | None
    subscriptions: tuple[Subscription, ...]
    channel_origins: Mapping[str, str]
    timing: Timing
    ledger_url: str = field(repr=False)
    ledger_secret: Secret
    weather_origins: Mapping[str, str]
    repository: str
    keeps_places: bool
    aside: Path | None
    _of_receiver: dict[str, list[int]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def personal(self) -> set[str]:
        """Return all that is secret and names people: receivers and sender, in every spelling."""
        receivers = {value for each in self.subscriptions for value in each.to.masked}
        sender = self.twilio.sender if self.twilio else None
        return receivers | (receiver.Phone(sender).masked if sender else set())

    def __post_init__(self) -> None:
        for number, each in enumerate(self.subscriptions, 1):
            self._of_receiver.setdefault(each.to.identity, []).append(number)

    def beside(self, numbers: Collection[int]) -> dict[int, Subscription]:
        """Return the subscriptions (from 1) of the same receivers as `numbers`, or all for none."""
        if not numbers:
            return dict(enumerate(self.subscriptions, 1))
        receivers = {self.subscriptions[number - 1].to.identity for number in numbers}
        return {n: self.subscriptions[n - 1] for who in receivers for n in self._of_receiver[who]}

    @classmethod
    def from_env(
        cls, env: Mapping[str, str], *, place: str | None = None, sending: bool = True
    ) -> Settings:
        """Read the settings; `place` stands in for WEATHER_PLACE.

        Without `sending`, receivers and Twilio's settings are not looked at. Raises SettingsError
        with every problem.
        """
        from weather_sms.settings.reading import read

        settings, problems = read(env, place, sending)
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def diagnose(
        cls, env: Mapping[str, str], *, sending: bool = True
    ) -> tuple[Settings, tuple[Problem, ...]]:
        """Return the settings and every problem; a setting that has one is blank or the default."""
        from weather_sms.settings.reading import read

        return read(env, None, sending)


def nothing_set(env: Mapping[str, str]) -> bool:
    """Whether no setting exists, except the ledger's place, which the workflow itself says."""
    return not any(env.get(name, "").strip() for name in NAMES if name != "WEATHER_STATE")
