"""The words of each language. A language is one file of data here, with the same names as `en.py`.

In a phrase, {names} are filled in, and [what stands in brackets] is left out where one of its values is not
known. Several phrases for one fact go from long to short: the longest that fits is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

LANGUAGES = ("en",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything the message needs of a language."""

    clock_12h: frozenset[str]
    days: tuple[str, ...]
    months: tuple[str, ...]
    heading_12h: str
    heading_24h: str
    noon: str
    midnight: str
    hours_12h: tuple[str, str]
    temperatures: Mapping[str, str]
    hours: Mapping[str, str]
    about: str
    dusting: str
    parts: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    alert_short: Mapping[str, str]


def words(language: str) -> Words:
    """The words of a language in LANGUAGES."""
    module = import_module(f"weather_sms.words.{language}")
    found: Words = module.WORDS
    return found
