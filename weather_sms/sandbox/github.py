"""GitHub's API in miniature: a repository's last commit and the state of a workflow.

Source: https://docs.github.com/en/rest/actions/workflows and /rest/commits/commits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

PATH = re.compile(r"/repos/me/weather/(?P<what>commits|actions/workflows/weather\.yml)")


class MiniGitHub:
    """One repository, `me/weather`, with one workflow. `private`; `state` as GitHub names it."""

    token = "ghs_" + "t0" * 18

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.state = "active"
        self.last_commit_ago = timedelta(days=3)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        found = PATH.fullmatch(request.url.path)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"message": "Bad credentials", "status": "401"})
        if found is None or request.method != "GET":
            return httpx.Response(404, json={"message": "Not Found", "status": "404"})
        if found["what"] == "commits":
            moment = (self._now() - self.last_commit_ago).astimezone(UTC)
            return httpx.Response(
                200, json=[{"commit": {"committer": {"date": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}}}]
            )
        return httpx.Response(200, json={"name": "weather", "state": self.state})
