"""What is stored outlives the code: each stored form written out, and a ledger of each version."""

from __future__ import annotations

import hmac
import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.support import ledgers
from tests.support.ledgers import SUBSCRIPTIONS, WRITTEN_AT
from tests.support.world import World
from weather_sms import Settings, tick
from weather_sms.delivery.run import Run
from weather_sms.ledger import LedgerError, migrations
from weather_sms.ledger.redis import RedisLedger
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.place import City, Coordinates, PostalCode, parse
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.demo import FixedClock

VERSION_1, VERSION_2 = (ROOT / f"tests/ledgers/version-{number}.db" for number in (1, 2))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger of version 1."""
    return Path(shutil.copyfile(VERSION_1, tmp_path / "ledger.db"))


@pytest.fixture
def plain(tmp_path: Path) -> World:
    """Texts cannot be held: there is only a number."""
    return World(tmp_path, holds=False)


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


@dataclass(frozen=True)
class Postcode:
    """A postal code as version 1 named it."""

    code: str
    country: str


degrees = st.floats(-180, 180)
parts = st.lists(st.text(), min_size=1, max_size=3).map(tuple)


@given(degrees, degrees, st.text(), st.text(), parts)
def test_keys_are_what_version_1_made_of_any_place(
    latitude: float, longitude: float, code: str, country: str, names: tuple[str, ...]
) -> None:
    """It stored the classes' repr, as they were named then."""
    point, city = Coordinates(latitude, longitude), City(names)
    assert point.key == repr(point)
    assert city.key == repr(city)
    assert PostalCode(code, country).key == repr(Postcode(code, country))


# A file of each version


def rows(path: Path) -> dict[str, tuple[Any, ...]]:
    """All that a ledger file holds, by key or name."""
    with closing(sqlite3.connect(path)) as db:
        found = [*db.execute("SELECT * FROM occurrence"), *db.execute("SELECT * FROM memory")]
    return {row[0]: row for row in found}


def as_version_2(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """What version 2 makes of a row of version 1."""
    if len(row) == 2:
        return row
    key, due, state, touched, attempts, version, sid, text, _, fate, code = row
    if state == "refreshing":
        state, sid = "unknown", None
    posted = touched if state in ("unknown", "held", "sent") else None
    more = (None, posted, None, None)  # headings, posted, looked, told
    return (key, due, state, touched, attempts, version, sid, text, 0, fate, code, *more)


def test_each_row_of_version_1_becomes_one_of_version_2(old: Path) -> None:
    SqliteLedger(str(old), WRITTEN_AT).close()
    assert rows(old) == {name: as_version_2(row) for name, row in rows(VERSION_1).items()}


def asked(sandbox: Sandbox) -> set[tuple[str, str]]:
    """Who was asked for what of Twilio's texts, in words."""
    return {
        ("text", each.url.params.get("To") or parse_qs(each.content.decode())["To"][0])
        if each.url.path.endswith("Messages.json") and each.method == "POST"
        else ("log" if "To" in each.url.params else each.method, each.url.params.get("To", ""))
        for each in sandbox.requests
        if "/Messages" in each.url.path
    }


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["1", "2"])
def test_a_ledger_of_each_version_is_recognized_as_a_whole(tmp_path: Path, version: Path) -> None:
    path = Path(shutil.copyfile(version, tmp_path / "ledger.db"))
    sandbox, clock = Sandbox(), FixedClock(WRITTEN_AT + timedelta(seconds=30))
    sandbox.now = clock.now
    report = tick(Settings.from_env(ledgers.env(path)), clock=clock, transport=sandbox.transport)
    statuses = zip(SUBSCRIPTIONS, (each.status for each in report.outcomes), strict=True)
    assert dict(statuses) == {
        "sent": "already",
        "sent to a city": "already",
        "sent, fate unknown": "already",
        "rejected": "already",
        "skipped": "already",
        "missed": "already",
        "open": "no_weather",
        "held": "already",
        "held by ntfy": "already",
        "canceled": "already",
        "canceling": "unknown",
        "claimed": "unknown",
        "unknown": "unknown",
    }
    assert "text" not in {what for what, _ in asked(sandbox)}
    before = {name: row for name, row in rows(version).items() if len(row) > 2}
    if version == VERSION_1:
        before = {name: as_version_2(row) for name, row in before.items()}
    after = {key: row[1:3] for key, row in rows(path).items() if len(row) > 2}
    assert after == {key: row[1:3] for key, row in before.items()}


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["1", "2"])
def test_a_text_in_doubt_goes_on_from_a_ledger_of_each_version(
    tmp_path: Path, version: Path
) -> None:
    path = Path(shutil.copyfile(version, tmp_path / "ledger.db"))
    sandbox = Sandbox()
    for minutes in (5, 18, 34, 50):
        clock = FixedClock(WRITTEN_AT + timedelta(minutes=minutes))
        sandbox.now = clock.now
        tick(Settings.from_env(ledgers.env(path)), clock=clock, transport=sandbox.transport)
    sent = [each["to"] for each in sandbox.twilio.left]
    assert sorted(sent) == [SUBSCRIPTIONS[name][0] for name in ("claimed", "unknown")]


