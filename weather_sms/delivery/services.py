"""The channels, and the weather beside them: opened when first needed, each log asked once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

from weather_sms.receiver import is_apprise, is_ntfy, is_phone, is_sms
from weather_sms.weather import Means, open_services, zones
from weather_sms.weather.source import Source, Weather

if TYPE_CHECKING:
    import httpx

    from weather_sms.channels import Channel, Logged
    from weather_sms.channels.apprise import AppriseChannel
    from weather_sms.channels.ntfy import Ntfy
    from weather_sms.channels.twilio.account import TwilioAccount
    from weather_sms.channels.twilio.channel import Twilio
    from weather_sms.clock import Clock
    from weather_sms.github_api import GitHubApi
    from weather_sms.settings import Settings

REQUESTS_AT_ONCE = 16


class Services:
    """The channels, opened when they are first needed, and the weather. Every log is asked once."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        transport: httpx.BaseTransport | None,
        weather: Weather | None = None,
    ) -> None:
        self._settings, self._clock, self._transport = settings, clock, transport
        self._stack, self._lock = ExitStack(), RLock()
        self._logs: dict[str, Future[list[Logged]]] = {}
        self.weather = Source(lambda: open_services(self.means()), clock, weather)

    def close(self) -> None:
        """Close what was opened, without waiting for what stands beside the weather."""
        self.weather.close()
        self._stack.close()

    def means(self) -> Means:
        """Everything that weather services are opened with."""
        settings = self._settings
        return Means(
            client=self._client,
            clock=self._clock,
            keys={"openweather": settings.openweather_api_key.reveal()},
            origins=settings.weather_origins,
            contact=settings.repository,
        )

    def can_hold(self, receiver: str) -> bool:
        """Whether a receiver's channel can keep a text until its time; known without asking it."""
        twilio = self._settings.twilio
        return is_ntfy(receiver) or bool(
            is_phone(receiver) and twilio and twilio.messaging_service_sid
        )

    def takes_long(self, receiver: str) -> bool:
        """Whether a receiver takes the long form; known without an account or a connection."""
        if is_apprise(receiver):
            from weather_sms.channels.apprise import takes_long

            return takes_long(receiver)
        return not is_sms(receiver)

    def ask_logs(self, since: Mapping[str, datetime]) -> None:
        """Ask for what the channel's log holds for receivers, without waiting for the answers."""
        for receiver, moment in since.items():
            if receiver not in self._logs:
                self._logs[receiver] = self._pool.submit(
                    self.channel(receiver).log, receiver, moment
                )

    def load(self, sending: bool) -> None:
        """Import what is slow while answers are on their way: tzfpy's polygons and Twilio's SDK."""
        zones.timezone(0, 0)
        if sending and any(is_phone(each.to) for each in self._settings.subscriptions):
            self._twilio  # noqa: B018 the import is what it is named for

    def log(self, receiver: str, since: datetime) -> list[Logged]:
        """The channel's log, from any thread. Raises NoLog or Unanswered."""
        asked = self._logs.pop(receiver, None)
        return asked.result() if asked else self.channel(receiver).log(receiver, since)

    def channel(self, receiver: str) -> Channel:
        """The channel that reaches a receiver."""
        with self._lock:
            if is_ntfy(receiver):
                return self._ntfy
            return self._apprise if is_apprise(receiver) else self._twilio

    def account(self) -> TwilioAccount:
        """What Twilio tells of the account itself."""
        return self._twilio.account()

    def github(self, api_url: str, token: str) -> GitHubApi:
        """GitHub's API, for the job's own token."""
        from weather_sms.github_api import GitHubApi

        return GitHubApi(self._client, self._clock, api_url, token)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(REQUESTS_AT_ONCE))

    @cached_property
    def _client(self) -> httpx.Client:
        from weather_sms.http import open_client

        return self._stack.enter_context(open_client(self._transport))

    @cached_property
    def _apprise(self) -> AppriseChannel:
        from weather_sms.channels.apprise import AppriseChannel

        return AppriseChannel()

    @cached_property
    def _ntfy(self) -> Ntfy:
        from weather_sms.channels.ntfy import Ntfy

        return Ntfy(self._client, self._clock, self._settings.ntfy_base_url)

    @cached_property
    def _twilio(self) -> Twilio:
        from weather_sms.channels.twilio.channel import Twilio

        login = self._settings.twilio
        assert login is not None, "settings for sending hold Twilio's"
        return Twilio(
            self._client,
            self._clock,
            self._settings.twilio_base_url,
            account_sid=login.account_sid,
            username=login.username,
            password=login.password.reveal(),
            sender=login.sender,
            messaging_service_sid=login.messaging_service_sid,
        )
