"""The segments of every text in every language, and our septet count beside an independent one."""

from __future__ import annotations

import sys
import timeit
from collections import defaultdict
from collections.abc import Callable, Iterable
from statistics import mean, median

from tests.support.corpus import Text, cases, texts
from tests.support.gsm0338 import encode
from weather_sms.text.briefing import brief
from weather_sms.text.message import compose
from weather_sms.text.phrases import Phrases
from weather_sms.text.words import LANGUAGES, words

TUTORIAL_FACTS = 2  # "Good morning! Today the weather is 58.3 degrees F with broken clouds"
HIGH_AND_LOW = 2


def main() -> int:
    """Print the tables; 1 if any text takes more than a segment or the counts differ."""
    made = list(texts(cases(), *LANGUAGES))
    _by_source(text for text in made if text.language == "en")
    print()
    _by_language(made)
    longer = [text for text in made if text.message.segments != 1]
    differing = [text for text in made if text.message.septets != len(encode(text.message.text))]
    print(
        f"longer than one segment: {len(longer)}; counts that differ from the independent "
        f"encoder: {len(differing)}"
    )
    return int(bool(longer or differing))


def _by_source(made: Iterable[Text]) -> None:
    groups: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for text in made:
        groups[text.case.name.split("/")[0], text.units].append(text)
    print(
        f"{'from':<12}{'units':<10}{'sources':>8}{'texts':>7}{'segments':>10}"
        f"{'septets, median':>17}{'most':>6}"
    )
    for (kind, units), group in sorted(groups.items()):
        sources = len({text.case.name for text in group})
        print(f"{kind:<12}{units:<10}{sources:>8}{len(group):>7}{_sizes(group)}")


def _by_language(made: list[Text]) -> None:
    print(
        f"{'language':<12}{'texts':>7}{'segments':>10}{'septets, median':>17}{'most':>6}"
        f"{'facts said':>12}{'ms, mean':>10}{'ms, slowest':>13}"
    )
    for language in LANGUAGES:
        group = [text for text in made if text.language == language]
        facts = sum(_said(text) for text in group) / len(group)
        each_ms = [_words_ms(text) for text in group]
        print(
            f"{language:<12}{len(group):>7}{_sizes(group)}{facts:>12.2f}{mean(each_ms):>10.2f}"
            f"{max(each_ms):>13.2f}"
        )

    english = [_said(text) + HIGH_AND_LOW for text in made if text.language == "en"]
    print(
        f"facts in an English text: median {median(english):.0f}, most {max(english)}; in the "
        f"tutorial's: {TUTORIAL_FACTS}"
    )
    facts_ms = [_facts_ms(text) for text in made if text.language == "en"]
    print(
        f"the facts of a text take {mean(facts_ms):.2f} ms on average, {max(facts_ms):.2f} ms at "
        "the slowest, its words as above"
    )


def _sizes(group: list[Text]) -> str:
    sizes = [text.message.septets for text in group]
    segments = sum(text.message.segments for text in group) / len(group)
    return f"{segments:>10.2f}{median(sizes):>17.0f}{max(sizes):>6}"


def _said(text: Text) -> int:
    """How many facts the text says, beside high and low."""
    phrases = Phrases(text.briefing, text.style, words(text.language).in_gsm7)
    return sum(
        any(way in text.message.text for way in phrases.wordings(fact))
        for fact in text.briefing.facts
    )


def _facts_ms(text: Text) -> float:
    """From a forecast to its facts."""
    return _best_ms(lambda: brief(text.case.forecast, text.at, text.at, text.case.zone))


def _words_ms(text: Text) -> float:
    """From the facts to a text."""
    return _best_ms(
        lambda: compose(text.briefing, text.case.place, text.style, words(text.language))
    )


def _best_ms(work: Callable[[], object]) -> float:
    """The best of three, so that it is our time and not the machine's."""
    return min(timeit.repeat(work, number=1, repeat=3)) * 1000


if __name__ == "__main__":
    sys.exit(main())
