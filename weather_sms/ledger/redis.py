"""The ledger on a Redis or Valkey server, for schedulers anywhere.

It uses SET NX, compare-and-swap and expiry. Its names begin with an HMAC of the secret: with
another secret it is another ledger. No command is repeated by itself: an insert whose answer was
lost must not look like somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError
from redis.retry import Retry

from weather_sms.ledger import SO, Ledger, LedgerError, Newer, migrations
from weather_sms.ledger.row import Row, Senseless, restored, stored

KEPT = timedelta(days=2)  # after its time
REMEMBERED = timedelta(days=40)  # since it was last asked for
ANSWER_S, CONNECT_S = 10.0, 5.0
MOST_AT_ONCE = 1000
# KEYS: the row, the index. ARGV: its value, milliseconds to live, when it is due, its key.
INSERT = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], math.max(tonumber(ARGV[2]), redis.call('PTTL', KEYS[2])))
return 1
"""
# KEYS: the row. ARGV: its old value, its new one.
SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""
# KEYS: the schema. ARGV: its version, the next one, seconds to live, what the ledger's keys begin
# with.
MIGRATE = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return end
local prefix = ARGV[4]
%s
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
"""
LOGIN = "refuses the login", "Check the user and the password in WEATHER_STATE"
GONE = "cannot be reached", "Start it, or check host and port in WEATHER_STATE"
FOREIGN = (
    "holds a value that weather-sms did not write",
    "Delete what begins with weather-sms: there, or name another database in WEATHER_STATE",
)
NO_DATABASE = (
    "has no database of that number",
    "End WEATHER_STATE with a smaller one, such as /0",
)


class RedisLedger(Ledger):
    """`check` is an HMAC that only the right secret makes. Every method raises LedgerError."""

    def __init__(self, url: str, check: str, steps: Sequence[str] = migrations.REDIS) -> None:
        self._prefix = f"weather-sms:{{{check[:16]}}}:"  # the braces keep it together in a cluster
        scheme, _, rest = url.partition("://")
        self.client = redis.Redis.from_url(
            f"{scheme.replace('valkey', 'redis')}://{rest}",
            socket_timeout=ANSWER_S,
            socket_connect_timeout=CONNECT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._insert = self.client.register_script(INSERT)
        self._swap = self.client.register_script(SWAP)
        self._steady = set[str]()  # server ids that were looked at
        try:
            self._migrate(steps)
        except LedgerError:
            self.close()
            raise

    def server_id(self) -> str:
        """Return the server id: another one may have lost the last writes (restart, failover).

        Raises LedgerError where it may evict keys at any time
        (https://redis.io/docs/latest/develop/reference/eviction/).
        """
        name = str(self.do(self.client.info, "server")["run_id"])
        if name not in self._steady:
            memory = self.do(self.client.info, "memory")
            policy = memory.get("maxmemory_policy", "noeviction")
            if memory.get("maxmemory") and policy != "noeviction":
                wrong = f"the Redis server may forget the ledger at any time ({policy}), and {SO}"
                raise LedgerError(wrong, "Set its maxmemory-policy to noeviction")
            self._steady.add(name)
        return name

    def get_all(self, keys: Sequence[str]) -> dict[str, Row]:
        """The rows of those occurrences that are known."""
        return {row.key: row for row in self._rows(keys)}

    def insert(self, row: Row) -> bool:
        """Add a row; False if the key is there already."""
        lives_ms = max(1, int((row.due + KEPT - row.touched) / timedelta(milliseconds=1)))
        values = [_encoded(row), lives_ms, row.due.timestamp(), row.key]
        return bool(self.do(self._insert, [*self._row_names([row.key]), self.name("due")], values))

    def swap(self, old: Row, new: Row) -> bool:
        """Replace a row if it is still the old one; False if somebody was faster."""
        return bool(self.do(self._swap, self._row_names([old.key]), [_encoded(old), _encoded(new)]))

    def upcoming(self, since: datetime) -> list[Row]:
        """All rows due after a moment, in order of time."""
        keys = self.do(self.client.zrangebyscore, self.name("due"), f"({since.timestamp()}", "+inf")
        return list(self._rows([key.decode() for key in keys]))

    def recall_all(self, names: Sequence[str]) -> dict[str, str]:
        """Those of some small facts that are known; being asked for keeps them alive."""
        pipe = self.client.pipeline(transaction=False)
        for name in names:
            pipe.getex(self._memory_name(name), ex=REMEMBERED)
        found = zip(names, self.do(pipe.execute), strict=True)
        return {name: value.decode() for name, value in found if value is not None}

    def remember_all(self, facts: Mapping[str, str]) -> None:
        """Keep small facts."""
        pipe = self.client.pipeline(transaction=False)
        for name, value in facts.items():
            pipe.set(self._memory_name(name), value, ex=REMEMBERED)
        self.do(pipe.execute)

    def add(self, name: str, amount: int) -> int:
        """Add to a number among the small facts."""
        total = self.do(self.client.incrby, self._memory_name(name), amount)
        self.do(self.client.expire, self._memory_name(name), REMEMBERED)
        return int(total)

    def prune(self, before: datetime) -> None:
        """Forget what was due before a moment."""
        index, end = self.name("due"), f"({before.timestamp()}"
        for chunk in _chunks(self.do(self.client.zrangebyscore, index, "-inf", end)):
            self.do(self.client.unlink, *self._row_names([key.decode() for key in chunk]))
        self.do(self.client.zremrangebyscore, index, "-inf", end)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def name(self, of: str) -> str:
        """Something's name on the server."""
        return f"{self._prefix}{of}"

    def do(self, work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Return the server's answer; raise LedgerError with a sentence without any of the URL."""
        try:
            return work(*arguments, **more)
        except (AuthenticationError, AuthorizationError, NoPermissionError):
            wrong, fix = LOGIN
        except (redis.ConnectionError, redis.TimeoutError, OSError):
            wrong, fix = GONE
        except redis.ResponseError as error:
            wrong, fix = NO_DATABASE if "DB index" in str(error) else _unusable(error)
        except redis.RedisError as error:
            wrong, fix = _unusable(error)
        except (ValueError, Senseless):
            wrong, fix = FOREIGN
        raise LedgerError(f"the ledger's server {wrong}", f"{fix}; {SO}")

    def _migrate(self, steps: Sequence[str]) -> None:
        schema = self.name("schema")
        version = self.do(int, self.do(self.client.getex, schema, ex=REMEMBERED) or 0)
        if version > len(steps):
            raise Newer
        seconds = int(REMEMBERED.total_seconds())
        for number, step in enumerate(steps[version:], version):
            values = [number, number + 1, seconds, self._prefix]
            self.do(self.client.eval, MIGRATE % step, 1, schema, *values)

    def _memory_name(self, name: str) -> str:
        return self.name(f"memory:{name}")

    def _row_names(self, keys: Sequence[str]) -> list[str]:
        return [self.name(f"row:{key}") for key in keys]

    def _rows(self, keys: Sequence[str]) -> Iterator[Row]:
        for chunk in _chunks(keys):
            for value in self.do(self.client.mget, self._row_names(chunk)):
                if value is not None:
                    yield self.do(_decoded, value)


def _unusable(error: Exception) -> tuple[str, str]:
    fix = "Check that it is a Redis (6.2 or later) or Valkey server"
    return f"cannot be used ({type(error).__name__})", fix


def _encoded(row: Row) -> bytes:
    """One value for equal rows: whatever zone their moments were in."""
    return msgspec.json.encode(stored(row))


def _decoded(value: bytes) -> Row:
    """Raise ValueError or Senseless for what is no row."""
    return restored(msgspec.json.decode(value, type=dict[str, Any]), datetime.fromisoformat)


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + MOST_AT_ONCE] for start in range(0, len(items), MOST_AT_ONCE))
