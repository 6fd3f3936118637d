"""The wheel and sdist hold what they should, and the wheel works alone in a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import BIN, ROOT


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel and sdist, built once."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--installer=uv", "--outdir", str(folder),
    str(ROOT)],
                   check=True, capture_output=True,
                   env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"})  # fmt: skip
    return folder


def test_their_descriptions_are_in_order(dist: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, dist.iterdir())], check=True
    )


def test_the_wheel_is_the_package_with_its_types_and_nothing_else(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "weather_sms/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"weather_sms"}


def test_the_sdist_holds_the_tests_but_no_ledger(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "pyproject.toml", "tests/test_once.py"} <= names
    names -= {f"tests/ledgers/version-{number}.db" for number in (1, 2)}  # a test reads them
    assert not [name for name in names if ".ledger" in name or name.endswith(".db")]


def test_the_wheel_works_in_a_clean_environment(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    subprocess.run(["uv", "venv", "--quiet", str(tmp_path / "env")], check=True, env=_env())
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "--python", str(python), str(wheel)],
        check=True,
        env=_env(),
    )
    for day in ("fair", "rain", "snow", "storm", "heat"):
        command = [str(python.parent / "weather-sms"), "demo", day]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "1. handed over, 1 segment" in done.stdout
    _smoke(python, tmp_path)


def _smoke(python: Path, tmp_path: Path) -> None:
    """Run the commands' own tests in a folder where the package exists only as it was installed."""
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "--python", str(python), "pytest"],
        check=True,
        env=_env(),
    )
    shutil.copytree(
        ROOT / "tests", tmp_path / "alone" / "tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    command = [
        str(python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/test_cli.py",
        "tests/test_gsm7.py",
    ]
    done = subprocess.run(
        command, cwd=tmp_path / "alone", env=_env(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def _env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"
    }
