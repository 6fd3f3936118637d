"""A ledger's file that is damaged or cannot be used: set aside, or explained by its true cause."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from tests.conftest import ROOT
from tests.support.world import World, at
from tests.test_stored import VERSION_2, rows
from weather_sms import Settings
from weather_sms.ledger import LedgerError, Newer
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.ledger.sqlite_file import cause

NOW = at("07:00")
BAD = "ledger.db.20261123T070000.bad"
SO = "without it nothing is sent, because it could be sent twice"


@pytest.fixture
def plain(tmp_path: Path) -> World:
    """Texts cannot be held: there is only a number."""
    return World(tmp_path, holds=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger of today's version."""
    return Path(shutil.copyfile(VERSION_2, tmp_path / "ledger.db"))


def opened(file: Path, aside: Path | None = None) -> SqliteLedger:
    return SqliteLedger(str(file), NOW, aside)


def refusal(file: Path) -> str:
    """What opening a ledger says to a user whom permissions bind, as they do not bind root."""
    code = (
        "import sys; from tests.test_damage import LedgerError, Path, opened\n"
        "try: opened(Path(sys.argv[1]))\n"
        "except LedgerError as error: print(error)"
    )
    bound = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    as_user = [] if os.geteuid() else bound
    command = [*as_user, sys.executable, "-c", code, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def is_new(file: Path) -> bool:
    """Whether a ledger has begun anew, with the damaged one beside it."""
    with closing(opened(file)) as ledger:
        return ledger.upcoming(at("11-20T00:00")) == [] and (file.parent / BAD).exists()


# Set aside


def test_a_damaged_ledger_is_set_aside_beside_the_new_one(
    plain: World, caplog: pytest.LogCaptureFixture
) -> None:
    plain.ledger.parent.mkdir()
    plain.ledger.write_bytes(b"this is no database" * 100)
    assert plain.outcome("07:00").status == "sent"
    aside = plain.ledger.parent / BAD
    assert aside.read_bytes() == b"this is no database" * 100
    assert f"The ledger was damaged. It is now {aside}; a new one begins." in caplog.text
    assert list(plain.folder.glob("*.bad")) == []
    assert plain.outcome("07:05").status == "not_due"


def test_in_actions_it_leaves_the_folder_that_is_cached(plain: World) -> None:
    plain.env |= {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(plain.folder / "temp")}
    plain.ledger.parent.mkdir()
    plain.ledger.write_bytes(b"this is no database" * 100)
    assert plain.outcome("07:00").status == "sent"
    assert [path.name for path in plain.ledger.parent.iterdir()] == ["ledger.db"]
    assert [path.name for path in (plain.folder / "temp").iterdir()] == [BAD]


def test_elsewhere_the_runners_folder_means_nothing(plain: World) -> None:
    settings = Settings.from_env(plain.env | {"RUNNER_TEMP": str(plain.folder)})
    assert settings.aside is None


def test_its_journal_goes_with_it(file: Path) -> None:
    file.write_bytes(b"this is no database" * 100)
    Path(f"{file}-journal").write_bytes(b"\0" * 512)
    opened(file).close()
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "ledger.db", BAD, f"{BAD}-journal",
    ]  # fmt: skip


def test_it_can_be_set_aside_on_another_disk(tmp_path: Path) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    file = shm / f"weather-sms-test-{os.getpid()}.db"
    try:
        file.write_bytes(b"this is no database" * 100)
        opened(file, aside=tmp_path).close()
        assert [path.name for path in tmp_path.iterdir()] == [f"{file.name}.20261123T070000.bad"]
    finally:
        file.unlink()


def test_one_that_cannot_be_moved_says_so_and_nothing_is_sent(tmp_path: Path) -> None:
    file = tmp_path / ("l" * 250)
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(LedgerError) as caught:
        opened(file)
    assert str(caught.value) == (
        f"the ledger {file} is damaged, and cannot be moved to {file}.20261123T070000.bad "
        f"(File name too long). Move the file away yourself; {SO}"
    )
    assert file.read_bytes() == b"this is no database" * 100


