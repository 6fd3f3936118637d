"""GitHub Actions: who can read the log, and saying things where GitHub shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MOST_ANNOTATIONS = 10  # GitHub shows no more for a step
SHORTEST_MASK = 4  # masking shorter values would blot out ordinary words
HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Actions:
    """One run of a workflow. `private`: only the owner and collaborators can read its log."""

    event: str
    private: bool
    summary_file: Path | None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Actions | None:
        """The run this process belongs to, or None outside Actions. Without an event payload it is public."""
        if env.get("GITHUB_ACTIONS") != "true":
            return None
        summary = env.get("GITHUB_STEP_SUMMARY", "")
        return cls(
            event=env.get("GITHUB_EVENT_NAME", ""),
            private=_is_private(env.get("GITHUB_EVENT_PATH", "")),
            summary_file=Path(summary) if summary else None,
        )

    def summarize(self, markdown: str) -> None:
        """Add to the job summary. Without one, nothing happens."""
        if self.summary_file:
            with self.summary_file.open("a", encoding="utf-8") as file:
                file.write(markdown.rstrip() + "\n")


def masks(values: Iterable[str]) -> list[str]:
    """Commands that keep values out of the log from here on."""
    return [f"::add-mask::{_data(value)}" for value in sorted(set(values)) if len(value) >= SHORTEST_MASK]


def annotated(problems: Iterable[str], level: str = "error") -> list[str]:
    """Commands that show sentences on the run's page, as many as GitHub shows."""
    return [f"::{level} title=weather-sms::{_data(problem)}" for problem in problems][:MOST_ANNOTATIONS]


def plain(line: str) -> str:
    """A line of output that cannot be taken for a workflow command (`::name::` or `##[name]`)."""
    return line.replace("::", ": :").replace("##[", "## [")


def markdown(text: str) -> str:
    """Text as it is, in Markdown: without markup, HTML, or a new line."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~@])", r"\\\1", " ".join(text.split()).translate(HTML))


def _is_private(payload: str) -> bool:
    try:
        event = json.loads(Path(payload).read_text("utf-8"))
        return event["repository"]["private"] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
