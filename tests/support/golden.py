"""The same days in every language, in lines to read aloud.

`python -m tests.support.golden` writes tests/golden/texts.txt. A change of words shows there as a
change of lines, which a person who speaks the language can judge.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from weather_sms.forecast import Alert, Forecast
from weather_sms.sandbox import days
from weather_sms.sandbox.days import SampleDay
from weather_sms.text.briefing import brief
from weather_sms.text.message import Message, compose
from weather_sms.text.style import style_for
from weather_sms.text.words import LANGUAGES, words
from weather_sms.weather.openweather import Item, Steps, parse

FILE = Path(__file__).parents[1] / "golden" / "texts.txt"
HOME = {
    "en": ("Leeds", "GB"),
    "de": ("München", "DE"),
    "es": ("Ávila", "ES"),
    "fr": ("Besançon", "FR"),
    "it": ("Forlì", "IT"),
    "nl": ("Den Haag", "NL"),
    "pt": ("Bragança", "PT"),
}
# Beside the sample days of the package, where they are; these are in a town where the language is
# spoken.
MADE = {
    "frost": ("2026-12-09T07:00",
    "8:-2/w1/c0 11:3/c5 14:8/c10 17:6/c5 20:2/c5 23:0/c5 35:8 38:9 41:7"),
    "deep frost": ("2027-01-11T07:00",
    "8:-14/c80/p10 11:-11/c75/p20 14:-8/c70/p30 17:-10/c75/p20 20:-13 23:-15"),
    "a few flakes": ("2027-01-18T07:00",
    "8:-7/c100/p20 11:-6/c95/p40 14:-5/c100/p40 17:-6/c100/p20 20:-7 23:-8"),
    "fog": ("2026-11-05T07:00", "8:4/v150/c100 11:6/v400/c100 14:9/c90 17:8/c80 20:6/c70 23:5/c60"),
    "wind": ("2027-01-20T07:00", "9:9/r4/g22 12:10/r6/g28 15:8/r2/g26 18:6/g18"),
    "windy, dry": ("2027-03-16T07:00",
    "8:9/g8/c60 11:12/g11/c50 14:14/g16/c50 17:13/g12/c60 20:10/g9 23:9"),
    "evening": ("2026-03-28T18:00", "20:9 26:6/r3 29:6 32:7/r3 35:9/r2 38:11 44:9"),
    "two spells": ("2026-05-12T07:00", "9:11/r2 12:13/r1 15:16/c60 18:15/c60 21:13/r1.5 24:12/r2"),
    "rain, then maybe": ("2026-05-19T07:00",
    "9:11/r2 12:13/c60 15:15/c60 18:14/c60 21:12/r1/p30 24:11"),
    "on and off": ("2026-10-12T07:00", "9:11/r1 12:13/c80 15:14/r4 18:13/c90 21:12/r1 24:11"),
    "maybe rain": ("2026-09-14T07:00",
    "9:15/c60 12:19/c70 15:21/r0.5/p40 18:20/r0.3/p30/c80 21:17 24:15"),
    "likely showers": ("2026-04-14T07:00",
    "9:8/c60 12:11/r1/p60/i521 15:13/r2/p70/i521 18:12/c60 21:9 24:8"),
    "maybe storm": ("2026-08-11T07:00", "9:22 12:27 15:31/f34 18:30/r6/p40/i211 21:25/c60 24:22"),
    "weekend": ("2026-06-12T07:00",
    "9:16/c10 12:21/c5 15:24/c10 18:23 21:19 24:16 33:17 36:22 42:24 48:18 57:18"
                " 60:23 66:25/c60 72:19"),
    "colder tomorrow": ("2026-10-20T07:00",
    "9:12/c20 12:17/c30 15:19/c90 18:17/c100 21:13 24:11 33:7 36:9 42:10 48:6"),
    "black ice": ("2027-01-14T07:00", "7:-3 10:-1/r2/i511 13:1/r3 16:2/r1 19:2 22:1"),
    "freezes later": ("2027-02-02T07:00", "9:4/r1 12:3/s2/r2/i616 15:2/s3 18:0 21:-2 24:-4"),
    "uv": ("2026-07-02T07:00", "9:19/c0 12:25/c5 15:28/c5 18:28/c5 21:23 24:20"),
    "turning colder": ("2026-04-02T07:00",
    "8:13/c30 11:14/c80/p10 14:10/c100/p30 17:7/c100/p30 20:5 23:4"),
    "night hours": ("2026-11-02T18:00", "19:8 22:7 25:6/r1 28:5/r2 31:6 37:11/c40 43:9/c40"),
    "smoke": ("2026-08-20T07:00",
    "9:20/i711/p0 12:27/i711/p0 15:31/i711/p0 18:30/i711/p0 21:25 24:22"),
}  # fmt: skip


def lines() -> Iterator[str]:
    """Language by language, every day's text and its septets."""
    for language in LANGUAGES:
        for name, message in texts(language):
            yield f"{language}  | {message.text} | {message.septets} | {name}"


def texts(language: str) -> Iterator[tuple[str, Message]]:
    """The text of every day in a language, as it leaves at its time."""
    for name, day in days.DAYS.items():
        yield f"sample: {name}", _text(day, _forecast(day, observed=True), language)
    place, country = HOME[language]
    for name, (now, weather) in MADE.items():
        day = SampleDay(place, country, "", 0, 0, "Europe/Berlin", now, weather, "0")
        forecast = _forecast(day)
        if name == "uv":
            forecast = replace(
                forecast, hours=tuple(replace(hour, uv_index=7) for hour in forecast.hours)
            )
            forecast = replace(forecast, yesterday_high_c=21)
        forecast = replace(forecast, dry_week=name in ("on and off", "maybe rain"))
        yield name, _text(day, forecast, language)
    yield "warning", _text(days.DAYS["snow"], _warned(days.DAYS["snow"]), language)


def _warned(day: SampleDay) -> Forecast:
    begins, ends = day.moment + timedelta(hours=3), day.moment + timedelta(hours=23)
    return replace(
        _forecast(day),
        alerts=(Alert(event="Winter Storm Warning", severity="Severe", begins=begins, ends=ends),),
    )


def _forecast(day: SampleDay, observed: bool = False) -> Forecast:
    steps = msgspec.json.decode(json.dumps(days.forecast(day)), type=Steps)
    return parse(
        steps, msgspec.json.decode(json.dumps(days.current(day)), type=Item) if observed else None
    )


def _text(day: SampleDay, forecast: Forecast, language: str) -> Message:
    told = brief(forecast, day.moment, day.moment, ZoneInfo(day.timezone))
    return compose(told, day.name, style_for(day.country, None, words(language)), words(language))


def main() -> int:
    """Write the file."""
    FILE.write_text("\n".join([*lines(), ""]), "utf-8")
    print(
        f"{FILE.name}: {sum(' | ' in line for line in lines())} texts. Read what changed: git "
        f"diff {FILE.name}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
