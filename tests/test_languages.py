"""What holds for the texts in every language: one segment, the same facts, no English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from tests.support import golden
from tests.support.corpus import Text, cases, texts
from tests.support.gsm0338 import encode
from tests.support.texts import IMPERIAL, METRIC, made
from tests.test_words import vocabulary
from weather_sms import Settings, SettingsError
from weather_sms.forecast import Alert
from weather_sms.sandbox import Sandbox
from weather_sms.text.briefing import Briefing, Fact, brief
from weather_sms.text.gsm7 import septets, transliterate
from weather_sms.text.message import compose, heading, place_name
from weather_sms.text.phrases import Phrases
from weather_sms.text.style import ClockFace, style_for
from weather_sms.text.words import LANGUAGES, words

BERLIN = ZoneInfo("Europe/Berlin")
MUST_BE_SAID = 84


@pytest.fixture(scope="module")
def corpus() -> list[Text]:
    return list(texts(cases(), *LANGUAGES))


def start(text: Text) -> str:
    return heading(
        text.case.place,
        text.briefing.occurrence.astimezone(text.case.zone),
        text.style,
        words(text.language),
    )


def phrases(text: Text) -> Phrases:
    return Phrases(text.briefing, text.style, words(text.language).in_gsm7)


def said(fact: Fact, text: Text) -> bool:
    return any(wording in text.message.text for wording in phrases(text).wordings(fact))


def least(fact: Fact, text: Text) -> int:
    """Return the septets of a text with just heading, high and low, and facts up to this one."""
    before = text.briefing.facts[: text.briefing.facts.index(fact) + 1]
    highs = [phrases(text).high_low(period) for period in text.briefing.periods]
    return septets(
        start(text)
        + ". ".join([*highs, *(phrases(text).wordings(each)[-1] for each in before)])
        + "."
    )


def by_weather(corpus: list[Text]) -> Iterator[list[Text]]:
    """The texts in all languages for one delivery in one system of units."""
    for _, group in groupby(corpus, key=lambda text: (text.case.name, text.at, text.units)):
        yield list(group)


def test_every_weather_is_told_in_every_language(corpus: list[Text]) -> None:
    assert all([text.language for text in group] == list(LANGUAGES) for group in by_weather(corpus))
    assert len(corpus) > 1000


def test_one_segment_of_the_sms_alphabet(corpus: list[Text]) -> None:
    for text in corpus:
        assert len(encode(text.message.text)) == text.message.septets <= 160, text.message.text
        assert text.message.segments == 1
        assert "?" not in text.message.text


def test_the_heading_comes_first_then_high_and_low(corpus: list[Text]) -> None:
    for text in corpus:
        assert text.message.text.startswith(start(text))
        for period in text.briefing.periods:
            assert phrases(text).high_low(period) in text.message.text
        assert re.search(r"[\w)°']\.$", text.message.text), text.message.text
        assert not re.search(r"  |\.\.|,\.| [.,]|[{}\[\]]|None", text.message.text), (
            text.message.text
        )


def test_what_matters_is_said_in_every_language_unless_its_shortest_words_do_not_fit(
    corpus: list[Text],
) -> None:
    missing = [
        (fact.phrase, text.language, text.message.text)
        for text in corpus
        for fact in text.briefing.facts
        if fact.importance >= MUST_BE_SAID and not said(fact, text) and least(fact, text) <= 160
    ]
    assert missing == []


def test_every_language_leaves_room_for_what_english_says_that_matters(corpus: list[Text]) -> None:
    """Words that are longer than English ones push out what is nice to know, never what matters."""
    for group in by_weather(corpus):
        english = group[LANGUAGES.index("en")]
        facts = [
            fact
            for fact in english.briefing.facts
            if fact.importance >= MUST_BE_SAID and said(fact, english)
        ]
        assert all(said(fact, text) for text in group for fact in facts)


def test_no_language_says_much_less_than_english(corpus: list[Text]) -> None:
    told = dict.fromkeys(LANGUAGES, 0)
    for text in corpus:
        told[text.language] += sum(said(fact, text) for fact in text.briefing.facts)
    assert min(told.values()) >= 0.98 * told["en"], told


def test_the_last_wording_is_the_shortest_also_when_it_is_filled_in(corpus: list[Text]) -> None:
    for text in corpus:
        for fact in text.briefing.facts:
            wordings = phrases(text).wordings(fact)
            assert septets(wordings[-1]) == min(map(septets, wordings)), wordings


def test_no_english_stands_in_a_text_of_another_language(corpus: list[Text]) -> None:
    english = {
        language: vocabulary("en") - {transliterate(word) for word in vocabulary(language)}
        for language in LANGUAGES
    }
    for text in corpus:
        body = text.message.text.removeprefix(start(text))
        found = {word.lower() for word in re.findall(r"\b[^\W\d_]+\b", body)} & english[
            text.language
        ]
        assert not found, text.message.text


def warned(text: Text) -> Briefing:
    """Brief the same weather with the longest warning names, from 3 to 50 hours ahead."""
    names = ("Extremely Long And Winding Statement Warning", "Severe Thunderstorm Warning")
    alerts = tuple(
        Alert(
            event=name,
            severity="Severe",
            begins=text.at + timedelta(hours=3),
            ends=text.at + timedelta(hours=50),
        )
        for name in names
    )
    return brief(replace(text.case.forecast, alerts=alerts), text.at, text.at, text.case.zone)


def test_the_longest_warning_in_the_longest_place_is_one_segment_too(corpus: list[Text]) -> None:
    place = "City of Westminster and its surroundings"
    for text in corpus[:: 11 * len(LANGUAGES)]:
        for language in LANGUAGES:
            message = compose(warned(text), place, text.style, words(language), with_time=True)
            assert message.segments == 1, message.text
            assert ": EXTREMELY LONG AND WINDING STMT WARNING" in message.text


def test_the_texts_to_read_are_up_to_date() -> None:
    """After a change of words: `python -m tests.support.golden`, and read what changed."""
    assert golden.FILE.read_text("utf-8").splitlines() == list(golden.lines())


def test_the_texts_to_read_are_one_segment_each() -> None:
    for language in LANGUAGES:
        for name, message in golden.texts(language):
            assert message.segments == 1, (language, name)


@pytest.mark.parametrize(
    ("language", "range_", "alone", "from_one", "until_noon", "exact"),
    [
        ("en", "16-19h", "14:00", "from 1:00", "until noon", "18:03"),
        ("de", "16-19 Uhr", "14 Uhr", "ab 1 Uhr", "bis 12 Uhr", "18:03"),
        ("es", "16-19h", "14h", "desde la 1h", "hasta el mediodía", "18:03"),
        ("fr", "16-19h", "14h", "dès 1h", "jusqu'à midi", "18h03"),
        ("it", "ore 16-19", "14", "dall'1", "fino a mezzogiorno", "18:03"),
        ("nl", "16-19u", "14u", "vanaf 1u", "tot 12u", "18:03"),
        ("pt", "16-19h", "14h", "a partir da 1h", "até ao meio-dia", "18h03"),
    ],
)
def test_hours(
    language: str, range_: str, alone: str, from_one: str, until_noon: str, exact: str
) -> None:
    clock, day = ClockFace(METRIC, words(language)), datetime(2026, 7, 14, tzinfo=UTC)
    assert clock.range(day.replace(hour=16), day.replace(hour=19)) == range_
    assert clock.alone(day.replace(hour=14)) == alone
    assert clock.said("from", day.replace(hour=1)) == from_one
    assert clock.said("until", day.replace(hour=12)) == until_noon
    assert clock.exact(day.replace(hour=18, minute=3)) == exact


def test_the_twelve_hour_clock_is_for_languages_that_have_one() -> None:
    assert [style_for("US", None, words(each)).clock_12h for each in ("en", "es", "de", "fr")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [style_for(country, None, words("es")).clock_12h for country in ("ES", "MX", "AR")] == [
        False,
        True,
        True,
    ]
    spanish, day = ClockFace(IMPERIAL, words("es")), datetime(2026, 7, 14, tzinfo=UTC)
    assert spanish.range(day.replace(hour=16), day.replace(hour=19)) == "4-7pm"
    assert spanish.said("from", day.replace(hour=13)) == "desde la 1pm"
    assert spanish.said("until", day.replace(hour=14)) == "hasta las 2pm"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Lyon Mon 23 Nov: "), ("de", "Lyon Mo 23. Nov: "), ("es", "Lyon lun 23 nov: "),
        ("fr", "Lyon lun 23 nov: "), ("it", "Lyon lun 23 nov: "), ("nl", "Lyon ma 23 nov: "),
        ("pt", "Lyon seg 23 nov: "),
    ],
)  # fmt: skip
def test_headings(language: str, expected: str) -> None:
    assert (
        heading("Lyon", datetime(2026, 11, 23, 7, tzinfo=UTC), METRIC, words(language)) == expected
    )
    assert place_name("😀", words(language).weather) == words(language).weather


def test_an_sms_is_in_its_alphabet_and_a_longer_channel_has_every_letter() -> None:
    weather = made("8:12 11:12 14:13/r1/p40/i501 17:12 20:12 23:11", "Berlin", "2026-11-23T07:00")
    at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    told, style = brief(weather, at, at, BERLIN), replace(METRIC, degree="\N{DEGREE SIGN}")
    assert compose(told, "Faro", METRIC, words("pt")).text == (
        "Faro seg 23 nov: 11-13C. Possivel chuva 11-14h (40%). Guarda-chuva por precaucao."
    )
    assert compose(told, "Faro", style, words("pt"), long=True).text == (
        "Faro seg 23 nov: 11-13°C. Possível chuva 11-14h (40%). Guarda-chuva por precaução."
    )
    august = datetime(2026, 8, 22, 7, tzinfo=UTC)
    assert heading("Lyon", august, METRIC, words("fr")) == "Lyon sam 22 aout: "
    assert heading("Lyon", august, METRIC, words("fr"), long=True) == "Lyon sam 22 août: "


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "WINTER STORM WARNING until Wed 1:00"), ("de", "WINTER STORM WARNING bis Mi 1 Uhr"),
        ("es", "WINTER STORM WARNING hasta el mié 1h"),
        ("fr", "WINTER STORM WARNING jusqu'à mer 1h"),
        ("it", "WINTER STORM WARNING fino all'1 di mer"), ("nl", "WINTER STORM WARNING tot wo 1u"),
        ("pt", "WINTER STORM WARNING até à 1h de qua"),
    ],
)  # fmt: skip
def test_a_warning_keeps_its_name_and_gets_the_hours_of_the_language(
    language: str, expected: str
) -> None:
    ends = datetime(2026, 11, 25, 0, tzinfo=UTC)
    alert = Alert(event="Winter Storm Warning", severity="Severe", ends=ends)
    weather = replace(
        made("8:3 11:3 14:3 17:2 20:2", "Berlin", "2026-11-23T07:00"), alerts=(alert,)
    )
    at = ends - timedelta(days=1, hours=18)
    told = brief(weather, at, at, BERLIN)
    assert f": {expected}. " in compose(told, "Berlin", METRIC, words(language)).text


@pytest.mark.parametrize(
    ("language", "noon", "midnight"),
    [
        ("en", "noon to Tue noon", "midnight to Tue midnight"),
        ("de", "von 12 Uhr bis Di 12 Uhr", "von Mitternacht bis Di 24 Uhr"),
        (
            "es",
            "desde el mediodía hasta el mar a mediodía",
            "desde medianoche hasta el mar a medianoche",
        ),
        ("fr", "de midi à mar midi", "de minuit à mar minuit"),
        (
            "it",
            "da mezzogiorno fino a mezzogiorno di mar",
            "da mezzanotte fino a mezzanotte di mar",
        ),
        ("nl", "van 12u tot di 12u", "van middernacht tot di middernacht"),
        (
            "pt",
            "a partir do meio-dia até ao meio-dia de ter",
            "a partir da meia-noite até à meia-noite de ter",
        ),
    ],
)
def test_a_warning_from_noon_to_noon_and_from_midnight_to_midnight(
    language: str, noon: str, midnight: str
) -> None:
    at, style = datetime(2026, 11, 23, 6, tzinfo=UTC), replace(METRIC, degree="\N{DEGREE SIGN}")
    for hour, expected in ((12, noon), (24, midnight)):
        begins = datetime(2026, 11, 23, tzinfo=BERLIN) + timedelta(hours=hour)
        alert = Alert(
            event="Ice Storm Warning",
            severity="Severe",
            begins=begins,
            ends=begins + timedelta(days=1),
        )
        weather = replace(
            made("8:3 11:3 14:3 17:2 20:2", "Berlin", "2026-11-23T07:00"), alerts=(alert,)
        )
        said = compose(
            brief(weather, at, at, BERLIN), "Berlin", style, words(language), long=True
        ).text
        assert f": ICE STORM WARNING {expected}. " in said


@pytest.mark.parametrize("percent", [40, 60, 90])
def test_dutch_ice_begins_with_two_capitals(percent: int) -> None:
    weather = made(f"8:-2 11:-1/r1/p{percent}/i511 14:1 17:2", "Berlin", "2027-01-14T07:00")
    at = datetime(2027, 1, 14, 6, tzinfo=UTC)
    told = brief(weather, at, at, BERLIN)
    (ice,) = (fact for fact in told.facts if fact.topic == "freezing")
    wordings = Phrases(told, METRIC, words("nl")).wordings(ice)
    assert all(re.search(r"IJzel|\bijzel", wording) for wording in wordings), wordings


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subscription_can_have_any_language(language: str) -> None:
    settings = Settings.from_env(Sandbox().env | {"WEATHER_LANGUAGE": language.upper()})
    assert settings.subscriptions[0].language == language


def test_an_unknown_language_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(Sandbox().env | {"WEATHER_LANGUAGE": "sv"})
    assert [problem.fix for problem in caught.value.problems] == [
        "Choose en, de, es, fr, it, nl or pt, or remove it."
    ]  # fmt: skip
