"""A tick in its own process that really dies (os._exit) before or after its n-th step of a kind.

Steps are what leaves the process: a write of the ledger ("insert", "swap"), or a request ("POST",
"cancel"). Run as `python -m tests.support.killed STEP N before|after MOMENT`, with the settings in
the environment.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from weather_sms import Settings, tick
from weather_sms.ledger import KeyedHash
from weather_sms.ledger.redis import RedisLedger
from weather_sms.ledger.row import Row
from weather_sms.ledger.sqlite import SqliteLedger
from weather_sms.sandbox.demo import FixedClock

DIED = 77


@dataclass
class Death:
    step: str
    left: int
    when: str

    def around(self, step: str, work: Any) -> Any:
        if step != self.step:
            return work()
        self.left -= 1
        if self.left == 0 and self.when == "before":
            os._exit(DIED)
        result = work()
        if self.left == 0:
            os._exit(DIED)
        return result


class MortalSqlite(SqliteLedger):
    death: Death

    def insert(self, row: Row) -> bool:
        return bool(self.death.around("insert", lambda: SqliteLedger.insert(self, row)))

    def swap(self, old: Row, new: Row) -> bool:
        return bool(self.death.around("swap", lambda: SqliteLedger.swap(self, old, new)))


class MortalRedis(RedisLedger):
    death: Death

    def insert(self, row: Row) -> bool:
        return bool(self.death.around("insert", lambda: RedisLedger.insert(self, row)))

    def swap(self, old: Row, new: Row) -> bool:
        return bool(self.death.around("swap", lambda: RedisLedger.swap(self, old, new)))


class MortalTransport(httpx.BaseTransport):
    def __init__(self, death: Death) -> None:
        self._death, self._net = death, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        step = (
            "cancel"
            if b"canceled" in request.read() or request.method == "DELETE"
            else request.method
        )

        def work() -> httpx.Response:
            response = self._net.handle_request(request)
            response.read()
            return response

        answer: httpx.Response = self._death.around(step, work)
        return answer


def main() -> None:
    step, count, when, moment = sys.argv[1:]
    death = Death(step, int(count), when)
    settings, clock = Settings.from_env(os.environ), FixedClock(datetime.fromisoformat(moment))
    url = settings.ledger_url
    ledger: MortalSqlite | MortalRedis = (
        MortalSqlite(url.removeprefix("sqlite:///"), clock.now())
        if url.startswith("sqlite")
        else MortalRedis(url, KeyedHash(settings.ledger_secret.reveal())("ledger"))
    )
    ledger.death = death
    tick(settings, clock=clock, transport=MortalTransport(death), ledger=ledger)


if __name__ == "__main__":
    main()
