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
