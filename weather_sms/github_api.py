"""GitHub's API, as far as the job's own token may read its repository."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec

from weather_sms.http import READ, send

if TYPE_CHECKING:
    from weather_sms.clock import Clock

T = TypeVar("T")


MOST_LOOKED_AT = 10
SENDING = "Weather"  # the step of the workflow that may send


class NotTold(Exception):
    """GitHub gave no usable answer; the sentence says why."""


class Workflow(msgspec.Struct):
    """`state`: active, disabled_fork, disabled_inactivity or disabled_manually."""

    state: str


class Person(msgspec.Struct):
    """The committer's part of a commit: its date."""

    date: datetime


class Signed(msgspec.Struct):
    """The part of a commit that has a date."""

    committer: Person


class Commit(msgspec.Struct):
    """A commit as the API lists it."""

    commit: Signed


class WorkflowRun(msgspec.Struct):
    """A run, and its newest attempt."""

    id: int
    run_number: int
    run_attempt: int
    status: str


class Runs(msgspec.Struct):
    """A page of a workflow's runs, newest first."""

    workflow_runs: list[WorkflowRun]


class Step(msgspec.Struct):
    """A step of a job that was given a machine."""

    name: str
    conclusion: str | None = None


class Job(msgspec.Struct):
    """`steps` is empty if it never started."""

    steps: list[Step] = []
    completed_at: datetime | None = None


class Jobs(msgspec.Struct):
    """The jobs of an attempt."""

    jobs: list[Job]


class GitHubApi:
    """https://docs.github.com/en/rest, for one token. Every method raises NotTold."""

    def __init__(self, client: httpx.Client, clock: Clock, api_url: str, token: str) -> None:
        self._client, self._clock = client, clock
        self._url, self._token = api_url.rstrip("/"), token

    def workflow_state(self, repository: str, file: str) -> str:
        """Return the state of a workflow, by its file's name; see `Workflow`."""
        return self._get(f"/repos/{repository}/actions/workflows/{file}", Workflow).state

    def last_commit(self, repository: str) -> datetime:
        """Return the date of the last commit on the default branch."""
        commits = self._get(f"/repos/{repository}/commits?per_page=1", list[Commit])
        if not commits:
            raise NotTold("the repository has no commit")
        return commits[0].commit.committer.date

    def last_unknown(
        self,
        repository: str,
        file: str,
        this: tuple[int, int],
        known: tuple[int, int],
        now: datetime,
    ) -> datetime | None:
        """Return when the last attempt ended that may have sent a text and is not known.

        `this` run and the last `known` one: number and attempt. `now` if it goes on, or if there
        are too many to look at; None if there is none. The workflow is named by its file.
        """
        listed = f"/repos/{repository}/actions/workflows/{file}/runs?per_page=100"
        runs = self._get(listed, Runs).workflow_runs
        unknown = [
            (each, attempt)
            for each in sorted(runs, key=lambda each: each.run_number, reverse=True)
            if each.status == "completed" or each.run_number <= this[0]
            for attempt in range(each.run_attempt, 0, -1)
            if known < (each.run_number, attempt) != this
        ]
        for each, attempt in unknown[:MOST_LOOKED_AT]:
            path = f"/repos/{repository}/actions/runs/{each.id}/attempts/{attempt}/jobs"
            sending = [job for job in self._get(path, Jobs).jobs if _may_have_sent(job)]
            if sending:
                return max(job.completed_at or now for job in sending)
        return now if len(unknown) > MOST_LOOKED_AT else None

    def _get(self, path: str, kind: type[T]) -> T:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/vnd.github+json",
        }
        request = self._client.build_request("GET", self._url + path, headers=headers)
        try:
            answer = send(self._client, request, READ, self._clock)
            if answer.status_code in (401, 403, 404):
                raise NotTold(
                    "the job's token may not ask: the workflow needs `actions: read` and "
                    "`contents: read`"
                )
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx.HTTPError, msgspec.DecodeError):
            raise NotTold("GitHub's API gave no usable answer") from None


def _may_have_sent(job: Job) -> bool:
    named = [step for step in job.steps if step.name == SENDING]
    return bool(job.steps) and not any(step.conclusion == "skipped" for step in named)
