"""The channels of a tick: each is opened when it is first needed, and each log is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from weather_sms.channels import Access
from weather_sms.channels.registry import BY_NAME, loaded, of_sid
from weather_sms.receiver import Phone, Receiver

if TYPE_CHECKING:
    import httpx

    from weather_sms.channels import Channel, Logged
    from weather_sms.clock import Clock

LOGS_AT_ONCE = 16
ANYBODY = Phone("")  # for a channel that finds a text by its identifier alone


class Channels:
    """`origins` and `logins`: by a channel's name, where its service is, and who logs in there."""

    def __init__(
        self,
        client: Callable[[], httpx.Client],
        clock: Clock,
        origins: Mapping[str, str],
        logins: Mapping[str, Any],
    ) -> None:
        self._client, self._clock, self._origins, self._logins = client, clock, origins, logins
        self._stack, self._lock = ExitStack(), RLock()
        self._opened: dict[str, Channel[Any]] = {}
        self._logs: dict[Receiver, Future[list[Logged]]] = {}

    def close(self) -> None:
        """Wait for the logs that were asked for."""
        self._stack.close()

    def can_hold(self, receiver: Receiver) -> bool:
        """Whether a receiver's channel can keep a text until its time; known without opening it."""
        login = self._logins.get(receiver.channel)
        return BY_NAME[receiver.channel].holds and getattr(login, "can_hold", True)

    def of(self, receiver: Receiver) -> Channel[Any]:
        """The channel that reaches a receiver."""
        return self.named(receiver.channel)

    def named(self, name: str) -> Channel[Any]:
        """A channel by its name in the registry."""
        with self._lock:
            if name not in self._opened:
                origin, login = self._origins.get(name, ""), self._logins.get(name)
                access = Access(self._client(), self._clock, origin, login)
                self._opened[name] = loaded(BY_NAME[name].opens)(access)
            return self._opened[name]

    def ask_logs(self, receivers: Iterable[Receiver], since: datetime) -> None:
        """Ask for what the logs hold since a moment, without waiting for the answers."""
        for receiver in receivers:
            if receiver not in self._logs:
                self._logs[receiver] = self._pool.submit(self.of(receiver).log, receiver, since)

    def log(self, receiver: Receiver, since: datetime, *, fresh: bool = False) -> list[Logged]:
        """Return a receiver's log, from any thread; asked once, or again if it has to be `fresh`.

        Raises NoLog or Unanswered.
        """
        answer: Future[list[Logged]]
        with self._lock:
            if fresh or receiver not in self._logs:
                self._logs[receiver] = answer = Future()
            else:
                return self._logs[receiver].result()
        try:
            answer.set_result(self.of(receiver).log(receiver, since))
        except Exception as error:
            answer.set_exception(error)
        return answer.result()

    def forget_log(self, receiver: Receiver) -> None:
        """Have a receiver's log read anew when it is next asked for."""
        with self._lock:
            self._logs.pop(receiver, None)

    def holders(self, sid: str, receivers: Iterable[Receiver]) -> list[Receiver]:
        """Return the receivers through whose channel a text may be reached.

        An identifier's form tells its channel. Settings may have changed since the text was handed
        over; Twilio finds it whoever it was for.
        """
        found = of_sid(sid)
        if found is None:
            return []
        if found.by_sid:
            return [ANYBODY] if found.name in self._logins else []
        return [each for each in dict.fromkeys(receivers) if each.channel == found.name]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(LOGS_AT_ONCE))
