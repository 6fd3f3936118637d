"""Pure: errors that explain themselves, with what is wrong and the fix apart."""

from __future__ import annotations


class Explained(Exception):
    """An error in words for its reader, and what of it may stand in a log that anyone can read.

    `wrong` says what is wrong and `fix` is the next step, each without its final period; `fix` may
    be empty. `public` is `wrong` without anything personal.
    """

    def __init__(self, wrong: str, fix: str = "", *, public: str = "") -> None:
        super().__init__(wrong)
        self.wrong, self.fix, self._public = wrong, fix, public or wrong

    def __str__(self) -> str:
        return _sentences(self.wrong, self.fix)

    @property
    def public(self) -> str:
        """Everything that may be public: what is wrong, and the fix."""
        return _sentences(self._public, self.fix)

    @property
    def public_wrong(self) -> str:
        """The public part of `wrong`."""
        return self._public


class Unreadable(Explained):
    """A setting cannot be read. `wrong` goes on from its name: "is not a time"."""


def _sentences(*parts: str) -> str:
    return ". ".join(filter(None, parts))
