"""GitHub's API in miniature: a repository's last commit, the state of a workflow, and its runs.

Source: https://docs.github.com/en/rest/actions/workflows, /rest/actions/workflow-runs,
/rest/actions/workflow-jobs and /rest/commits/commits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx

PATH = re.compile(
    r"/repos/me/weather/(?P<what>commits|actions/workflows/weather\.yml|"
    r"actions/(workflows/weather\.yml/)?runs(/(?P<run>\d+))?(/attempts/(?P<attempt>\d+))?"
    r"(?P<jobs>/jobs)?)"
)
STEPS = ("Set up job", "Run actions/checkout", "Install", "Run actions/cache/restore", "Weather")
End = Literal["never started", "failed to install", "succeeded", "running"]


@dataclass(frozen=True, slots=True)
class MiniRun:
    """A run of the workflow, and how each of its attempts ended."""

    id: int
    number: int
    attempts: tuple[End, ...]


class MiniGitHub:
    """One repository, `me/weather`, with one workflow. `private`; `state` as GitHub names it.

    `runs`: those of the workflow, oldest first.
    """

    token = "ghs_" + "t0" * 18

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.state = "active"
        self.last_commit_ago = timedelta(days=3)
        self.runs: list[MiniRun] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        found = PATH.fullmatch(request.url.path)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"message": "Bad credentials", "status": "401"})
        if found is None or request.method != "GET":
            return httpx.Response(404, json={"message": "Not Found", "status": "404"})
        if "runs" in found["what"]:
            return self._of_runs(found, request.url.params)
        if found["what"] == "commits":
            moment = (self._now() - self.last_commit_ago).astimezone(UTC)
            return httpx.Response(
                200, json=[{"commit": {"committer": {"date": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}}}]
            )
        return httpx.Response(200, json={"name": "weather", "state": self.state})

    def _of_runs(self, found: re.Match[str], params: httpx.QueryParams) -> httpx.Response:
        if not found["run"]:
            return _page("workflow_runs", [self._run(each) for each in self.runs[::-1]], params)
        run = next((each for each in self.runs if each.id == int(found["run"])), None)
        attempt = int(found["attempt"] or (len(run.attempts) if run else 0))
        if run is None or not 1 <= attempt <= len(run.attempts):
            return httpx.Response(404, json={"message": "Not Found", "status": "404"})
        if not found["jobs"]:
            return httpx.Response(200, json=self._run(run, attempt))
        every = params.get("filter") == "all" and not found["attempt"]
        attempts = range(1, attempt + 1) if every else [attempt]
        return _page("jobs", [self._job(run, each) for each in attempts], params)

    def _run(self, run: MiniRun, attempt: int | None = None) -> dict[str, Any]:
        attempt = attempt or len(run.attempts)
        moment = f"{self._now().astimezone(UTC) - timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ}"
        return _state(run.attempts[attempt - 1]) | {
            "id": run.id,
            "name": "weather",
            "path": ".github/workflows/weather.yml",
            "event": "schedule",
            "run_number": run.number,
            "run_attempt": attempt,
            "referenced_workflows": [],
            "created_at": moment,
            "run_started_at": moment,
            "updated_at": moment,
        }

    def _job(self, run: MiniRun, attempt: int) -> dict[str, Any]:
        end = run.attempts[attempt - 1]
        started = end != "never started"
        job = {"id": run.id * 10 + attempt, "run_id": run.id, "run_attempt": attempt}
        steps = [_step(number, name, end) for number, name in enumerate(STEPS, 1)]
        return (
            _state(end)
            | job
            | {"name": "text", "runner_id": int(started), "steps": steps if started else []}
        )


def _state(end: End) -> dict[str, Any]:
    conclusion = {"never started": "cancelled", "failed to install": "failure", "running": None}
    status = "in_progress" if end == "running" else "completed"
    return {"status": status, "conclusion": conclusion.get(end, "success")}


def _step(number: int, name: str, end: End) -> dict[str, Any]:
    """One step of a job that started."""
    install = STEPS.index("Install") + 1
    if end == "failed to install" and number >= install:
        conclusion: str | None = "failure" if number == install else "skipped"
    else:
        conclusion = None if end == "running" and name == "Weather" else "success"
    status = "completed" if conclusion else "in_progress"
    return {"name": name, "number": number, "status": status, "conclusion": conclusion}


def _page(key: str, rows: list[dict[str, Any]], params: httpx.QueryParams) -> httpx.Response:
    size, page = int(params.get("per_page", 30)), int(params.get("page", 1))
    shown = rows[(page - 1) * size : page * size]
    return httpx.Response(200, json={"total_count": len(rows), key: shown})
