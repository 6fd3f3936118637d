"""Segments of every text that can be made, and our count of septets beside an independent one."""

from __future__ import annotations

import sys
import time
from collections import defaultdict

from tests.support.corpus import Text, texts
from tests.support.gsm0338 import encode


def main() -> int:
    """Print the table; 1 if any text takes more than a segment or the counts differ."""
    started = time.perf_counter()
    made = list(texts())
    each_ms = (time.perf_counter() - started) / len(made) * 1000
    groups: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in made:
        groups[text.case.name.split("/")[0], text.units].append(text)
    print(f"{'from':<12}{'units':<10}{'sources':>8}{'texts':>7}{'segments':>10}{'septets, median':>17}{'most':>6}")
    for (kind, units), group in sorted(groups.items()):
        sizes = sorted(text.message.septets for text in group)
        segments = sum(text.message.segments for text in group) / len(group)
        sources = len({text.case.name for text in group})
        print(
            f"{kind:<12}{units:<10}{sources:>8}{len(group):>7}{segments:>10.2f}{sizes[len(sizes) // 2]:>17}{sizes[-1]:>6}"
        )
    longer = [text for text in made if text.message.segments != 1]
    differing = [text for text in made if text.message.septets != len(encode(text.message.text))]
    print(f"longer than one segment: {len(longer)}; counts that differ from the independent encoder: {len(differing)}")
    print(f"from forecast to text: {each_ms:.2f} ms on average")
    return int(bool(longer or differing))


if __name__ == "__main__":
    sys.exit(main())
