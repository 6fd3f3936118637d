"""Weather services: each is one file that fetches and parses, and gives the domain's types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weather_sms.errors import Explained

if TYPE_CHECKING:
    from weather_sms.place import Query

SIDE_S = 3.0  # how long what is not the weather itself may take, with all its retries
TOO_LATE = f"no answer within {SIDE_S:g} s"
UNREADABLE = "an answer that cannot be read"
PLACE_HELP = (
    "Write WEATHER_PLACE as a postal code with its country (94112,US), as City,Country (Lyon,FR), "
    "City,State,US, or "
    "as coordinates (45.76,4.83)"
)


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
