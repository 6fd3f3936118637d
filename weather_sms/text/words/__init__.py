"""The words of each language. A language is one file of data here, with the same names as `en.py`.

For translators:

- {names} are filled in; leave out what the language does not need, but invent none.
- [What stands in brackets] is left out where one of its values is not known.
- Several phrases for one fact go from long to short: the longest that fits is sent, so the last
says only the fact.
- Labels are written as in the middle of a sentence: {label}, and {short} for the last of them.
{Label} and {Short} are
  the same with a capital.
- Where one label needs another form, a phrase with the label's name behind its own goes before the
general one:
  "wet_likely showers". In `hours` the same is done for an hour, in figures, or noon or midnight:
  "from 1".
- Write the language's own letters. Where the SMS alphabet has none, an SMS gets the next best: ç is
sent as c, ã as a;
  ä, ñ, à, è, ì, ò, ù and é exist.
- An SMS holds 160 letters, so each one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib import import_module
from typing import Any

from weather_sms.text import gsm7

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pt")


@dataclass(frozen=True, kw_only=True)
class Words:
    """Everything the message needs of a language.

    A language with no country in `clock_12h` never uses the 12-hour clock, and needs neither
    `heading_12h` nor `hours_12h`.
    """

    weather: str
    clock_12h: frozenset[str]
    days: tuple[str, ...]
    months: tuple[str, ...]
    heading_12h: str = ""
    heading_24h: str
    noon: str
    midnight: str
    hours_12h: tuple[str, str] = ("", "")
    hours_24h: Mapping[str, str]
    decimal: str
    km_h: str
    temperatures: Mapping[str, str]
    hours: Mapping[str, str]
    about: str
    dusting: str
    parts: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    alert_short: Mapping[str, str]

    @cached_property
    def in_gsm7(self) -> Words:
        """The same words in the letters of the SMS alphabet."""
        return replace(
            self, **{field.name: _in_gsm7(getattr(self, field.name)) for field in fields(self)}
        )


def words(language: str) -> Words:
    """The words of a language in LANGUAGES."""
    module = import_module(f"weather_sms.text.words.{language}")
    found: Words = module.WORDS
    return found


def _in_gsm7(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _in_gsm7(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(_in_gsm7(each) for each in value)
    return gsm7.transliterate(value) if isinstance(value, str) else value
