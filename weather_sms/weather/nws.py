"""The National Weather Service: official warnings in the US and its territories, without a key.

Source: https://www.weather.gov/documentation/services-web-api. It wants a User-Agent with a
contact, and answers points of more than four digits, or with zeros at their end, by a redirect.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import httpx
import msgspec

from weather_sms.forecast import Alert, Provider
from weather_sms.weather import WeatherError, WeatherService
from weather_sms.weather.fetch import QUICK, decoded, identified, quickly

if TYPE_CHECKING:
    from weather_sms.clock import Clock
    from weather_sms.weather import Means

NAME = "the National Weather Service"
ORIGIN = "https://api.weather.gov"
COUNTRIES = frozenset({"US", "PR", "VI", "GU", "MP", "AS", "UM"})
# South, north, west, east. A little of the neighbours lies inside, for whom there are no warnings.
BOXES = (
    (24, 50, -125, -66), (51, 72, -180, -129), (51, 54, 172, 180), (18, 29, -179, -154),
    (17, 19, -68, -64), (13, 21, 144, 147), (-15, -10, -172, -168),
)  # fmt: skip
LONGEST_EVENT = 80
YEARS = range(1970, 2101)  # of times beyond these no local time can be made


class Properties(msgspec.Struct, rename="camel"):
    event: Annotated[str, msgspec.Meta(pattern=r"\S")]
    severity: str | None = None
    status: str | None = None
    message_type: str | None = None
    onset: str | None = None
    effective: str | None = None
    ends: str | None = None
    expires: str | None = None


class Feature(msgspec.Struct):
    properties: Properties


class Features(msgspec.Struct):
    features: list[msgspec.Raw]


FEATURES, FEATURE = msgspec.json.Decoder(Features), msgspec.json.Decoder(Feature)


@dataclass(frozen=True, slots=True)
class Nws(WeatherService):
    """The service, through a client; `repository` is where whoever runs this can be reached."""

    provider = Provider("nws", NAME, "")  # public domain: https://www.weather.gov/disclaimer
    offers = frozenset({"alerts"})
    client: httpx.Client
    base_url: str
    repository: str
    clock: Clock

    @classmethod
    def open(cls, means: Means) -> Nws:
        """Open the service, which needs no key."""
        return cls(means.client, means.origins.get("nws", ORIGIN), means.contact, means.clock)

    def covers(self, latitude: float, longitude: float, country: str) -> bool:
        """Whether a point may lie in the US or its territories."""
        if country:
            return country in COUNTRIES
        return any(s <= latitude <= n and w <= longitude <= e for s, n, w, e in BOXES)

    def alerts(self, latitude: float, longitude: float) -> tuple[Alert, ...]:
        """Return the warnings that are active at a point. Raises WeatherError."""
        params = {"point": f"{_digits(latitude)},{_digits(longitude)}"}
        headers = {**identified(self.repository), "Accept": "application/geo+json"}
        url = f"{self.base_url}/alerts/active"
        response = quickly(self.client, NAME, url, params, self.clock, QUICK, headers)
        return parse(decoded(NAME, response, FEATURES))


def parse(found: Features) -> tuple[Alert, ...]:
    """Return the warnings of the service's answer that can be read.

    Raises WeatherError where none can.
    """
    alerts = []
    for feature in found.features:
        with suppress(ValueError):  # each by itself, so that a broken one does not hide a tornado
            alerts.append(_alert(FEATURE.decode(feature).properties))
    if found.features and not alerts:
        raise WeatherError(f"{NAME}'s warnings could not be read", "Try again later")
    return tuple(alerts)


def _alert(properties: Properties) -> Alert:
    return Alert(
        event=" ".join(properties.event.split())[:LONGEST_EVENT],
        severity=properties.severity or "Unknown",
        status=properties.status or "",
        message_type=properties.message_type or "",
        begins=_instant(properties.onset) or _instant(properties.effective),
        ends=_instant(properties.ends),
        expires=_instant(properties.expires),
    )


def _instant(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and moment.year in YEARS else None


def _digits(degrees: float) -> str:
    return f"{degrees:.4f}".rstrip("0").rstrip(".")
