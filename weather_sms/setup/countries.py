"""Countries as people write them, by ISO 3166 (the list that comes with tzdata)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

ALSO = {
    "UK": "GB", "UNITED KINGDOM": "GB", "GREAT BRITAIN": "GB", "ENGLAND": "GB", "SCOTLAND": "GB",
    "WALES": "GB", "USA": "US", "AMERICA": "US", "CZECHIA": "CZ", "HOLLAND": "NL",
    "SOUTH KOREA": "KR",
}  # fmt: skip
# Where a number begins with +1 and American rules for senders apply: receiver.is_north_american
REGISTERED_SENDERS_ONLY = frozenset({"US", "CA", "PR", "GU", "VI", "AS", "MP"})


def find(text: str) -> tuple[str, str] | None:
    """Return a country's code (alpha-2) and name, found by code, name, or the name's beginning."""
    written, names = " ".join(text.upper().split()), _names()
    code = written if written in names else ALSO.get(written, "")
    if not code and len(written) > 2:
        found = [each for each, name in names.items() if name.upper() == written] or [
            each for each, name in names.items() if name.upper().startswith(written)
        ]
        code = found[0] if len(found) == 1 else ""
    return (code, names[code]) if code else None


@cache
def _names() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    lines = [line.partition("\t") for line in table.splitlines() if not line.startswith("#")]
    return {code: name for code, _, name in lines}
