"""The made-up answers of tests/payloads: what they are for, and that every one is explained."""

from __future__ import annotations

import re
from typing import get_args

from tests.support import payloads
from tests.support.corpus import cases, texts
from weather_sms.text.briefing.advice import CLOTHES, RULES
from weather_sms.text.briefing.fact import Fact, Topic
from weather_sms.text.words import words


def test_every_kind_of_fact_comes_up_in_their_texts() -> None:
    facts: set[Fact] = {fact for text in texts(cases()) for fact in text.briefing.facts}
    assert {fact.topic for fact in facts} == set(get_args(Topic)) - {"alert"}
    labels = {label for label in words("en").labels if not label.endswith(" dry")}
    assert {fact.label for fact in facts} - {None} == labels
    advice = {phrase for _, phrase, _ in RULES} | {phrase for phrase, _ in CLOTHES}
    assert {fact.phrase for fact in facts if fact.topic == "advice"} == advice


def test_the_index_names_every_answer_and_no_other() -> None:
    index = (payloads.FOLDER / "README.md").read_text("utf-8")
    answers = {
        path.relative_to(payloads.FOLDER).with_suffix("").as_posix()
        for path in payloads.FOLDER.glob("*/*.json")
    }
    assert set(re.findall(r"^\| `([^`]+)` ", index, re.MULTILINE)) == answers
