"""The SMS alphabet: what a text costs, and how to write it so that it costs one segment.

Source: 3GPP TS 23.038 (GSM 03.38), sections 6.1.2.1 and 6.2.1.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GREEK = frozenset("ΔΦΓΛΩΠΨΣΘΞ")
EXTENDED = frozenset("^{}\\[]~|€\f")
SEGMENT_SEPTETS = 160
PART_SEPTETS = 153  # a concatenated part gives 7 septets to its header
SEGMENT_UCS2 = 70
PART_UCS2 = 67

Encoding = Literal["GSM-7", "UCS-2"]


def encoding(text: str) -> Encoding:
    """GSM-7 if every character of the text exists there, else UCS-2."""
    return "GSM-7" if BASIC.union(EXTENDED).issuperset(text) else "UCS-2"


def septets(text: str) -> int:
    """Length in 7-bit units of a GSM-7 text, else in 16-bit units (an emoji is two)."""
    if encoding(text) == "UCS-2":
        return len(text.encode("utf-16-be")) // 2
    return sum(2 if char in EXTENDED else 1 for char in text)


def segments(text: str) -> int:
    """Return the number of SMS segments the text is billed as (at least one)."""
    gsm = encoding(text) == "GSM-7"
    whole, part = (SEGMENT_SEPTETS, PART_SEPTETS) if gsm else (SEGMENT_UCS2, PART_UCS2)
    if septets(text) <= whole:
        return 1
    units = [2 if char in EXTENDED or ord(char) > 0xFFFF else 1 for char in text]
    count, used = 1, 0
    for unit in units:  # an escape pair or a surrogate pair is never split between two parts
        if used + unit > part:
            count, used = count + 1, 0
        used += unit
    return count


def transliterate(text: str) -> str:
    """Write a text in GSM-7 letters: the same, else the base letter, else a romanization.

    The alphabet has some Greek capitals; they are kept only in a word that needs no other
    romanization. A word in a script without capitals gets one at its start. Pictographs vanish,
    controls become spaces, runs of spaces become one.
    """
    spaced = "".join(map(_space, unicodedata.normalize("NFC", text)))
    return " ".join(" ".join(map(_word, spaced.split())).split())


def _space(char: str) -> str:
    if unicodedata.category(char).startswith(("C", "Z")):
        return "" if unicodedata.category(char) == "Cf" else " "
    return char


def _word(word: str) -> str:
    kept = [_kept(char) for char in word]
    foreign = None in kept
    plain = ""
    for char, letter in zip(word, kept, strict=True):
        plain += (
            _romanized(char, plain) if letter is None or (foreign and letter in GREEK) else letter
        )
    return plain


def _kept(char: str) -> str | None:
    """Return a character's stand-in, possibly empty, or None if it needs a romanization."""
    if char in BASIC or char in EXTENDED:
        return char
    if char == "`":
        return "'"
    base = unicodedata.normalize("NFKD", char)[0]
    if base in BASIC or base in EXTENDED:
        return base
    return "" if unicodedata.category(char).startswith("S") else None


def _romanized(char: str, before: str) -> str:
    from anyascii import anyascii

    latin = anyascii(char).replace("`", "'")
    if char.title() != char.lower():
        return latin
    within = before[-1:].isalnum() or before.endswith("'")
    return latin.lower() if within else latin.capitalize()
