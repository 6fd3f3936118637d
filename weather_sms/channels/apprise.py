"""Every other service that Apprise reaches (https://github.com/caronc/apprise), by its own HTTP.

Apprise has no log to ask, so the promise is weaker: a text of which nobody knows whether it went
out is not sent again.
"""

from __future__ import annotations

import difflib
import logging
import re
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from weather_sms.channels import Accepted, Access, Logged, NoLog, NotAccepted, Unanswered, titled
from weather_sms.channels.answers import posting_to
from weather_sms.channels.registry import CHANNELS, ways
from weather_sms.errors import Unreadable
from weather_sms.receiver import NTFY_HOST, AppriseUrl

if TYPE_CHECKING:
    from types import ModuleType

    from apprise import NotifyBase

# Plugins that take less than this hand over to SMS, where a degree sign doubles the price:
SMS_LENGTH = 300
STATUS = re.compile(r"error[= ](\d{3})\b|\((5\d\d), b'")  # HTTP's, or SMTP's permanent refusals
NO_ANSWER = ("onnection error", "imeout", "raised an exception")
# They show addresses, tokens and texts:
TALKATIVE_LOGGERS = ("urllib3", "requests", "requests_oauthlib", "oauthlib")
INSTALL = "In its folder run uv sync --extra apprise, or pip install '.[apprise]'"
NO_LOG = "this channel has no log that could be asked"


def read(url: str) -> AppriseUrl:
    """Read an address of Apprise's. Raises Unreadable."""
    scheme, _, rest = url.partition("://")
    if not rest:
        raise Unreadable("is no complete address", f"Write {ways()}")
    known = _schemes()
    if scheme not in known and NTFY_HOST in rest:
        raise Unreadable(
            "has an unknown kind of address", "A topic of ntfy's is written ntfy://topic"
        )
    if scheme not in known:
        own = [each for channel in CHANNELS for each in channel.schemes]
        near = difflib.get_close_matches(scheme, [*own, *known], n=1)
        meant = f"Did you mean {near[0]}://? " if near else ""
        if not known:
            raise Unreadable("needs Apprise", f"{meant}{INSTALL}")
        raise Unreadable("has an unknown kind of address", f"{meant}Write {ways()}")
    plugin = _plugin(url)
    if plugin is None:
        raise Unreadable(
            f"is no complete {scheme}:// address", "See its page at https://appriseit.com/services/"
        )
    return AppriseUrl(url, takes_long=plugin.body_maxlen >= SMS_LENGTH)


class AppriseChannel:
    """Every channel of Apprise's; the address says which."""

    name = "Apprise"
    can_hold = replaces = False

    def __init__(self, access: Access) -> None:
        """Apprise brings its own HTTP and needs nothing."""

    def hand_over(
        self,
        to: AppriseUrl,
        text: str,
        heading: str,
        key: str,  # noqa: ARG002 Apprise has no idempotency key
        send_at: datetime | None = None,
        *,
        urgent: bool = False,  # noqa: ARG002 Apprise has no priorities
    ) -> Accepted:
        """Send one text now. Raises NotAccepted or Unanswered."""
        assert send_at is None, "this channel cannot hold a text"
        apprise = quiet_apprise()
        plugin, service = _plugin(to.url), apprise.Apprise()
        if plugin is None or not service.add(plugin):
            raise NotAccepted("the address cannot be used", "Check WEATHER_TO")
        title, body = titled(text, heading)
        scheme = to.shown
        with posting_to(scheme):
            result = service.notify(
                title=title,
                body=body,
                body_format=apprise.NotifyFormat.TEXT,
                log_level=logging.DEBUG,
            )
            if result:
                return Accepted(None)
            said = "\n".join(entry.message for entry in result.logs())
            raise _failure(scheme, said, several=len(plugin) > 1)

    def cancel(self, to: AppriseUrl, sid: str) -> bool:  # noqa: ARG002 nothing is ever held
        """Return False: nothing is ever held."""
        return False

    def fetch(self, to: AppriseUrl, sid: str) -> Logged:  # noqa: ARG002 there is nobody to ask
        """Raise Unanswered: nobody can tell."""
        raise Unanswered(NO_LOG)

    def log(
        self,
        to: AppriseUrl,  # noqa: ARG002 there is nobody to ask
        since: datetime,  # noqa: ARG002
    ) -> list[Logged]:
        """Raise NoLog: there is none."""
        raise NoLog(NO_LOG)

    def explain(self, code: int | None) -> str:  # noqa: ARG002 there are none
        """A text that was taken has no failure that it would tell of."""
        return "no reason is known"


def quiet_apprise() -> ModuleType:
    """Import Apprise, and let nobody but the result of a hand-over see its records.

    They hold addresses and texts. This is done every time, since logging may be set up anew.
    """
    import apprise
    from urllib3 import disable_warnings
    from urllib3.exceptions import HTTPWarning

    log = logging.getLogger("apprise")
    log.disabled = False
    log.propagate = False
    log.setLevel(logging.DEBUG)
    for name in TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    disable_warnings(HTTPWarning)
    return apprise


def _schemes() -> frozenset[str]:
    """Return the schemes of Apprise's addresses; none where it is not installed."""
    if find_spec("apprise") is None:
        return frozenset()
    quiet_apprise()
    from apprise.manager_plugins import NotificationManager

    return frozenset(NotificationManager().schemas())


def _plugin(url: str) -> NotifyBase | None:
    """Return what reaches an address; it works in the caller's thread, not in a pool of six."""
    apprise = quiet_apprise()
    asset = apprise.AppriseAsset(service_timeout=0)
    plugin: NotifyBase | None = apprise.Apprise.instantiate(url, asset=asset)
    return plugin


def _failure(scheme: str, said: str, several: bool) -> Exception:
    """Return the error for a failure, with only the status out of Apprise's message.

    The message may hold addresses.
    """
    if several:
        return Unanswered(f"{scheme} did not take it for all of its targets; some may have got it")
    found = STATUS.search(said)
    if found and found[2]:
        return NotAccepted(
            f"{scheme} refused the text (SMTP reply {found[2]})",
            "Check its login in WEATHER_TO",
            400,
        )
    status = int(found[1]) if found else 0
    if not said or status >= 500 or any(words in said for words in NO_ANSWER):
        return Unanswered(
            f"{scheme} could not be reached, or did not answer, so the text may have gone out"
        )
    if status == 429:
        return NotAccepted(
            f"{scheme} had too many requests",
            "Nothing was sent; it is tried again",
            status,
            again=True,
        )
    why = f" (HTTP status {status})" if status else ""
    return NotAccepted(
        f"{scheme} refused the text{why}", "Check its address in WEATHER_TO", status or 400
    )
