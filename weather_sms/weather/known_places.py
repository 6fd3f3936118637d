"""Places found before, for days without a geocoder, if nobody else can read the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from weather_sms.forecast import Place
from weather_sms.weather.zones import timezone

if TYPE_CHECKING:
    from weather_sms.ledger import KeyedHash, Ledger
    from weather_sms.place import Query


class KnownPlaces:
    """Places by what the user wrote (sealed); name, country and coordinates stand in the clear."""

    def __init__(self, ledger: Ledger, seal: KeyedHash) -> None:
        self._ledger, self._seal = ledger, seal

    def recall(self, query: Query) -> Place | None:
        """The place as it was last found."""
        kept = self._ledger.recall(self._name(query))
        if kept is None:
            return None
        name, country, latitude, longitude = json.loads(kept)
        zone = timezone(latitude, longitude)
        return Place(
            name=name, country=country, latitude=latitude, longitude=longitude, timezone=zone
        )

    def keep(self, query: Query, place: Place) -> None:
        """Remember a place; nothing is written where it is known already."""
        value = json.dumps([place.name, place.country, place.latitude, place.longitude])
        if self._ledger.recall(self._name(query)) != value:
            self._ledger.remember(self._name(query), value)

    def _name(self, query: Query) -> str:
        return f"place:{self._seal('place', query.key)}"
