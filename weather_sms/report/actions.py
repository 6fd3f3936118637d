"""GitHub Actions: who can read the log, and saying things where GitHub shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from weather_sms.settings.form import is_safe_origin

# After so many days without activity GitHub stops the schedules of a public repository.
IDLE_DAYS = 60
IDLE_WARNED_DAYS = IDLE_DAYS - 7
MOST_SUMMARY_BYTES = 500_000  # GitHub takes 1 MiB for a step, and nothing of a longer one
MOST_ANNOTATIONS = 10  # GitHub shows no more for a step
SHORTEST_MASK = 4  # masking shorter values would blot out ordinary words
URL = re.compile(r"(https://[\w./-]+[\w/])")
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@])")
HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Actions:
    """One run of a workflow. `private`: only the owner and collaborators can read its log.

    `schedule` is the cron line that started it; `pushed`: when the repository last changed, if the
    event says so.
    """

    event: str
    private: bool
    summary_file: Path | None
    repository: str = ""
    workflow_file: str = "weather.yml"
    server_url: str = "https://github.com"
    api_url: str = ""
    token: str = field(default="", repr=False)
    schedule: str = ""
    pushed: datetime | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Actions | None:
        """Return the run this process belongs to, or None outside Actions.

        Without an event payload it counts as public.
        """
        if env.get("GITHUB_ACTIONS") != "true":
            return None
        summary = env.get("GITHUB_STEP_SUMMARY", "")
        payload = _payload(env.get("GITHUB_EVENT_PATH", ""))
        repository = payload.get("repository")
        repository = repository if isinstance(repository, dict) else {}
        workflow = env.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
        return cls(
            event=env.get("GITHUB_EVENT_NAME", ""),
            private=repository.get("private") is True,
            summary_file=Path(summary) if summary else None,
            repository=env.get("GITHUB_REPOSITORY", ""),
            workflow_file=workflow or "weather.yml",
            server_url=env.get("GITHUB_SERVER_URL", "") or "https://github.com",
            api_url=env.get("GITHUB_API_URL", ""),
            token=env.get("GITHUB_TOKEN", ""),
            schedule=str(payload.get("schedule") or ""),
            pushed=_moment(repository.get("pushed_at")),
        )

    @property
    def may_ask(self) -> bool:
        """Whether there is a token, and an API that it may be shown to."""
        return bool(self.token) and is_safe_origin(self.api_url.removesuffix("/api/v3"))

    @property
    def workflow_page(self) -> str:
        """The page on which the workflow is switched on and its runs are listed."""
        return f"{self.server_url}/{self.repository}/actions/workflows/{self.workflow_file}"

    def secret_page(self, setting: str, *, missing: bool) -> str:
        """Return the page on which a secret is added or changed."""
        name, *inside = re.split(r"[\s,]", setting)
        name = "new" if missing and not inside else name
        return f"{self.server_url}/{self.repository}/settings/secrets/actions/{name}"

    def stops_on(self, now: datetime) -> datetime | None:
        """Return when GitHub stops a public repository's schedule, if that is within a week."""
        if self.private or self.pushed is None:
            return None
        stops = self.pushed + timedelta(days=IDLE_DAYS)
        return stops if now < stops <= now + timedelta(days=IDLE_DAYS - IDLE_WARNED_DAYS) else None

    def summarize(self, markdown: str) -> None:
        """Add a page to the job summary, if there is one, cut to the length that GitHub takes."""
        page = markdown.rstrip()
        if len(page.encode()) > MOST_SUMMARY_BYTES:
            page = (
                page.encode()[:MOST_SUMMARY_BYTES].decode(errors="ignore").rpartition("\n")[0]
                + "\n\nand more."
            )
        # The text is out by now; a page that cannot be written is no failure of it.
        with suppress(OSError):
            if self.summary_file:
                with self.summary_file.open("a", encoding="utf-8") as file:
                    file.write(page + "\n")


def masks(values: Iterable[str]) -> list[str]:
    """Commands that keep values out of the log from here on."""
    spellings = {spelling for value in values for spelling in (value, markdown(value))}
    return [
        f"::add-mask::{_data(value)}" for value in sorted(spellings) if len(value) >= SHORTEST_MASK
    ]


def annotated(problems: Iterable[str], level: str = "error") -> list[str]:
    """Commands that show sentences on the run's page, as many as GitHub shows."""
    shown = list(problems)
    if len(shown) > MOST_ANNOTATIONS:
        rest = len(shown) - MOST_ANNOTATIONS + 1
        shown = [*shown[: MOST_ANNOTATIONS - 1], f"and {rest} more: the run's summary lists them"]
    return [f"::{level} title=weather-sms::{_data(problem)}" for problem in shown]


def plain(line: str) -> str:
    """A line of output that cannot be taken for a workflow command (`::name::` or `##[name]`)."""
    return line.replace("::", ": :").replace("##[", "## [")


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line, without markup or HTML.

    Plain addresses stay, and become links.
    """
    parts = URL.split(" ".join(text.split()))
    return "".join(
        part if i % 2 else SPECIAL.sub(r"\\\1", part.translate(HTML))
        for i, part in enumerate(parts)
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of plain texts; addresses become links."""
    lines = [header, ["---"] * len(header), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return f"[open]({text})" if URL.fullmatch(text) else markdown(text)


def _payload(path: str) -> dict[str, Any]:
    try:
        payload = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _moment(value: object) -> datetime | None:
    """GitHub writes `pushed_at` as ISO 8601, in the payload of a push as seconds."""
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment and moment.tzinfo else None


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
