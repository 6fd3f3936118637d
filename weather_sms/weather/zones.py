"""Time zones of points and their countries, offline."""

from __future__ import annotations

from functools import cache


def timezone(latitude: float, longitude: float) -> str:
    """Return the IANA time zone at a point (degrees) by tzfpy's polygons; UTC without one."""
    from tzfpy import get_tz

    return get_tz(longitude, latitude) or "UTC"


def country(timezone: str) -> str:
    """Return a time zone's country (ISO 3166 alpha-2) by tz's table; empty at sea and for UTC."""
    return _countries().get(timezone, "")


@cache
def _countries() -> dict[str, str]:
    from importlib.resources import files

    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {zone: code for code, _, zone, *_ in rows}
