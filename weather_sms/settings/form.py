"""A form that is filled in: values by name, and everything that is wrong with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from weather_sms.errors import Unreadable
from weather_sms.receiver import e164
from weather_sms.settings import Problem

T = TypeVar("T")


class Form:
    """`problems` grows with what is read."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[Problem] = []

    def get(self, name: str) -> str:
        """A value without blanks around it; empty if it is not set."""
        return self._env.get(name, "").strip()

    def wrong(self, name: str, wrong: str, fix: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(name, wrong, fix))

    def missing(self, name: str, fix: str) -> None:
        """Note that a setting is not there."""
        self.problems.append(Problem(name, "is missing", fix, is_missing=True))

    def wrong_by(self, name: str, error: Unreadable) -> None:
        """Note a problem that another room found."""
        self.wrong(name, error.wrong, f"{error.fix}.")

    def if_well(self, read: Callable[[], T]) -> T | None:
        """Something read without complaining: None if anything is wrong with it."""
        known = len(self.problems)
        value = read()
        wrong = len(self.problems) > known
        del self.problems[known:]
        return None if wrong else value

    def credential(self, name: str, fix: str) -> str:
        """A key or a token: it has to be there, and to be one word."""
        value = self.get(name)
        if not value:
            self.missing(name, fix)
        elif not value.isascii() or not value.isprintable() or set(value) & set(" \"'"):
            self.wrong(
                name, "holds characters that no key has", f"Copy it again, alone and whole. {fix}"
            )
        return value

    def number(self, name: str, text: str) -> str:
        """A phone number as E.164; empty if it is none."""
        try:
            return e164(text)
        except Unreadable as error:
            self.wrong_by(name, error)
            return ""

    def base_url(self, name: str, default: str) -> str:
        """An origin to which credentials may go."""
        url = self.get(name).rstrip("/")
        if not url:
            return default
        if not is_safe_origin(url):
            fix = (
                "Credentials go there: use an https origin, or http on loopback such as "
                "http://127.0.0.1:8000."
            )
            self.wrong(name, "is not an origin that may be used", fix)
        return url


def is_safe_origin(url: str) -> bool:
    """Whether a URL is a bare origin that may get credentials: https, or http on loopback."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    bare = not (
        parts.path
        or parts.query
        or parts.fragment
        or parts.username
        or parts.password
        or "@" in url
    )
    if not host or not bare or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
