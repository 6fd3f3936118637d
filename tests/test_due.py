"""WEATHER_AT as people write it."""

from __future__ import annotations

import pytest

from weather_sms.due import schedule


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("07:00", "0 7 * * *"), ("7:00", "0 7 * * *"), ("7am", "0 7 * * *"), ("7:30 pm", "30 19 * * *"),
        ("12am", "0 0 * * *"), ("12 PM", "0 12 * * *"), ("7 a.m.", "0 7 * * *"), ("23:59", "59 23 * * *"),
        ("0 7 * * 1-5", "0 7 * * 1-5"), (" 0  7 * * mon,wed ", "0 7 * * mon,wed"), ("0 * * * *", "0 * * * *"),
    ],
)  # fmt: skip
def test_a_time_or_a_cron_expression(text: str, expression: str) -> None:
    assert schedule(text) == expression


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("24:00", "is no time"), ("7:60", "is no time"), ("13pm", "is no time"), ("0am", "is no time"), ("7", "is no time"),
        ("soon", "is no time"), ("* * *", "is no time"), ("*/10 * * * *", "more than 24 texts"),
        ("0,30 * * * *", "more than 24 texts"), ("0 7 31 2 *", "is no time|never comes"), ("0 7 * * * *", "is no time|more than"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_fix(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        schedule(text)
