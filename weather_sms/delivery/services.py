"""The weather and the channels of some settings, behind one client that is opened when needed."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from weather_sms.channels.open import Channels
from weather_sms.weather import Means, open_services, zones
from weather_sms.weather.source import Source, Weather

if TYPE_CHECKING:
    import httpx

    from weather_sms.clock import Clock
    from weather_sms.github_api import GitHubApi
    from weather_sms.place import Query
    from weather_sms.settings import Settings


class Services:
    """`weather` and `channels` ask each thing once."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        transport: httpx.BaseTransport | None,
        weather: Weather | None = None,
    ) -> None:
        self._settings, self._clock, self._transport = settings, clock, transport
        self._stack = ExitStack()
        self.weather = Source(lambda: open_services(self.means()), clock, weather)
        logins = {"twilio": settings.twilio} if settings.twilio else {}
        self.channels = Channels(lambda: self._client, clock, settings.channel_origins, logins)

    def close(self) -> None:
        """Close what was opened, without waiting for what stands beside the weather."""
        self.weather.close()
        self.channels.close()
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

    def load(self, sending: bool) -> None:
        """Import what is slow while answers are on their way: words, polygons, Twilio's SDK."""
        from weather_sms.text import compose  # noqa: F401 imported for later

        zones.timezone(0, 0)
        if sending:
            for each in self._settings.subscriptions:
                self.channels.of(each.to)

    def places_beside(self, number: int) -> set[Query]:
        """All places of the receiver of a subscription (counted from 1)."""
        return {each.place for each in self._settings.beside([number]).values()}

    def github(self, api_url: str, token: str) -> GitHubApi:
        """GitHub's API, for the job's own token."""
        from weather_sms.github_api import GitHubApi

        return GitHubApi(self._client, self._clock, api_url, token)

    @cached_property
    def _client(self) -> httpx.Client:
        from weather_sms.http import open_client

        return self._stack.enter_context(open_client(self._transport))
