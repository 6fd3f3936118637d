"""Pure: what the user wrote -> a query for a geocoder.

The `key` of a query is what the ledger's names are made of. A changed one loses every text and
place that is remembered, so its spelling stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from weather_sms.errors import Unreadable

COORDINATES = re.compile(r"([+-]?\d+(?:\.\d*)?)\s*,\s*([+-]?\d+(?:\.\d*)?)")
COUNTRY = re.compile(r"[A-Za-z]{2}")
LONGEST = 100
DEFAULT_COUNTRY = "US"


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees: latitude north, longitude east."""

    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"the coordinates {self.latitude:g},{self.longitude:g}"

    @property
    def key(self) -> str:
        """The stored form."""
        return f"Coordinates(latitude={self.latitude!r}, longitude={self.longitude!r})"

    @property
    def written(self) -> str:
        """What tells it from another place of the same name."""
        return self.name

    @property
    def name(self) -> str:
        """A name for a point that no geocoder can name, such as `45.76N 4.83E`."""
        north, east = "N" if self.latitude >= 0 else "S", "E" if self.longitude >= 0 else "W"
        return f"{abs(self.latitude):g}{north} {abs(self.longitude):g}{east}"


@dataclass(frozen=True, slots=True)
class PostalCode:
    """A postal code as written, with its leading zeros, and its country (ISO 3166 alpha-2)."""

    code: str
    country: str

    def __str__(self) -> str:
        return f"the postal code {self.code} in {self.country}"

    @property
    def key(self) -> str:
        """The stored form."""
        return f"Postcode(code={self.code!r}, country={self.country!r})"

    @property
    def written(self) -> str:
        """What tells it from another place of the same name."""
        return self.code

    def spellings(self) -> tuple[str, ...]:
        """Return what to ask a geocoder for, in order: GB and CA codes also by their first half."""
        compact = self.code.replace(" ", "")
        if self.country not in ("GB", "CA") or len(compact) < 5:
            return (self.code,)
        return self.code, compact[:-3]


@dataclass(frozen=True, slots=True)
class City:
    """A city, optionally with its country, or with its state and country."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        city, *rest = self.parts
        if not rest:
            return f"the city {city}"
        state = f", state {rest[0]}" if len(rest) > 1 else ""
        return f"the city {city}{state}, country {rest[-1]}"

    @property
    def written(self) -> str:
        """What tells it from another place of the same name."""
        return " ".join(self.parts)

    @property
    def key(self) -> str:
        """The stored form."""
        return f"City(parts={self.parts!r})"


Query = Coordinates | PostalCode | City


def parse(text: str) -> Query:
    """Read a WEATHER_PLACE. Raises Unreadable."""
    parts = tuple(" ".join(part.split()) for part in text.split(","))
    if not text.strip() or not all(parts):
        raise Unreadable(
            "has an empty part", "Write a postal code, City,Country or two coordinates"
        )
    if len(text) > LONGEST:
        raise Unreadable(
            f"is longer than {LONGEST} characters", "Write a postal code or City,Country"
        )
    if found := COORDINATES.fullmatch(text.strip()):
        return _coordinates(float(found[1]), float(found[2]))
    if len(parts) > 3:
        raise Unreadable(
            "has more than three parts", "Write City,State,Country such as Portland,ME,US"
        )
    if len(parts) > 1 and not COUNTRY.fullmatch(parts[-1]):
        raise Unreadable(
            "does not end in a two-letter country code", "Write it like Lyon,FR or 94112,US"
        )
    parts = (*parts[:-1], parts[-1].upper()) if len(parts) > 1 else parts
    if len(parts) < 3 and any(char.isdigit() for char in parts[0]):
        return PostalCode(parts[0].upper(), parts[1] if len(parts) == 2 else DEFAULT_COUNTRY)
    return City(parts)


def _coordinates(latitude: float, longitude: float) -> Coordinates:
    if abs(latitude) > 90 and abs(longitude) <= 90:
        raise Unreadable("has a latitude beyond 90", "Write the latitude first, then the longitude")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Unreadable(
            "is off the globe", "Latitude goes from -90 to 90, longitude from -180 to 180"
        )
    return Coordinates(latitude, longitude)
