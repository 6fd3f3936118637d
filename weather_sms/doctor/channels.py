"""Look at every channel that a receiver is on, and name those that cannot be tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from weather_sms.channels.registry import CHANNELS
from weather_sms.doctor import running, twilio
from weather_sms.receiver import NOBODY, NtfyTopic, Receiver
from weather_sms.report.check import Check

if TYPE_CHECKING:
    from weather_sms.channels.open import Channels
    from weather_sms.channels.twilio.account import TwilioAccount
    from weather_sms.channels.twilio.channel import Twilio
    from weather_sms.settings import Settings

MOST_TOPICS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A channel's receivers, and what is known without asking. `wrong`: settings to be mended."""

    receivers: Sequence[Receiver]
    settings: Settings
    wrong: set[str]
    channels: Channels


class Look(Protocol):
    """The doctor's way to look at a channel without sending."""

    def __call__(self, case: Case, /) -> Iterator[Check]:
        """Yield what was found."""
        ...


def checks(settings: Settings, wrong: set[str], channels: Channels) -> Iterator[Check]:
    """Look at each channel that has a receiver; without any receiver at Twilio's settings."""
    written = dict.fromkeys(each.to for each in settings.subscriptions if each.to != NOBODY)
    for channel in CHANNELS:
        mine = [each for each in written if each.channel == channel.name]
        if mine or (channel.name == "twilio" and settings.twilio and not written):
            yield from LOOKS.get(channel.name, _no_look)(Case(mine, settings, wrong, channels))


def _no_look(case: Case) -> Iterator[Check]:
    name = case.receivers[0].channel
    yield Check(name, "skipped", "It cannot be tried without sending", fix="Send one text now.")


def _twilio(case: Case) -> Iterator[Check]:
    login = case.settings.twilio
    if login is None:
        return
    if any(name.startswith("TWILIO_") and name != "TWILIO_RECEIVER_NUMBER" for name in case.wrong):
        yield Check(
            "twilio credentials",
            "skipped",
            "They cannot be tried before Twilio's settings are mended",
        )
        return
    yield from twilio.checks(account(case.channels), login, case.receivers)


def account(channels: Channels) -> TwilioAccount:
    """Return the account at Twilio, to be looked at."""
    return cast("Twilio", channels.named("twilio")).account()


def _ntfy(case: Case) -> Iterator[Check]:
    topics = [each for each in case.receivers if isinstance(each, NtfyTopic)]
    for topic in topics[:MOST_TOPICS]:
        yield running.ntfy(topic, case.channels)
    if len(topics) > MOST_TOPICS:
        yield Check(
            "ntfy", "skipped", f"Only the first {MOST_TOPICS} of {len(topics)} topics were tried"
        )


LOOKS: Mapping[str, Look] = {"twilio": _twilio, "ntfy": _ntfy}
