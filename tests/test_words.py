"""A language is complete, and can be read by someone who does not read code."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT
from weather_sms.gsm7 import encoding
from weather_sms.words import LANGUAGES, words

BRIEFING = ROOT / "weather_sms" / "briefing"
VALUES = {
    "label", "short", "Label", "Short", "dry", "name", "hours", "most", "part", "time", "from", "exact_time",
    "temperature", "degrees", "difference", "gust", "mean", "amount", "about", "percent", "index", "rest",
}  # fmt: skip


def strings(names: set[str]) -> set[str]:
    """Plain strings that the briefing gives as one of these keyword arguments."""
    found: set[str] = set()
    for path in BRIEFING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in names and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return found - {"None"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_missing(language: str) -> None:
    assert strings({"phrase"}) - words(language).phrases.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_names_english_has(language: str) -> None:
    for table in ("phrases", "labels", "hours", "parts", "temperatures"):
        assert getattr(words(language), table).keys() == getattr(words("en"), table).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_use_only_values_that_exist(language: str) -> None:
    used = {name for ways in words(language).phrases.values() for way in ways for name in re.findall(r"\{(\w+)\}", way)}
    assert used <= VALUES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_gsm7(language: str) -> None:
    assert all(encoding(way) == "GSM-7" for ways in words(language).phrases.values() for way in ways)
    assert all(encoding(way) == "GSM-7" for ways in words(language).labels.values() for way in ways)


def test_no_weather_words_stand_outside_the_words() -> None:
    for name in ("message", "phrases", "style"):
        source = (ROOT / "weather_sms" / f"{name}.py").read_text("utf-8")
        tree = ast.parse(source)
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        }
        literals = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        } - docs
        spoken = ("Rain", "umbrella", "until ", "low ", "Mon", "Jan", "noon")
        assert [
            literal for literal in literals if any(word in literal for word in spoken) and literal not in ("noon",)
        ] == []
