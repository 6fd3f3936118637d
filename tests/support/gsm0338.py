"""An independent encoder of the SMS alphabet, from the standard's code table.

The table is in 3GPP TS 23.038, 6.2.1 and 6.2.1.1.
"""

from __future__ import annotations

ROWS = (
    "@Δ 0¡P¿p", "£_!1AQaq", "$Φ\"2BRbr", "¥Γ#3CScs", "èΛ¤4DTdt", "éΩ%5EUeu", "ùΠ&6FVfv", "ìΨ'7GWgw",
    "òΣ(8HXhx", "ÇΘ)9IYiy", "\nΞ*:JZjz", "Ø\x1b+;KÄkä", "øÆ,<LÖlö", "\ræ-=MÑmñ", "Åß.>NÜnü",
    "åÉ/?O§oà",
)  # fmt: skip
BASIC = {
    char: column * 16 + row for row, chars in enumerate(ROWS) for column, char in enumerate(chars)
}
EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}


def encode(text: str) -> list[int]:
    """The text as septets. Raises KeyError for a character that the alphabet does not have."""
    septets: list[int] = []
    for char in text:
        septets += [0x1B, EXTENSION[char]] if char in EXTENSION else [BASIC[char]]
    return septets
