"""Whatever a service answers, said as one of the channels' own errors.

An answer may be anything: a body that is not the gzip it claims to be, JSON too deep to read, a
redirect to nowhere, a word for a number. Nobody can list what reading it may raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
import msgspec

from weather_sms.channels import NoLog, NotAccepted, Unanswered
from weather_sms.http import SURELY_NOT_PROCESSED, network_failure

T = TypeVar("T")


@contextmanager
def asking(unread: str) -> Iterator[None]:
    """Raise Unanswered with this sentence for whatever a request and its answer provoke."""
    try:
        yield
    except (NotAccepted, NoLog, Unanswered):
        raise
    except Exception:
        raise Unanswered(unread) from None


@contextmanager
def posting_to(service: str) -> Iterator[None]:
    """Raise NotAccepted or Unanswered for whatever the POST of a text and its answer provoke."""
    with asking(f"{service}'s answer could not be read, so the text may have gone out"):
        try:
            yield
        except SURELY_NOT_PROCESSED as error:
            wrong = network_failure(service, error)
            raise NotAccepted(wrong, "Nothing was sent", again=True) from None
        except httpx.TransportError as error:
            raise Unanswered(
                f"{network_failure(service, error)}; the text may have gone out all the same"
            ) from None


def failure(
    service: str, status: int, wrong: str, fix: str, *, only_later: bool = False
) -> NotAccepted | Unanswered:
    """Return the error for a POST whose answer has no 2xx status; `wrong` and `fix` are for a 4xx.

    Only a 4xx is a refusal. A redirect or a failing server may have passed the text on.
    """
    if 400 <= status < 500:
        return NotAccepted(wrong, fix, status, again=status == 429, only_later=only_later)
    return Unanswered(f"{service} failed (HTTP status {status}), so the text may have gone out")


def decoded(decoder: msgspec.json.Decoder[T], body: bytes, otherwise: T) -> T:
    """Return the body as a type, or something else if it cannot be read as one."""
    try:
        return decoder.decode(body)
    except (ValueError, OverflowError, RecursionError):  # msgspec's own errors are ValueErrors
        return otherwise
