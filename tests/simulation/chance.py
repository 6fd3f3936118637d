"""Chance that belongs to a name, so that a seed repeats to the bit, whoever asks first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chance:
    """A number for each name under a seed. A call more or less changes nobody else's."""

    seed: str

    def __call__(self, *name: object) -> float:
        """A number from 0 up to 1."""
        text = "\0".join(map(str, (self.seed, *name)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64

    def between(self, low: float, high: float, *name: object) -> float:
        """A number from low up to high."""
        return low + (high - low) * self(*name)

    def choice(self, options: Sequence[T], *name: object) -> T:
        """One of some options."""
        return options[int(self(*name) * len(options))]
