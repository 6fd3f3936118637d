"""Whose text it is, in all tests of the promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.world import World


@pytest.fixture(params=["twilio", "ntfy"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Texts can be held: with a Messaging Service, and always on ntfy."""
    return World(tmp_path, channel=request.param).begin()


@pytest.fixture
def service(tmp_path: Path) -> World:
    """Twilio, with a Messaging Service."""
    return World(tmp_path).begin()


@pytest.fixture
def number(tmp_path: Path) -> World:
    """Texts cannot be held: there is only a number."""
    return World(tmp_path, holds=False).begin()


@pytest.fixture
def topic(tmp_path: Path) -> World:
    """A topic of ntfy.sh."""
    return World(tmp_path, channel="ntfy").begin()
