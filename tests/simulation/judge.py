"""The judge: what the promise covers, what came, and what was said about it.

The promise, for one ledger: a text never comes twice while the log lags less than WITNESS_LAG. It
is never missed while a run comes inside the window after that or, on a channel that holds, in the
look-ahead before it. Whatever happens is said, once, in red.

A run counts if the program ended in it and could reach the receiver's channel and some weather, if
each POST without an answer lies WITNESS_LAG behind it (twice as long after the second, and so on),
if its ledger knows the settings, and if its memory is whole. After a loss of memory it counts if
another such run came WITNESS_LAG before it in the same window. Misses of this kind are counted
apart: whether a run may trust the log then depends on what GitHub tells of the runs before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.history import History, Occurrence, Post, Said, Tick, Wanted
from weather_sms.schedule import Timing

TOO_NEAR = timedelta(minutes=12)  # a text is held 10 minutes ahead; a run takes its time
RUN_TAKES = timedelta(minutes=15)
ON_THE_MINUTE = timedelta(seconds=60)
NO_RUN = "no run came"
LOST = "missed without memory"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise; `near`: the moment around which to look."""

    kind: str
    occurrence: Occurrence
    words: str
    near: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the wanted texts. `lateness` is that of the texts that came."""

    lateness: tuple[timedelta, ...]
    never: int
    twice: int
    creates: int
    cancels: int
    violations: tuple[Violation, ...]

    @property
    def texts(self) -> int:
        return len(self.lateness) + self.never

    @property
    def on_the_minute(self) -> float:
        return sum(abs(late) <= ON_THE_MINUTE for late in self.lateness) / max(1, self.texts)

    def count(self, kind: str) -> int:
        return sum(each.kind == kind for each in self.violations)


class Judge:
    """`holds`: whether a receiver's channel can hold a text until its time."""

    def __init__(self, history: History, timing: Timing, holds: Callable[[str], bool]) -> None:
        self._history, self._timing, self._holds = history, timing, holds
        self._ticks = sorted(history.ticks, key=lambda tick: tick.start)
        self._starts = [tick.start for tick in self._ticks]
        self._presses = [tick for tick in self._ticks if tick.kind == "now"]
        self._stops = [tick for tick in self._ticks if tick.kind == "stop"]
        self._posts = defaultdict[Occurrence, list[Post]](list)
        for post in history.posts:
            self._posts[post.occurrence].append(post)
        self._reds = defaultdict[Occurrence, list[Said]](list)
        self._unsent = defaultdict[Occurrence, list[Said]](list)
        for said in (said for tick in history.ticks for said in tick.said):
            if said.occurrence and said.status in ("missed", "no_weather"):
                self._unsent[said.occurrence].append(said)
            if said.occurrence and said.red:
                self._reds[said.occurrence].append(said)
        self._own = [post for post in history.posts if post.own and post.left]

    def verdict(self) -> Verdict:
        """Go through everything that was wanted, and everything that came."""
        lateness, never, found = list[timedelta](), 0, list[Violation]()
        for wanted in self._history.wanted:
            if self._stopped(wanted.occurrence):
                continue
            left = self._first(wanted.occurrence)
            if left is not None:
                lateness.append(left - wanted.occurrence.at)
                found += self._false_alarms(wanted.occurrence)
                continue
            never += 1
            found += self._missed(wanted)
        doubles = list(self._twice())
        found += [
            *doubles,
            *self._said_twice(),
            *self._not_stopped(),
            *self._nothing_now(),
            *self._faults(),
        ]
        found.sort(key=lambda each: each.occurrence.at)
        creates, cancels = self._history.creates, self._history.cancels
        return Verdict(tuple(lateness), never, len(doubles), creates, cancels, tuple(found))

    def _first(self, of: Occurrence) -> datetime | None:
        """When the text of an occurrence came, perhaps because somebody asked for it then."""
        scheduled = [post.left for post in self._posts.get(of, []) if post.left and not post.own]
        asked = [post.left for post in self._asked_for(of) if post.left]
        return min(scheduled or asked, default=None)

    def _stopped(self, of: Occurrence) -> bool:
        since, until = of.at - self._timing.look_ahead, of.at + self._timing.grace
        return any(since <= tick.start <= until for tick in self._stops)

    def _missed(self, wanted: Wanted) -> Iterator[Violation]:
        of = wanted.occurrence
        over = of.at + self._timing.grace
        if tick := self._cover(wanted):
            words = f"run {tick.name} at {tick.start:%d %H:%M}Z could have sent it"
            yield Violation("missed" if tick.intact else LOST, of, words, max(of.at, tick.start))
        reds = self._reds.get(of, [])
        if not reds and self._must_be_said(wanted):
            yield Violation("not said", of, "no run was red because of it", over + DAY)
        if any(not said.detail for said in reds):
            yield Violation("no reason", of, "it is red without a reason", over)
        runs = [tick for tick in self._between(of.at, over) if tick.completed]
        if runs and any(NO_RUN in said.detail for said in self._unsent.get(of, [])):
            yield Violation(
                "false reason", of, f"no run came, it says, but {runs[0].name} did", over
            )

    def _cover(self, wanted: Wanted) -> Tick | None:
        """A run that should have seen to it that the text comes."""
        at, timing = wanted.occurrence.at, self._timing
        late = self._counting(wanted, at - timing.max_wait, at + timing.grace - RUN_TAKES)
        if late or not self._holds(wanted.occurrence.to):
            return late
        return self._counting(wanted, at - timing.look_ahead, at - TOO_NEAR)

    def _counting(self, wanted: Wanted, first: datetime, last: datetime) -> Tick | None:
        able = [tick for tick in self._between(first, last) if self._is_able(tick, wanted)]
        return next((tick for tick in able if self._is_sure(tick, able, wanted)), None)

    def _is_able(self, tick: Tick, wanted: Wanted) -> bool:
        of = wanted.occurrence
        holds = wanted.since <= tick.start and tick.end <= wanted.until
        reaches = of.to not in tick.disturbed and of.place not in tick.without_weather
        return tick.kind == "send" and tick.completed and holds and reaches and self._met(wanted)

    def _met(self, wanted: Wanted) -> bool:
        """Whether a ledger knew of the schedule before its time."""
        known = self._between(wanted.since, wanted.occurrence.at - TOO_NEAR)
        return any(tick.completed and tick.saved for tick in known)

    def _is_sure(self, tick: Tick, able: list[Tick], wanted: Wanted) -> bool:
        """Whether nothing may be under way that this run cannot know."""
        lag, start = self._timing.witness_lag, tick.start
        doubtful = [
            post.at
            for post in self._posts.get(wanted.occurrence, [])
            if not post.certain and post.at < start
        ]
        if doubtful and start < max(doubtful) + lag * 2 ** (len(doubtful) - 1):
            return False
        lost_lately = any(not each.intact for each in self._between(start - lag, start))
        if tick.intact and not lost_lately:
            return True
        remembers = tick.knows is None or wanted.since <= tick.knows
        return remembers and any(each.start <= start - lag for each in able)

    def _must_be_said(self, wanted: Wanted) -> bool:
        """Whether a run came soon after the grace, with a ledger that had seen everything."""
        of, over = wanted.occurrence, wanted.occurrence.at + self._timing.grace
        after = [tick for tick in self._between(over, over + DAY) if tick.kind == "send"]
        return (
            self._met(wanted)
            and bool(after)
            and after[0].end <= wanted.until
            and self._is_whole(of.at - self._timing.look_ahead, after[0].start)
            and wanted.since <= of.at - self._timing.look_ahead
        )

    def _is_whole(self, since: datetime, until: datetime) -> bool:
        return all(t.intact and t.completed and t.saved for t in self._between(since, until))

    def _twice(self) -> Iterator[Violation]:
        """More than one text, also where "send now" had settled what was owed."""
        for of, posts in self._posts.items():
            left = [post for post in posts if post.left]
            first = min((post.at for post in left), default=of.at)
            left += [post for post in self._asked_for(of) if post.at < first]
            if len(left) > 1:
                left.sort(key=lambda post: post.at)
                runs = " and ".join(f"{post.tick} ({post.at:%d %H:%M})" for post in left)
                yield Violation("twice", of, f"handed over by runs {runs}", left[-1].at)

    def _asked_for(self, of: Occurrence) -> list[Post]:
        """Texts of "send now" while the text of an occurrence was owed."""
        until = of.at + self._timing.grace
        return [
            post
            for post in self._own
            if (post.occurrence.to, post.occurrence.place) == (of.to, of.place)
            and post.left
            and of.at <= post.left <= until
        ]

    def _said_twice(self) -> Iterator[Violation]:
        for of, reds in self._reds.items():
            status, times = Counter(said.status for said in reds).most_common(1)[0]
            around = of.at - self._timing.look_ahead, of.at + DAY
            if times > 1 and self._is_whole(*around):
                yield Violation("said twice", of, f"{times} runs are red for {status}", of.at)

    def _false_alarms(self, of: Occurrence) -> Iterator[Violation]:
        if any(said.status == "missed" for said in self._reds.get(of, [])):
            yield Violation("false alarm", of, "is called missed, but came", of.at)

    def _not_stopped(self) -> Iterator[Violation]:
        """Texts that were in the log, came after a green stop, and of which it said nothing."""
        for tick in self._stops:
            doubted = any(said.status == "unknown" for said in tick.said)
            if not tick.completed or tick.exit_code or doubted:
                continue
            for post in self._history.posts:
                seen = post.at < tick.start - self._timing.witness_lag
                later = post.left is not None and post.left > tick.end + TOO_NEAR
                if seen and later and post.occurrence.to not in tick.disturbed:
                    words = f"run {tick.name} at {tick.start:%d %H:%M}Z stopped everything"
                    yield Violation("not stopped", post.occurrence, words, tick.start)

    def _nothing_now(self) -> Iterator[Violation]:
        """Texts that were asked for now, and did not come although the run is green."""
        for tick in self._presses:
            if not tick.completed or tick.exit_code:
                continue
            since, until = tick.start - self._timing.grace, tick.end + TOO_NEAR
            for to, place in tick.asked:
                came = any(
                    post.left and since <= post.left <= until
                    for post in self._history.posts
                    if (post.occurrence.to, post.occurrence.place) == (to, place)
                )
                if not came:
                    at = Occurrence(to, place, tick.start)
                    yield Violation("nothing now", at, f"run {tick.name} is green", tick.end)

    def _faults(self) -> Iterator[Violation]:
        for tick in self._history.ticks:
            for said in tick.said:
                if "failed unexpectedly" in said.detail or said.status == "ledger":
                    at = said.occurrence or Occurrence("", "", tick.start)
                    yield Violation("fault", at, f"run {tick.name}: {said.detail}", tick.end)

    def _between(self, first: datetime, last: datetime) -> list[Tick]:
        """The runs that started from one moment to another."""
        return self._ticks[bisect_left(self._starts, first) : bisect_right(self._starts, last)]
