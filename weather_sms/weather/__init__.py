"""Weather services: the protocol that each keeps, their list, and what they raise.

A service is one file of this room and one line of `SERVICES`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Literal

from weather_sms.errors import Explained

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

    import httpx

    from weather_sms.clock import Clock
    from weather_sms.forecast import Alert, Forecast, Place, Provider
    from weather_sms.place import Query

# In the order in which they are asked; imported when weather is first asked for.
SERVICES = (
    "weather_sms.weather.openweather:OpenWeather",
    "weather_sms.weather.open_meteo:OpenMeteo",
    "weather_sms.weather.nws:Nws",
)
# By the id of each service, which is its file's name: how the names of its settings begin.
PREFIXES = {
    file.replace("_", "-"): file.upper()
    for file in (path.split(":")[0].rsplit(".", 1)[1] for path in SERVICES)
}
SIDE_S = 3.0  # how long what is not the weather itself may take, with all its retries
TOO_LATE = f"no answer within {SIDE_S:g} s"
UNREADABLE = "an answer that cannot be read"
PLACE_HELP = (
    "Write WEATHER_PLACE as a postal code with its country (94112,US), as City,Country (Lyon,FR), "
    "City,State,US, or as coordinates (45.76,4.83)"
)

Offer = Literal["locate", "forecast", "alerts", "air", "sun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Everything that services are opened with.

    `keys` and `origins` are by the service's id. An origin stands in for all of its hosts.
    `contact`: where on GitHub this runs.
    """

    client: httpx.Client
    clock: Clock
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: Mapping[str, str] = field(default_factory=dict)
    contact: str = "weather-sms"


class WeatherService:
    """The protocol of a service. `offers` names those of the methods below that it has.

    They take degrees, raise WeatherError, and are called by several threads.
    """

    __slots__ = ()
    provider: ClassVar[Provider]
    offers: ClassVar[frozenset[Offer]]

    @classmethod
    def open(cls, means: Means) -> Self | None:
        """Open the service; None where it cannot be used, as without its key."""
        raise NotImplementedError

    def covers(
        self,
        latitude: float,  # noqa: ARG002 these are for those that do not know the whole world
        longitude: float,  # noqa: ARG002
        country: str,  # noqa: ARG002
    ) -> bool:
        """Whether it may know a point. `country` is ISO 3166 alpha-2, or empty: not yet known."""
        return True

    def locate(self, query: Query) -> Place:
        """Find a place. Raises NoSuchPlace where the service works and knows none."""
        raise NotImplementedError

    def forecast(self, latitude: float, longitude: float) -> Forecast:
        """Return the weather from now on, in order of time."""
        raise NotImplementedError

    def alerts(self, latitude: float, longitude: float) -> tuple[Alert, ...]:
        """Return the official warnings that are in force, within SIDE_S."""
        raise NotImplementedError

    def air(self, latitude: float, longitude: float) -> dict[datetime, int]:
        """Return the air quality by hour, 1 (good) to 5 (very poor), within SIDE_S."""
        raise NotImplementedError

    def sun(self, latitude: float, longitude: float) -> Forecast:
        """Return ultraviolet by hour, and the weather of a week before, within SIDE_S.

        A service that offers this gives it with its forecast too.
        """
        raise NotImplementedError


def service_class(path: str) -> type[WeatherService]:
    """Import a service by its line of the list."""
    module, name = path.split(":")
    found: type[WeatherService] = getattr(import_module(module), name)
    return found


def open_services(means: Means) -> tuple[WeatherService, ...]:
    """Open all services that can be used, in the order of the list."""
    opened = (service_class(path).open(means) for path in SERVICES)
    return tuple(each for each in opened if each is not None)


class WeatherError(Explained):
    """A weather service gave nothing usable. `public` differs where `wrong` names the place."""

    def after(self, first: WeatherError) -> WeatherError:
        """Both, where this happened because of the first."""
        public = f"{first.public}. {self.public_wrong}"
        return WeatherError(f"{first}. {self.wrong}", self.fix, public=public)


class KeyRefused(WeatherError):
    """The service does not take the key."""


class NoAnswer(WeatherError):
    """An answer from beside the weather is missing: `why` names neither the service nor a place.

    `passing`: the next request may succeed.
    """

    def __init__(self, service: str, why: str, *, passing: bool) -> None:
        super().__init__(f"{service} failed ({why})")
        self.why, self.passing = why, passing


class NoSuchPlace(WeatherError):
    """The service works, and knows no such place."""

    def __init__(self, service: str, query: Query, help_: str = PLACE_HELP) -> None:
        unknown = f"{service} knows no such place"
        super().__init__(f"{unknown}: it was understood as {query}", help_, public=unknown)
