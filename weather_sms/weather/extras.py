"""Warnings, air quality and ultraviolet: asked for along with the weather, hardly waited for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from weather_sms.forecast import Alert, Forecast, Gap, Topic
from weather_sms.weather import TOO_LATE, UNREADABLE, NoAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """An answer that is on its way, and the service it comes from."""

    service: str
    answer: Future[T]

    def within(self, seconds: float, topic: Topic) -> T | Gap:
        """Return the answer, or why there is none."""
        try:
            return self.answer.result(max(0.0, seconds))
        except NoAnswer as error:
            why, passing = error.why, error.passing
        except TimeoutError:
            why, passing = TOO_LATE, True
        except Exception:  # whatever it is, even a fault of ours: it must not cost anybody the text
            why, passing = UNREADABLE, True
        return Gap(topic=topic, service=self.service, why=why, passing=passing)


@dataclass(frozen=True, slots=True)
class Senses:
    """Answers that are on their way; None was not asked for."""

    alerts: Asked[tuple[Alert, ...] | None]
    air: Asked[dict[datetime, int]] | None
    sun: Asked[Forecast] | None

    def added_to(self, forecast: Forecast, patience: Callable[[], float]) -> Forecast:
        """Add the answers that come within `patience` seconds, and note which do not."""
        alerts = self.alerts.within(patience(), "alerts")
        air = self.air and self.air.within(patience(), "air")
        sun = self.sun and self.sun.within(patience(), "sun")
        if isinstance(alerts, tuple):
            forecast = replace(forecast, alerts=alerts, alerts_known=True)
        if isinstance(air, dict):
            forecast = forecast.with_air(air)
        if isinstance(sun, Forecast):
            forecast = forecast.with_sun(sun)
        gaps = tuple(each for each in (alerts, air, sun) if isinstance(each, Gap))
        return replace(forecast, gaps=gaps)
