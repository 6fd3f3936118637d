"""Numbers and times in the reader's units and clock. Everything before this is SI."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from weather_sms.text.words import Words

MPH_PER_MS, KMH_PER_MS, MM_PER_INCH, CM_PER_INCH = 2.2369363, 3.6, 25.4, 2.54
DUSTING_CM = 1.0
# CLDR: measurement system US, and territories that measure temperature in Fahrenheit
FAHRENHEIT = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "LR", "BS", "BZ", "KY", "PW"})


@dataclass(frozen=True, slots=True)
class Style:
    """The reader's units and clock.

    `imperial`: Fahrenheit, inches and miles, else Celsius, millimetres and kilometres. `mph`: wind
    in miles an hour.
    """

    imperial: bool
    mph: bool
    clock_12h: bool
    degree: str = ""

    @property
    def unit(self) -> str:
        """The temperature unit: a letter, where the alphabet has it with a degree sign."""
        return self.degree + ("F" if self.imperial else "C")

    def temperature(self, celsius: float) -> int:
        """A temperature as a whole number in the reader's unit."""
        return rounded(celsius * 9 / 5 + 32 if self.imperial else celsius)

    def difference(self, kelvin: float) -> int:
        """A temperature difference as a whole number in the reader's unit."""
        return rounded(kelvin * 9 / 5 if self.imperial else kelvin)

    def wind(self, speed_ms: float) -> str:
        """A wind speed, to the nearest 5."""
        per_ms, unit = (MPH_PER_MS, "mph") if self.mph else (KMH_PER_MS, "km/h")
        return f"{rounded(speed_ms * per_ms, 5):g}{unit}"

    def rain(self, millimetres: float) -> str:
        """An amount of rain, to 1 mm or 0.1 in."""
        if self.imperial:
            return f"{rounded(millimetres / MM_PER_INCH * 10) / 10:g}in"
        return f"{rounded(millimetres)}mm"

    def snow(self, centimetres: float) -> str:
        """A depth of snow of at least 1 cm, to 1 cm or 0.5 in."""
        if self.imperial:
            return f"{rounded(centimetres / CM_PER_INCH * 2) / 2:g}in"
        return f"{rounded(centimetres)}cm"


def style_for(country: str, units: str | None, words: Words) -> Style:
    """The style for a place: its country's, unless `units` ("imperial" or "metric") says otherwise.

    Great Britain measures wind in miles an hour. The clock follows the country; whoever asks for
    imperial units gets the 12-hour clock that goes with them, in a language that has one.
    """
    imperial = units == "imperial" or (units is None and country in FAHRENHEIT)
    twelve = country in words.clock_12h or country in FAHRENHEIT or units == "imperial"
    return Style(
        imperial=imperial,
        mph=imperial or country == "GB",
        clock_12h=twelve and bool(words.clock_12h),
    )


def rounded(value: float, step: int = 1) -> int:
    """The nearest multiple of `step`, half away from zero, never minus zero."""
    whole = math.floor(round(abs(value) / step, 9) + 0.5) * step
    return -whole if value < 0 else whole


@dataclass(frozen=True, slots=True)
class ClockFace:
    """Times of day in words, for one language and style. All arguments are local times."""

    style: Style
    words: Words

    def alone(self, moment: datetime) -> str:
        """An hour on its own: 2pm, noon, 14:00. Minutes are kept where there are any."""
        if (moment.hour, moment.minute) in ((0, 0), (12, 0)):
            return self.words.noon if moment.hour else self.words.midnight
        return self.exact(moment)

    def said(self, how: str, moment: datetime, **values: str) -> str:
        """A time as one of the language's `hours` puts it, in the hour's form: from 2pm, dall'1."""
        forms, time = self.words.hours, self.alone(moment)
        name = {self.words.noon: "noon", self.words.midnight: "midnight"}.get(
            time, str(self._number(moment))
        )
        return forms.get(f"{how} {name}", forms[how]).format(time=time, **values)

    def exact(self, moment: datetime) -> str:
        """A time with its minutes: 4:54pm, 18:03; a full hour is 5pm, 17:00."""
        if not self.style.clock_12h:
            form = self.words.hours_24h["minutes" if moment.minute else "hour"]
            return form.format(hour=moment.hour, minute=f"{moment.minute:02}")
        minutes = f":{moment.minute:02}" if moment.minute else ""
        return f"{self._number(moment)}{minutes}{self.half(moment)}"

    def half(self, moment: datetime) -> str:
        """The word for the half of the day."""
        return self.words.hours_12h[moment.hour >= 12]

    def range(self, start: datetime, end: datetime) -> str:
        """A range of hours: 4-7pm, 11am-2pm, noon-3pm, 16-22h.

        The hour that autumn repeats goes on to the next.
        """
        if (start.date(), start.hour) == (end.date(), end.hour):
            end += timedelta(hours=1)
        if not self.style.clock_12h:
            return self.words.hours_24h["range"].format(start=start.hour, end=end.hour or 24)
        special = {start.hour, end.hour} & {0, 12}
        if not special and self.half(start) == self.half(end) and start.date() == end.date():
            return f"{self._number(start)}-{self._number(end)}{self.half(end)}"
        return f"{self.alone(start)}-{self.alone(end)}"

    def _number(self, moment: datetime) -> int:
        return moment.hour % 12 or 12 if self.style.clock_12h else moment.hour


def hour_before(moment: datetime) -> datetime:
    """The full hour at or before a local time."""
    return moment.replace(minute=0, second=0, microsecond=0)


def hour_after(moment: datetime) -> datetime:
    """The full hour at or after a local time."""
    floor = hour_before(moment)
    return floor if floor == moment else floor + timedelta(hours=1)
