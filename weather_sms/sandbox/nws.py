"""The National Weather Service in miniature: active warnings at a point, strict on who asks.

Source: https://www.weather.gov/documentation/services-web-api.
"""

from __future__ import annotations

import re
from typing import Any

import httpx

POINT = re.compile(r"(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)")
CONTACT = re.compile(r"https://|@")
MOST_DIGITS = 4


class MiniNws:
    """`alerts` are in force everywhere: properties in the terms of the Common Alerting Protocol."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        point = POINT.fullmatch(request.url.params.get("point", ""))
        if not CONTACT.search(request.headers.get("User-Agent", "")):
            return _problem(403, "Forbidden")
        if request.url.path != "/alerts/active" or request.method != "GET":
            return _problem(404, "Not Found")
        if point is None:
            return _problem(400, "Bad Request")
        usual = ",".join(f"{round(float(degrees), MOST_DIGITS):.10g}" for degrees in point.groups())
        if usual != point[0]:
            return httpx.Response(301, headers={"Location": f"/alerts/active?point={usual}"})
        features = [
            {"type": "Feature", "geometry": None, "properties": each} for each in self.alerts
        ]
        answer = {"type": "FeatureCollection", "features": features}
        return httpx.Response(200, json=answer, headers={"Content-Type": "application/geo+json"})


def _problem(status: int, title: str) -> httpx.Response:
    body = {
        "title": title,
        "type": f"https://api.weather.gov/problems/{title.replace(' ', '')}",
        "status": status,
    }
    return httpx.Response(status, json=body, headers={"Content-Type": "application/problem+json"})
