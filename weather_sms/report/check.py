"""One finding of the doctor's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, what was found, what to do about it, and where.

    `public_detail` and `public_fix` stand in where anyone can read along; `derived` came out of
    secrets, and is masked there.
    """

    name: str
    status: Status
    detail: str
    fix: str = ""
    link: str = ""
    public_detail: str = ""
    public_fix: str = ""
    derived: frozenset[str] = frozenset()

    def fields(self, *, private: bool) -> dict[str, str]:
        """The object of `doctor --json`."""
        return {
            "name": self.name,
            "status": self.status,
            "detail": self.detail if private else self.public_detail or self.detail,
            "fix": self.fix if private else self.public_fix or self.fix,
            "link": self.link,
        }
