"""Weather services: each is one file that fetches and parses, and gives the domain's types."""

from __future__ import annotations


class WeatherError(Exception):
    """A weather service gave nothing usable: a sentence that says why and what to do."""
