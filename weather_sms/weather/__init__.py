"""Weather services: each is one file that fetches and parses, and gives the domain's types."""

from __future__ import annotations


class WeatherError(Exception):
    """A weather service gave nothing usable: a sentence that says why and what to do.

    `public` is the sentence for a log that anyone can read; it differs where the other one names the place.
    """

    def __init__(self, sentence: str, public: str | None = None) -> None:
        super().__init__(sentence)
        self.public = public or sentence


class KeyRefused(WeatherError):
    """The service does not take the key."""
