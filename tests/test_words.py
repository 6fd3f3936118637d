"""A language is complete, and can be read by someone who does not read code."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.conftest import ROOT
from weather_sms.text.gsm7 import encoding
from weather_sms.text.words import LANGUAGES, Words, words

BRIEFING = ROOT / "weather_sms" / "text" / "briefing"
VALUES = {
    "label", "short", "Label", "Short", "dry", "name", "hours", "most", "part", "time", "from",
    "exact_time",
    "temperature", "degrees", "difference", "gust", "mean", "amount", "about", "percent", "index",
    "rest",
}  # fmt: skip

FORMS = {
    "Label": "label",
    "short": "label",
    "Short": "label",
    "from": "start",
    "time": "start",
    "until": "end",
    "about": "amount",
}
MONTHS = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
# Words of both languages; months aside.
SAME_AS_IN_ENGLISH = {
    "de": {"am", "frost", "in", "shirt", "t", "uv"},
    "es": {"a", "am", "no", "pm", "tornado", "uv"},
    "fr": {"air", "shirt", "t", "uv", "week"},
    "it": {"a", "all", "in", "tornado", "uv", "weekend"},
    "nl": {"in", "t", "tornado", "warmer", "week", "weekend", "wind"},
    "pt": {"a", "no", "tornado", "uv"},
}


def strings(names: set[str]) -> set[str]:
    """Plain strings that the briefing gives as one of these keyword arguments."""
    found: set[str] = set()
    for path in BRIEFING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.keyword)
                and node.arg in names
                and isinstance(node.value, ast.Constant)
            ):
                found.add(str(node.value.value))
    return found - {"None"}


def plain(name: str) -> str:
    """Return a phrase's name without the label or hour of a special form: "wet_likely showers"."""
    first, _, rest = name.partition(" ")
    return name if rest == "dry" else first


def entries(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a words file with its path; countries aside."""
    if isinstance(found, str):
        yield path, found
    elif isinstance(found, Mapping):
        for name, each in found.items():
            yield from entries(each, f"{path}.{name}")
    elif isinstance(found, tuple):
        for each in found:
            yield from entries(each, path)


def all_entries(language: str) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(Words):
        yield from entries(getattr(words(language), field.name), field.name)


def names(phrase: str) -> set[str]:
    """The values a phrase asks for; other forms of one value count as that value."""
    return {FORMS.get(name, name) for name in re.findall(r"\{(\w+)\}", phrase)}


def vocabulary(language: str) -> set[str]:
    """Return every word of a language in lower case, without units and American warnings' names."""
    aside = ("alert_short", "hours_24h", "km_h")
    said = " ".join(entry for path, entry in all_entries(language) if not path.startswith(aside))
    return {word.lower() for word in re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", " ", said))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_missing(language: str) -> None:
    assert strings({"phrase"}) - words(language).phrases.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_names_english_has(language: str) -> None:
    for table in ("phrases", "labels", "hours", "hours_24h", "parts", "temperatures"):
        own, english = getattr(words(language), table), getattr(words("en"), table)
        assert english.keys() - own.keys() == set()
        assert {plain(name) for name in own} == english.keys()
    assert (len(words(language).days), len(words(language).months)) == (7, 12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_special_forms_are_for_labels_and_hours_that_exist(language: str) -> None:
    own = words(language)
    special = [name.partition(" ")[2] for name in own.phrases if " " in name]
    assert set(special) <= own.labels.keys()
    hours = [name.partition(" ")[2] for name in own.hours if " " in name]
    assert set(hours) <= {"noon", "midnight", *map(str, range(24))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_use_only_values_that_exist(language: str) -> None:
    used = {
        name
        for ways in words(language).phrases.values()
        for way in ways
        for name in re.findall(r"\{(\w+)\}", way)
    }
    assert used <= VALUES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_phrase_says_what_english_says_and_the_others_no_more(language: str) -> None:
    for name, ways in words(language).phrases.items():
        longest = names(words("en").phrases[plain(name)][0])
        assert names(ways[0]) | ({"label"} & longest if " " in name else set()) == longest, name
        assert all(
            names(way) <= longest | names(words("en").phrases[plain(name)][-1]) for way in ways
        ), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_clock_and_numbers_use_what_english_uses(language: str) -> None:
    own, english = words(language), words("en")
    for table in ("hours", "hours_24h", "temperatures"):
        for name, phrase in getattr(own, table).items():
            needed = names(getattr(english, table)[plain(name)])
            assert names(phrase) <= needed if " " in name else names(phrase) == needed, name
    assert names(own.about) == {"amount"}
    assert names(own.heading_24h) == {"place", "day", "date", "month"}
    if own.clock_12h:
        assert names(own.heading_12h) == names(own.heading_24h)
        assert all(own.hours_12h)


@pytest.mark.parametrize("language", LANGUAGES)
def test_brackets_close_and_hold_a_value(language: str) -> None:
    for path, entry in all_entries(language):
        outside = re.sub(r"\[[^][{}]*\{\w+\}[^][]*\]", "", entry)
        assert not re.search(r"[][]", outside), (path, entry)
        assert not re.search(r"[{}]", re.sub(r"\{\w+\}", "", entry)), (path, entry)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_phrase_is_the_shortest(language: str) -> None:
    for name, ways in words(language).phrases.items():
        lengths = [len(re.sub(r"\{\w+\}", "", re.sub(r"\[[^]]*\]", "", way))) for way in ways]
        assert lengths[-1] == min(lengths), name
        assert len(set(ways)) == len(ways), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_gsm7_once_it_is_spelled_for_an_sms(language: str) -> None:
    spelled = words(language).in_gsm7
    for field in dataclasses.fields(Words):
        for path, entry in entries(getattr(spelled, field.name), field.name):
            assert encoding(entry) == "GSM-7", (path, entry)
            assert "?" not in entry, (path, entry)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_begins_or_ends_with_a_space_or_a_full_stop(language: str) -> None:
    for path, entry in all_entries(language):
        assert entry == entry.strip(" .") or path == "decimal", (path, entry)


@pytest.mark.parametrize("language", sorted(SAME_AS_IN_ENGLISH))
def test_no_english_is_left(language: str) -> None:
    assert vocabulary(language) & vocabulary("en") - MONTHS == SAME_AS_IN_ENGLISH[language]


def test_every_language_is_compared_with_english() -> None:
    assert SAME_AS_IN_ENGLISH.keys() == set(LANGUAGES) - {"en"}


def test_no_weather_words_stand_outside_the_words() -> None:
    for name in ("message", "phrases", "style"):
        source = (ROOT / "weather_sms" / "text" / f"{name}.py").read_text("utf-8")
        tree = ast.parse(source)
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        }
        literals = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        } - docs
        spoken = ("Rain", "umbrella", "until ", "low ", "Mon", "Jan", "noon")
        assert [
            literal
            for literal in literals
            if any(word in literal for word in spoken) and literal not in ("noon",)
        ] == []
