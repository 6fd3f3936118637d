"""The answers of an unfinished setup, and the writing of a file that only its owner may read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

from weather_sms.setup.terminal import say


def default_path() -> Path:
    """In the user's state folder, beside the ledger."""
    return user_state_path("weather-sms", appauthor=False) / "setup-draft.json"


class Draft:
    """Answers by name, in a file of mode 600."""

    def __init__(self, path: Path) -> None:
        self._path, self._told = path, False

    @property
    def exists(self) -> bool:
        """Whether any answer is kept."""
        return self._path.is_file()

    def read(self) -> dict[str, str]:
        """Return the answers that are kept; none if they cannot be read."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        items = kept.items() if isinstance(kept, dict) else ()
        return {name: value for name, value in items if isinstance(value, str)}

    def write(self, answers: Mapping[str, str]) -> None:
        """Keep the answers. Where that cannot be done it is said, once."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_private(self._path, json.dumps(dict(answers), indent=1))
        except OSError as error:
            if not self._told:
                say(
                    f"{self._path} cannot be written ({error.strerror}): if you stop, your "
                    "answers are lost.",
                    err=True,
                )
            self._told = True

    def forget(self) -> None:
        """Delete it."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 600, whole or not at all. Raises OSError."""
    # It creates the file with mode 600.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
