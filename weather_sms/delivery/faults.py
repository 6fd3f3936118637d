"""The outermost net: an unexpected failure is the outcome of one piece of work, not of them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from weather_sms.ledger import LedgerError

T = TypeVar("T")


def caught(work: Callable[[], T], failed: Callable[[Exception], T]) -> T:
    """Return the result of some work, or what `failed` makes of its unexpected failure.

    Raises LedgerError: without the ledger nothing may be sent.
    """
    try:
        return work()
    except LedgerError:
        raise
    except Exception as error:
        return failed(error)