def test_of_several_processes_that_meet_a_damaged_ledger_one_sets_it_aside(tmp_path: Path) -> None:
    for number in range(20):
        file, together = tmp_path / f"{number}" / "ledger.db", Barrier(6)
        file.parent.mkdir()
        file.write_bytes(b"this is no database" * 100)

        def count(file: Path = file, together: Barrier = together) -> None:
            together.wait()
            with closing(opened(file)) as ledger:
                ledger.add("opened", 1)

        with ThreadPoolExecutor(6) as pool:
            for each in [pool.submit(count) for _ in range(6)]:
                each.result()
        with closing(opened(file)) as ledger:
            assert ledger.recall("opened") == "6"


# Damage inside


@pytest.mark.parametrize(
    "change",
    [
        "occurrence SET state = 'sentt'", "occurrence SET state = 1",
        "occurrence SET due = 'soon'", "occurrence SET due = 1e300", "occurrence SET due = -1",
        "occurrence SET touched = NULL", "occurrence SET touched = 1e11",
        "occurrence SET attempts = -1", "occurrence SET attempts = 'one'",
        "occurrence SET version = 1.5", "occurrence SET version = NULL",
        "occurrence SET sid = x'00ff'", "occurrence SET text = 7", "occurrence SET fate = 0.5",
        "occurrence SET code = 21608", "occurrence SET sid = CAST(x'ff' AS TEXT)",
        "occurrence SET for_good = 2", "occurrence SET for_good = NULL",
        "occurrence SET headings = 7", "occurrence SET posted = 'soon'",
        "occurrence SET looked = -1", "occurrence SET told = x'00ff'",
        "occurrence SET key = substr(key, 2)", "occurrence SET key = upper(key)",
        "memory SET value = 'soon' WHERE name LIKE 'schedule:%'",
        "memory SET value = '2026-11-23' WHERE name LIKE 'ticked:%'",
        "memory SET value = 'x' WHERE name = 'run'",
        "memory SET value = '1795428000:53 17954:' WHERE name = 'runs'",
        "memory SET value = '-1' WHERE name LIKE 'segments:%'",
        "memory SET value = '[' WHERE name LIKE 'place:%'",
        """memory SET value = '["x", "US", 91, 0]' WHERE name LIKE 'place:%'""",
        """memory SET value = '["x", "US", null, 0]' WHERE name LIKE 'place:%'""",
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_damage(file: Path, change: str) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        assert db.execute(f"UPDATE {change}").rowcount
    assert is_new(file)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE occurrence ADD COLUMN more",
        "ALTER TABLE occurrence RENAME COLUMN sid TO sie",
        "ALTER TABLE occurrence RENAME TO occurrencf",
        "DROP TABLE memory",
        "DROP TABLE memory; DROP TABLE occurrence",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = 1073741825",
        "PRAGMA user_version = -1",
    ],
)
def test_tables_that_no_version_made_are_damage(file: Path, change: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.executescript(change)
    assert is_new(file)


def test_an_index_that_has_lost_a_row_is_damage(file: Path) -> None:
    """A row that is not found by its key could be sent twice."""
    with closing(sqlite3.connect(file)) as db:
        (key,) = db.execute("SELECT key FROM occurrence WHERE state = 'claimed'").fetchone()
    content = file.read_bytes()
    places = [place for place in range(len(content)) if content.startswith(key.encode(), place)]
    assert len(places) == 2  # in the table, and in its index
    for place in places:
        file.write_bytes(content[:place] + b"0" + content[place + 1 :])
        assert is_new(file)


def test_a_file_that_calls_itself_read_only_is_damage(file: Path) -> None:
    # Byte 18 of the header: the version that writing takes (https://sqlite.org/fileformat2.html).
    file.write_bytes(file.read_bytes()[:18] + b"\7" + file.read_bytes()[19:])
    assert is_new(file)


def test_a_schema_that_even_an_error_cannot_quote_is_damage(file: Path) -> None:
    content = file.read_bytes()
    place = content.index(b"tableoccurrenceoccurrence")
    file.write_bytes(content[: place + 5] + b"\x98" + content[place + 6 :])
    assert is_new(file)


def test_damage_that_shows_while_the_ledger_is_in_use_is_said_and_the_next_run_mends_it(
    file: Path,
) -> None:
    with closing(opened(file)) as ledger:
        changed = file.read_bytes()[:24] + b"\0\0\7\7" + file.read_bytes()[28:100]
        file.write_bytes(changed + b"\xff" * 20380)
        with pytest.raises(LedgerError) as caught:
            ledger.upcoming(at("11-20T00:00"))
    assert str(caught.value) == (
        f"the ledger {file} is damaged. The next run sets it aside and begins a new one; {SO}"
    )
    assert is_new(file)


def test_senseless_values_that_show_while_it_is_in_use_are_said(file: Path) -> None:
    with closing(opened(file)) as ledger:
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("UPDATE occurrence SET state = 'sentt'")
        with pytest.raises(LedgerError, match="is damaged"):
            ledger.upcoming(at("11-20T00:00"))


def test_whatever_byte_tips_over_the_ledger_can_be_used(tmp_path: Path) -> None:
    chance, sound, version = random.Random(14), VERSION_2.read_bytes(), range(60, 64)
    whole = rows(VERSION_2)
    for number in range(400):
        file = tmp_path / str(number) / "ledger.db"
        file.parent.mkdir()
        # Every other one in the header and the schema, where a byte means most.
        place = chance.randrange(100 if number % 4 == 0 else 4096 if number % 2 else len(sound))
        byte = bytes([sound[place] ^ (1 << chance.randrange(8))])
        file.write_bytes(sound[:place] + byte + sound[place + 1 :])
        try:
            with closing(opened(file)) as ledger:
                known = {row.key for row in ledger.upcoming(at("11-20T00:00"))}
        except LedgerError as error:
            assert (type(error), place in version) == (Newer, True), (place, byte)
            continue
        aside = (file.parent / BAD).exists()
        assert known == (set() if aside else {key for key in whole if len(key) == 64}), place
        if aside:
            assert (file.parent / BAD).read_bytes()[place:] == byte + sound[place + 1 :], place


# What is around the file


def error_of(work: Callable[[], object]) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as caught:
        work()
    return caught.value


def test_a_ledger_that_another_process_holds_says_so(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, closing(sqlite3.connect(file, timeout=0)) as db:
        other.execute("BEGIN EXCLUSIVE")
        error = error_of(lambda: db.execute("BEGIN IMMEDIATE"))
    assert str(cause(error, file)) == (
        f"another process holds the ledger {file} for more than 30 s. Wait until it is done, or "
        f"end it; {SO}"
    )


def test_a_full_disk_is_said(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA max_page_count = 1")
        error = error_of(lambda: db.execute("INSERT INTO memory VALUES ('x', zeroblob(9999))"))
    assert str(cause(error, file)) == (
        f"the disk of the ledger {file} is full. Free some space, or point WEATHER_STATE at "
        f"another file; {SO}"
    )


def test_a_folder_where_the_file_should_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        opened(tmp_path)
    assert str(caught.value) == (
        f"the ledger {tmp_path} cannot be opened. Check that it is a file, and that this user may "
        f"read and write it and its folder {tmp_path.parent}, or point WEATHER_STATE at another "
        f"file; {SO}"
    )


def test_a_folder_that_cannot_be_made_is_said_and_nothing_is_sent(plain: World) -> None:
    plain.ledger.parent.write_text("a file, where a folder should be")
    with pytest.raises(LedgerError) as caught:
        plain.tick("07:05")
    folder = plain.ledger.parent
    assert str(caught.value) == (
        f"the ledger's folder {folder} cannot be made (File exists). Make it, and let this user "
        f"write in it, or point WEATHER_STATE at another file; {SO}"
    )
    assert plain.left == []


@pytest.fixture
def locked(file: Path) -> Path:
    """A ledger that this user may read, but not write, in a folder where nothing may be made."""
    file.chmod(0o444)
    file.parent.chmod(0o555)
    return file


def test_a_ledger_that_may_not_be_written_says_which_permission_is_missing(locked: Path) -> None:
    said = refusal(locked)
    locked.parent.chmod(0o755)
    assert said == (
        f"the ledger {locked} may not be written. Give this user write permission for the file "
        f"and for its folder {locked.parent}, or point WEATHER_STATE at another file; {SO}"
    )


def test_a_damaged_ledger_that_may_not_be_moved_says_which_permission_is_missing(
    locked: Path,
) -> None:
    locked.chmod(0o644)
    locked.write_bytes(b"this is no database" * 100)
    said = refusal(locked)
    locked.parent.chmod(0o755)
    assert said == (
        f"the ledger {locked} is damaged, and cannot be moved to {locked.parent / BAD} "
        f"(Permission denied). Give this user write permission for the folder {locked.parent}, or "
        f"move the file away yourself; {SO}"
    )
