"""The cost of a text, beside an independent count.

That count asks Python's own codecs and the alphabet's table as bytes.
"""

from __future__ import annotations

import pytest

from weather_sms.text import gsm7

# 3GPP TS 23.038 section 6.2.1, row by row; a blank stands for the escape character
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå" "Δ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ" " !\"#¤%&'()*+,-./" "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO" "PQRSTUVWXYZÄÖÑÜ§" "¿abcdefghijklmno" "pqrstuvwxyzäöñüà"
)  # fmt: skip


def test_the_alphabet_is_the_standards_table() -> None:
    assert set(TABLE) - {"\0"} == gsm7.BASIC
    assert len(TABLE) == 128


@pytest.mark.parametrize(
    ("text", "septets"), [("", 0), ("abc", 3), ("[é]", 5), ("5€", 3), ("~^{}\\|", 12)]
)
def test_extension_characters_count_double(text: str, septets: int) -> None:
    assert gsm7.septets(text) == septets
    assert gsm7.encoding(text) == "GSM-7"


@pytest.mark.parametrize("text", ["20°C", "Rīga", "Mrągowo", "☀", "`", "ç", "−5"])
def test_one_stray_character_makes_it_ucs2(text: str) -> None:
    assert gsm7.encoding(text) == "UCS-2"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("[" * 80, 1),
        ("[" * 81, 2), ("é" * 160, 1), ("°" * 70, 1), ("°" * 71, 2), ("°" * 134, 2), ("°" * 135, 3),
        ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_segments_as_they_are_billed(text: str, segments: int) -> None:
    assert gsm7.segments(text) == segments


def test_an_escape_pair_is_never_split_between_two_parts() -> None:
    assert gsm7.segments("a" * 152 + "[" + "a" * 151) == 2
    assert gsm7.segments("a" * 152 + "[" + "a" * 152) == 3


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Rīga", "Riga"), ("Mrągowo", "Mragowo"), ("Łódź", "Lodz"), ("Zürich", "Zürich"),
        ("Saint-Étienne", "Saint-Étienne"), ("São Paulo", "Sao Paulo"), ("Москва", "Moskva"),
        ("東京", "Dongjing"), ("İstanbul", "Istanbul"), ("Rain ☔ 😀 now", "Rain now"),
        ("20°", "20"), ("a\nb\tc\x00d", "a b c d"), ("‮abc", "abc"), ("it`s", "it's"),
        ("Køge Æbelø", "Køge Æbelø"), ("Žalec – Čačak", "Zalec - Cacak"), ("", ""),
    ],
)  # fmt: skip
def test_letters_outside_the_alphabet_are_transliterated(text: str, plain: str) -> None:
    assert gsm7.transliterate(text) == plain
    assert gsm7.encoding(plain) == "GSM-7"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Θεσσαλονίκη", "Thessaloniki"), ("Ώρα Ψαρά", "Ora Psara"), ("ΑΘΗΝΑ", "AThINA"),
        ("ΔΩ", "ΔΩ"), ("北京市", "Beijingshi"), ("서울-특별시", "Seoul-Teugbyeolsi"),
        ("京都 (中山)", "Jingdou (Zhongshan)"), ("กรุงเทพ", "Krungethph"), ("الرياض", "Lryd"),
        ("თბილისი", "Tbilisi"), ("Ростов-на-Дону", "Rostov-na-Donu"),
        ("Москва 東京", "Moskva Dongjing"), ("Borgarfjörður", "Borgarfjördur"), ("ʻEwa", "'Ewa"),
    ],
)  # fmt: skip
def test_a_word_is_romanized_as_a_whole_with_capitals_where_a_reader_expects_them(
    text: str, plain: str
) -> None:
    assert gsm7.transliterate(text) == plain
    assert gsm7.encoding(plain) == "GSM-7"