def test_todays_code_gives_each_text_the_key_and_the_state_that_each_version_gave(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.db"
    ledgers.write(path)

    def known(path: Path) -> dict[str, tuple[Any, ...]]:
        return {key: row[1:3] if len(row) > 2 else () for key, row in rows(path).items()}

    assert known(path) == known(VERSION_2)
    first = {
        name: (row[0], "canceling" if row[1] == "refreshing" else row[1]) if row else ()
        for name, row in known(VERSION_1).items()
    }
    assert first.items() <= known(path).items()


# The forms themselves

ZIP = "Postcode(code='94112', country='US')"
SCHEDULE = "0 7 * * *", "America/Los_Angeles"
DUE = "2026-11-23T15:00:00+00:00"


def sealed(*parts: str) -> str:
    """The HMAC under the sandbox's secret."""
    secret = b"70707070707070707070707070707070"
    return hmac.new(secret, "\0".join(parts).encode(), "sha256").hexdigest()


SID = "SM00000000000000000000000000000001"
PHONE = sealed("occurrence", "+15550123467", ZIP, DUE)
TOPIC = sealed("occurrence", "ntfy://ntfy.sh/a-topic", ZIP, DUE)
# Every ledger gives the text this name, whatever its secret.
SEQUENCE = sha256(f"ntfy://ntfy.sh/a-topic\0{ZIP}\0{DUE}".encode()).hexdigest()
HEADING = sealed("heading", "San Francisco Mon Nov 23")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A phone, and a topic that is written in an unusual way."""
    return World(tmp_path, env={"WEATHER_TO": "+1 (555) 012-3467,ntfys://:tk_x@ntfy.sh/a-topic/"})


def facts() -> dict[str, str]:
    """The facts that two subscriptions leave."""
    return {
        f"zone:{sealed('place', ZIP)}": sealed("zone", "America/Los_Angeles"),
        f"place:{sealed('place', ZIP)}": '["San Francisco", "US", 37.7195, -122.4411]',
        f"schedule:{sealed('schedule', '+15550123467', ZIP, *SCHEDULE)}": (
            "2026-11-22T19:00:00-08:00"
        ),
        f"schedule:{sealed('schedule', 'ntfy://ntfy.sh/a-topic', ZIP, *SCHEDULE)}": (
            "2026-11-22T19:00:00-08:00"
        ),
        f"ticked:{sealed('ticked')}": "2026-11-23T01:00:00-08:00",
        "runs": "1795424400:53",
        "run": "1",
        "attempt": "1",
        "segments:2026-11": "1",
    }


def test_each_stored_form_in_a_file(world: World) -> None:
    report = world.tick("01:00", run=Run(1, cron_line="7 * * * *"))
    phone, topic = (each.text or "" for each in report.outcomes)
    due, touched = 1795446000.0, 1795424400.0
    with closing(sqlite3.connect(world.ledger)) as db:
        assert db.execute("SELECT sql FROM sqlite_schema WHERE sql <> ''").fetchall() == [
            (
                "CREATE TABLE occurrence (key, due, state, touched, attempts, version, sid, text, "
                "for_good, fate, code, headings, posted, looked, told, PRIMARY KEY (key))",
            ),
            ("CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)",),
        ]
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
        assert set(db.execute("SELECT * FROM occurrence")) == {
            (PHONE, due, "held", touched, 0, 2, SID, sealed("text", phone), 0, None, None,
             HEADING, touched, None, None),
            (TOPIC, due, "held", touched, 0, 2, SEQUENCE, sealed("text", topic), 0, None, None,
             HEADING, touched, None, None),
        }  # fmt: skip
        assert dict(db.execute("SELECT * FROM memory")) == facts()


def test_each_stored_form_on_a_server(world: World, valkey_url: str) -> None:
    world.env["WEATHER_STATE"] = valkey_url
    report = world.tick("01:00", run=Run(1, cron_line="7 * * * *"))
    texts = [sealed("text", each.text or "") for each in report.outcomes]
    begin = f"weather-sms:{{{sealed('ledger')[:16]}}}:"
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        names = set(client.scan_iter())
        kept = {name: client.get(name) for name in names - {f"{begin}due"}}
        server = kept.pop(f"{begin}memory:server") or ""
        assert client.zrange(f"{begin}due", 0, -1, withscores=True) == [
            (key, 1795446000.0) for key in sorted((PHONE, TOPIC))
        ]
    assert re.fullmatch("[0-9a-f]{40} 2026-11-23T01:00:00-08:00", server)
    rows = {
        f"{begin}row:{key}": f'{{"key":"{key}","due":"2026-11-23T15:00:00Z","state":"held",'
        f'"touched":"2026-11-23T09:00:00Z","attempts":0,"version":2,"sid":"{sid}",'
        f'"text":"{text}","for_good":false,"fate":null,"code":null,"headings":"{HEADING}",'
        '"posted":"2026-11-23T09:00:00Z","looked":null,"told":null}'
        for key, sid, text in ((PHONE, SID, texts[0]), (TOPIC, SEQUENCE, texts[1]))
    }
    facts_there = {f"{begin}memory:{name}": value for name, value in facts().items()}
    assert kept == rows | facts_there | {f"{begin}schema": "2"}


def test_the_key_of_a_text_for_now(plain: World) -> None:
    plain.tick("05:00")
    plain.tick("05:30", send_now=True)
    moment = "2026-11-23T05:30:00-08:00"
    assert sealed("occurrence", "+15550123467", ZIP, moment, "now", moment) in rows(plain.ledger)


@pytest.mark.parametrize("value", [b"[]", b"{", b"null", b'{"key": "k"}'])
def test_a_value_on_the_server_that_is_no_row_is_said(
    plain: World, valkey_url: str, value: bytes
) -> None:
    plain.env["WEATHER_STATE"] = valkey_url
    plain.tick("07:05")
    with redis.Redis.from_url(valkey_url) as client:
        (row,) = client.scan_iter("*:row:*")
        client.set(row, value)
        with pytest.raises(LedgerError) as caught:
            plain.tick("07:10")
    assert str(caught.value) == (
        "the ledger's server holds a value that weather-sms did not write. Delete what begins with "
        "weather-sms: there, or name another database in WEATHER_STATE; without it nothing is "
        "sent, because it could be sent twice"
    )


# From version to version

NEXT = (
    ("ALTER TABLE memory ADD COLUMN second", "UPDATE memory SET second = 'two'"),
    ("UPDATE memory SET second = second || ' and three'",),
)


def test_an_old_file_goes_through_each_version_in_order(old: Path) -> None:
    with closing(SqliteLedger(str(old), WRITTEN_AT, steps=(*migrations.SQLITE, *NEXT))) as ledger:
        assert len(ledger.upcoming(WRITTEN_AT - timedelta(days=2))) == 14
    with closing(sqlite3.connect(old)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (4,)
        assert set(db.execute("SELECT second FROM memory")) == {("two and three",)}


def test_a_new_file_goes_through_the_same_versions(tmp_path: Path) -> None:
    new = tmp_path / "new.db"
    SqliteLedger(str(new), WRITTEN_AT, steps=(*migrations.SQLITE, *NEXT)).close()
    with closing(sqlite3.connect(new)) as db:
        columns = [name for _, name, *_ in db.execute("PRAGMA table_info(memory)")]
        assert (columns, *db.execute("PRAGMA user_version")) == (["name", "value", "second"], (4,))


def test_a_version_that_cannot_be_reached_leaves_the_file_as_it_was(old: Path) -> None:
    before = rows(old)
    steps = (*migrations.SQLITE, *NEXT, ("DELETE FROM occurrence", "DELETE FROM nowhere"))
    with pytest.raises(LedgerError) as caught:
        SqliteLedger(str(old), WRITTEN_AT, steps=steps)
    assert str(caught.value) == (
        f"the ledger {old} could not be brought from version 1 to 5 (no such table: nowhere). "
        "Nothing in it was changed. Please report this, and move the file away; without it nothing "
        "is sent, because it could be sent twice"
    )
    assert rows(old) == before
    SqliteLedger(str(old), WRITTEN_AT).close()  # it is still of version 1, and can be used
    assert [path.name for path in old.parent.iterdir()] == [old.name]


def test_a_file_of_todays_version_goes_through_none(tmp_path: Path) -> None:
    file = Path(shutil.copyfile(VERSION_2, tmp_path / "ledger.db"))
    forbidden = ("DELETE FROM occurrence",)
    SqliteLedger(str(file), WRITTEN_AT, steps=(forbidden, forbidden)).close()
    assert rows(file) == rows(VERSION_2)


def test_a_ledger_on_a_server_goes_through_each_version_in_order(valkey_url: str) -> None:
    RedisLedger(valkey_url, "check").remember("fact", "one")
    fact = "redis.call('APPEND', prefix .. 'memory:fact', '%s')"
    steps = (*migrations.REDIS, fact % ", two", fact % ", three")
    for _ in range(2):
        ledger = RedisLedger(valkey_url, "check", steps)
        assert (ledger.recall("fact"), ledger.client.get(ledger.name("schema"))) == (
            "one, two, three",
            b"4",
        )


def test_a_version_that_cannot_be_reached_leaves_the_servers_version_as_it_was(
    valkey_url: str,
) -> None:
    RedisLedger(valkey_url, "check").close()
    fails = "redis.call('INCR', prefix .. 'due', 'and more')"
    with pytest.raises(LedgerError):
        RedisLedger(valkey_url, "check", (*migrations.REDIS, "", fails))
    with pytest.raises(LedgerError, match="newer weather-sms"):
        RedisLedger(valkey_url, "check")
    ledger = RedisLedger(valkey_url, "check", (*migrations.REDIS, ""))
    assert ledger.client.get(ledger.name("schema")) == b"3"


def test_each_row_of_version_1_on_a_server_becomes_one_of_version_2(
    old: Path, valkey_url: str
) -> None:
    """Its texts are those of the file of version 1, under the names that version 1 gave them."""
    with closing(RedisLedger(valkey_url, "check", migrations.REDIS[:1])) as before:
        for key, due, state, touched, attempts, version, sid, text, _, fate, code in (
            row for row in rows(old).values() if len(row) > 2
        ):
            moments = [datetime.fromtimestamp(each, UTC).isoformat() for each in (due, touched)]
            due_at, touched_at = (moment.replace("+00:00", "Z") for moment in moments)
            values = {
                "key": key, "due": due_at, "state": state, "touched": touched_at,
                "attempts": attempts, "version": version, "sid": sid, "text": text,
                "refreshed": state == "refreshing", "fate": fate, "code": code,
            }  # fmt: skip
            written = json.dumps(values, separators=(",", ":"))
            before.client.set(before.name(f"row:{key}"), written, ex=86400)
            before.client.zadd(before.name("due"), {key: due})
    since = WRITTEN_AT - timedelta(days=2)
    with closing(RedisLedger(valkey_url, "check")) as server:
        found = server.upcoming(since)
        assert 0 < server.client.ttl(server.name(f"row:{found[0].key}")) <= 86400
        assert server.swap(found[0], replace(found[0], version=9))
    with closing(SqliteLedger(str(old), WRITTEN_AT)) as file:
        in_order = {row.key: row for row in file.upcoming(since)}
    assert {row.key: row for row in found} == in_order
    # The script is not rolled back, so it must bear being repeated.
    with closing(RedisLedger(valkey_url, "check")) as server:
        server.client.set(server.name("schema"), "1")
    with closing(RedisLedger(valkey_url, "check")) as server:
        assert server.upcoming(since)[1:] == found[1:]
