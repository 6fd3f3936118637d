"""Pure: the small facts that a ledger keeps by name, and whether a value can be one of them."""

from __future__ import annotations

import json
import re
from datetime import datetime

from weather_sms.ledger.row import Senseless

RUNS = re.compile(r"(\d{1,10}:\d{1,4}( \d{1,10}:\d{1,4})*)?")
# By kind, which is what stands before the colon of a name:
MOMENTS = ("schedule", "ticked", "held_back_until", "doubt", "checked", "lost")
NUMBERS = ("run", "segments")


def check(name: object, value: object) -> None:
    """Raise Senseless for a fact that could not be read; one of an unknown kind is no concern."""
    if not isinstance(name, str) or not isinstance(value, str):
        raise Senseless
    kind = name.partition(":")[0]
    try:
        if kind in MOMENTS:
            good = datetime.fromisoformat(value).tzinfo is not None
        elif kind in NUMBERS:
            good = int(value) >= 0
        elif kind == "runs":
            good = RUNS.fullmatch(value) is not None
        else:
            good = kind != "place" or _is_place(json.loads(value))
    except ValueError:
        raise Senseless from None
    if not good:
        raise Senseless


def _is_place(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 4:
        return False
    name, country, latitude, longitude = value
    numbers = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    return (
        isinstance(name, str)
        and isinstance(country, str)
        and numbers
        and abs(latitude) <= 90
        and abs(longitude) <= 180
    )
