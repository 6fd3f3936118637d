"""What is stored outlives the code: each stored form, written out, and a ledger of version 1."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.support import ledgers
from tests.support.ledgers import SUBSCRIPTIONS, WRITTEN_AT
from weather_sms import Settings, tick
from weather_sms.place import City, Coordinates, Postcode, Query, parse
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

VERSION_1 = ROOT / "tests/ledgers/version-1.db"

# Names


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("37.7195,-122.4411", "Coordinates(latitude=37.7195, longitude=-122.4411)"),
        ("0,180", "Coordinates(latitude=0.0, longitude=180.0)"),
        ("94112", "Postcode(code='94112', country='US')"),
        ("SW1A 1AA,GB", "Postcode(code='SW1A 1AA', country='GB')"),
        ("Lyon", "City(parts=('Lyon',))"),
        ("Lyon,FR", "City(parts=('Lyon', 'FR'))"),
        ("Portland,ME,US", "City(parts=('Portland', 'ME', 'US'))"),
        ("L'Aquila,IT", """City(parts=("L'Aquila", 'IT'))"""),
        ("""L'A"q,IT""", r"""City(parts=('L\'A"q', 'IT'))"""),
        (r"A\B,FR", r"City(parts=('A\\B', 'FR'))"),
        ("São Paulo,BR", "City(parts=('São Paulo', 'BR'))"),
        ("Z\u200bürich,CH", r"City(parts=('Z\u200bürich', 'CH'))"),
    ],
)
def test_a_place_is_stored_by_a_key_that_stays(written: str, key: str) -> None:
    assert parse(written).key == key


degrees = st.floats(-180, 180)
queries = st.one_of(
    st.builds(Coordinates, degrees, degrees),
    st.builds(Postcode, st.text(), st.text()),
    st.builds(City, st.lists(st.text(), min_size=1, max_size=3).map(tuple)),
)


@given(queries)
def test_keys_are_what_version_1_made_of_any_place(query: Query) -> None:
    """It stored the classes' repr, as they were named then."""
    assert query.key == repr(query)


# A file of version 1


def rows(path: Path) -> dict[str, tuple[Any, ...]]:
    """All that a ledger file holds, by key or name."""
    with closing(sqlite3.connect(path)) as db:
        found = [*db.execute("SELECT * FROM occurrence"), *db.execute("SELECT * FROM memory")]
    return {row[0]: row for row in found}


def test_a_ledger_of_version_1_is_recognized_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    shutil.copyfile(VERSION_1, path)
    sandbox, clock = Sandbox(), FixedClock(WRITTEN_AT + timedelta(seconds=30))
    sandbox.now = clock.now
    report = tick(Settings.from_env(ledgers.env(path)), clock=clock, transport=sandbox.transport)
    statuses = zip(SUBSCRIPTIONS, (each.status for each in report.outcomes), strict=True)
    assert dict(statuses) == {
        "sent": "not_due",
        "sent to a city": "not_due",
        "sent, fate unknown": "not_due",
        "rejected": "not_due",
        "skipped": "not_due",
        "missed": "not_due",
        "open": "no_weather",
        "held": "already",
        "held by ntfy": "already",
        "canceled": "already",
        "refreshing": "unknown",
        "claimed": "unknown",
        "unknown": "unknown",
    }
    asked = {(each.method, *each.url.params.get_list("To")) for each in sandbox.requests}
    assert asked == {("GET",), ("GET", SUBSCRIPTIONS["open"][0])}  # where is Nowhere? and its log
    assert rows(path) == rows(VERSION_1)


def test_todays_code_gives_each_text_the_key_and_the_state_that_version_1_gave(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    ledgers.write(path)

    def known(path: Path) -> dict[str, tuple[Any, ...]]:
        return {key: row[1:3] if len(row) > 2 else () for key, row in rows(path).items()}

    assert known(path) == known(VERSION_1)
