"""Warnings, air quality and ultraviolet: asked for along with the weather, hardly waited for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from weather_sms.forecast import Alert, Forecast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Senses:
    """Answers that are on their way; None was not asked for."""

    alerts: Future[tuple[Alert, ...] | None]
    air: Future[dict[datetime, int]] | None
    sun: Future[Forecast] | None

    def added_to(self, forecast: Forecast, patience: Callable[[], float]) -> Forecast:
        """Add the answers that come within `patience` seconds; leave out what fails or is late."""
        alerts = _got(self.alerts, patience)
        forecast = replace(forecast, alerts=alerts or (), alerts_known=alerts is not None)
        if air := self.air and _got(self.air, patience):
            forecast = forecast.with_air(air)
        if sun := self.sun and _got(self.sun, patience):
            forecast = forecast.with_sun(sun)
        return forecast


def _got(answer: Future[T], patience: Callable[[], float]) -> T | None:
    try:
        return answer.result(max(0.0, patience()))
    except Exception:  # whatever it is, even a fault of ours: it must not cost anybody the text
        return None
