"""The text that could be sent now, as `preview` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from weather_sms.forecast import Forecast, Place
    from weather_sms.text.style import Style


@dataclass(frozen=True, slots=True)
class Preview:
    """A text that could be sent now; `segments` is None where its channel does not count them.

    `trouble`: why another weather service had to stand in, without anything personal.
    """

    text: str
    segments: int | None
    place: Place
    forecast: Forecast
    style: Style
    zone: ZoneInfo
    trouble: str = ""

    @property
    def source(self) -> str:
        """The service that gave the weather."""
        return self.forecast.source
