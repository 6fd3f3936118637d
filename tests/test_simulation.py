"""The simulation of punctuality: its chance, its time, its bad line, and its judge."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from tests.benchmarks import punctuality
from tests.conftest import ROOT
from tests.simulation import run_times
from tests.simulation.chance import Chance
from tests.simulation.github import Unkindness
from tests.simulation.history import History, Kind, Occurrence, Post, Said, Tick, Wanted
from tests.simulation.judge import Judge, Verdict
from tests.simulation.line import Line
from tests.simulation.scenarios import Scenario, scenarios, simulate
from tests.simulation.turns import Died, RunnerClock, taking_turns
from tests.simulation.weather import REGIONS
from tests.simulation.wishes import Wish, timeline
from tests.simulation.world import spot_of
from weather_sms.sandbox import Sandbox
from weather_sms.schedule import Timing

DUE = datetime(2026, 3, 5, 14, tzinfo=UTC)
LATE = DUE + timedelta(days=9)
OF = Occurrence("+15550123467", "80202,US", DUE)
TIMING = Timing(look_ahead=timedelta(hours=24), grace=timedelta(hours=6))
HISTORY = """
import hashlib
from tests.simulation import run_times
from tests.simulation.scenarios import scenarios, simulate
many = next(each for each in scenarios(range(1)) if each.many)
history = simulate(many, {seed}, 6, tuple(run_times.model()))
print(hashlib.sha256(repr((history.events, history.posts)).encode()).hexdigest())
"""


def hashed(seed: int, hash_seed: str) -> str:
    """The hash of a history that a process of its own simulates."""
    env = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", HISTORY.format(seed=seed)]
    return subprocess.run(
        command, cwd=ROOT, env=env, check=True, capture_output=True, text=True
    ).stdout


def test_a_seed_repeats_to_the_bit_in_any_process_and_another_differs() -> None:
    first, again, other = hashed(0, "1"), hashed(0, "2"), hashed(3, "1")
    assert first == again != other


def test_chance_belongs_to_a_name_whoever_asks_first() -> None:
    chance, later = Chance("seed"), Chance("seed")
    later("something else")
    assert later("call", 1) == chance("call", 1) != chance("call", 2)
    assert Chance("another")("call", 1) != chance("call", 1)
    share = sum(chance(number) < 0.1 for number in range(10_000)) / 10_000
    assert 0.09 < share < 0.11


def clock(ends: datetime = LATE) -> RunnerClock:
    return RunnerClock(DUE, ends)


def test_work_in_a_pool_goes_on_side_by_side_in_the_simulated_time() -> None:
    runner, began = clock(), list[datetime]()

    def work(seconds: float) -> float:
        began.append(runner.now())
        runner.sleep(seconds)
        return seconds

    with taking_turns(runner), ThreadPoolExecutor() as pool:
        assert list(pool.map(work, [30, 60, 10])) == [30, 60, 10]
    assert began == [DUE] * 3
    assert runner.now() == DUE + timedelta(seconds=60)


def test_a_result_is_awaited_no_longer_than_asked_for() -> None:
    runner = clock()
    with taking_turns(runner), ThreadPoolExecutor() as pool:
        late = pool.submit(runner.sleep, 60)
        with pytest.raises(TimeoutError):
            late.result(timeout=3)
    assert runner.now() == DUE + timedelta(seconds=3)


def test_a_runner_that_dies_in_a_pool_is_gone_at_once() -> None:
    runner = clock(ends=DUE + timedelta(seconds=30))
    done = list[str]()
    with pytest.raises(Died), taking_turns(runner), ThreadPoolExecutor() as pool:
        pool.submit(runner.sleep, 60)
        pool.submit(done.append, "after its death")
    assert done == []


def answers(calls: list[str], fails: float = 0.5) -> list[str]:
    """How the calls to some topics of ntfy end, in one run."""
    runner, failed = clock(), list[str]()
    unkind = Unkindness(calls_fail=fails, outages=0, dies=0)
    sandbox = Sandbox(now=runner.now)

    def note(_: httpx.Request, who: str, how: str, __: httpx.Response | None) -> None:
        failed.append(f"{who} {how}")

    line = Line(sandbox, runner, Chance("line"), unkind, "41.1", note)
    with httpx.Client(transport=line) as client:
        for topic in calls:
            try:
                client.post(f"https://ntfy.sh/{topic}", content="text")
            except httpx.TransportError:
                continue
    return failed


def test_the_fate_of_a_call_does_not_depend_on_other_calls() -> None:
    alone = answers(["one"] * 20)
    among = answers(["one", "two"] * 20)
    assert [each for each in among if "one" in each] == alone
    assert len(set(alone)) > 4


def test_one_call_in_ten_fails_in_one_of_seven_ways() -> None:
    ends = [each.partition(" ")[2] for each in answers(["one"] * 2000, fails=0.1)]
    assert 0.08 < sum(bool(how) for how in ends) / len(ends) < 0.12
    assert set(ends) == {
        "", "503", "503, processed", "429", "timeout", "timeout, processed", "refused", "cut",
    }  # fmt: skip


def test_every_edit_is_taken_back() -> None:
    region = REGIONS[0]
    wish = Wish(OF.to, region.home, zone=region.home.timezone)
    edits = timeline((wish,), region, Chance("edits"), DUE, 400, 1.0)
    assert len({what for _, _, what in edits}) == 1 + 2 * 10
    assert [wishes for _, wishes, _ in edits[::2]] == [(wish,)] * (len(edits) // 2 + 1)
    assert edits == sorted(edits, key=lambda edit: edit[0])


def test_texts_of_two_zips_of_one_city_are_told_apart_by_frost() -> None:
    home, twin, away = REGIONS[0].spots
    here = "Denver Mon Jan 5: {} all day, mostly sunny and dry."
    spots = [home, twin, away]
    assert spot_of(here.format("17°C"), spots) == home
    assert spot_of(here.format("-25°C"), spots) == twin
    assert spot_of("42.36,-71.06 Mon Jan 5: 14°C all day.", spots) == away


def run(at: datetime, name: str = "", kind: Kind = "send", **more: Any) -> Tick:
    return Tick(name or f"{at:%d-%H:%M}", kind, at, at + timedelta(seconds=9), **more)


def handed_over(at: datetime, left: datetime | None, **more: Any) -> Post:
    post = Post(at, OF, f"{at:%d-%H:%M}", certain=True, own=False, left=left)
    return replace(post, **more)


def after(hours: float) -> datetime:
    return DUE + timedelta(hours=hours)


def verdict(
    ticks: list[Tick], posts: list[Post] | None = None, holds: bool = False, wanted: bool = True
) -> Verdict:
    """The verdict on one morning; a run of the day before knows the schedule."""
    asked = Wanted(OF, after(-24 * 9), after(24 * 9))
    known = run(after(-30))
    history = History([known, *ticks], posts or [], wanted=[asked] if wanted else [])
    return Judge(history, TIMING, lambda _: holds).verdict()


def kinds(found: Verdict) -> list[str]:
    return [each.kind for each in found.violations]


def red(status: str, detail: str = "the channel refused it") -> Said:
    return Said(OF, status, True, detail)


def test_a_text_on_time_is_no_violation() -> None:
    found = verdict([run(after(-0.1))], [handed_over(DUE, DUE)])
    assert (found.lateness, found.never, kinds(found)) == ((timedelta(0),), 0, [])
    assert found.on_the_minute == 1.0


def test_two_texts_for_one_occurrence_are_a_violation() -> None:
    posts = [handed_over(after(-20), DUE), handed_over(after(0.5), after(0.5))]
    found = verdict([], posts, wanted=False)
    assert (found.twice, kinds(found)) == (1, ["twice"])
    assert (
        found.violations[0].words
        == "handed over by runs 04-18:00 (04 18:00) and 05-14:30 (05 14:30)"
    )


def test_a_text_after_one_that_was_asked_for_while_it_was_owed_is_the_second() -> None:
    at = after(0.3)
    asked = handed_over(at, at, own=True, occurrence=replace(OF, at=at))
    late, on_time = handed_over(after(1), after(1)), handed_over(after(-9), DUE)
    assert verdict([], [asked, late]).twice == 1
    assert verdict([], [on_time, asked]).twice == 0
    assert verdict([], [asked]).never == 0


def test_a_text_that_never_left_is_none() -> None:
    posts = [handed_over(after(-20), None), handed_over(after(-19), DUE)]
    assert verdict([], posts).twice == 0


@pytest.mark.parametrize("hours", [-0.1, 0.0, 1.0, 5.7])
def test_a_run_in_the_window_must_send(hours: float) -> None:
    found = verdict([run(after(hours))])
    assert (found.never, "missed" in kinds(found)) == (1, True)


@pytest.mark.parametrize("hours", [-20, -1, -0.5, 6.5])
def test_a_run_outside_of_it_need_not_send_through_a_number(hours: float) -> None:
    found = verdict([run(after(hours))])
    assert (found.never, "missed" in kinds(found)) == (1, False)


@pytest.mark.parametrize("hours", [-23.5, -1])
def test_a_run_in_the_look_ahead_must_hold_where_the_channel_can(hours: float) -> None:
    assert "missed" in kinds(verdict([run(after(hours))], holds=True))


@pytest.mark.parametrize(
    "trouble",
    [
        {"completed": False},
        {"disturbed": {OF.to}},
        {"without_weather": {OF.place}},
        {"intact": False},
        {"kind": "install"},
        {"kind": "now"},
    ],
)
def test_a_run_that_could_not_does_not_count(trouble: dict[str, Any]) -> None:
    assert "missed" not in kinds(verdict([run(after(1), **trouble)]))


def test_a_second_run_without_memory_counts_if_it_comes_after_the_lag() -> None:
    lost = partial(run, intact=False)
    assert "missed without memory" in kinds(verdict([lost(after(1)), lost(after(1.3))]))
    assert kinds(verdict([lost(after(1)), lost(after(1.2))])) == []


def test_an_old_ledger_that_never_knew_the_settings_owes_nothing() -> None:
    def missed(knows: datetime) -> bool:
        ticks = [run(after(hours), intact=False, knows=knows) for hours in (1, 2)]
        edited = Wanted(OF, after(-40), after(100))
        history = History([run(after(-30)), *ticks], wanted=[edited])
        return bool(Judge(history, TIMING, lambda _: False).verdict().violations)

    assert (missed(after(-39)), missed(after(-41))) == (True, False)


def test_after_an_unanswered_post_a_run_counts_when_the_lag_is_over_and_then_twice_it() -> None:
    def missed(*minutes: float) -> bool:
        *doubts, last = (after(each / 60) for each in minutes)
        posts = [handed_over(at, None, certain=False) for at in doubts]
        ticks = [run(at, disturbed={OF.to}) for at in doubts]
        return "missed" in kinds(verdict([*ticks, run(last)], posts))

    assert not missed(10, 20)
    assert missed(10, 26)
    assert not missed(10, 30, 50)
    assert missed(10, 30, 61)


def test_settings_that_changed_within_the_look_ahead_promise_nothing_before() -> None:
    edited = Wanted(OF, after(-2), after(100))
    history = History([run(after(-20)), run(after(-3))], wanted=[edited])
    assert Judge(history, TIMING, lambda _: True).verdict().violations == ()


def test_a_missed_text_must_be_said_in_red_once_with_its_reason() -> None:
    at_seven, evening, night = run(after(-1)), run(after(7)), run(after(10))
    assert kinds(verdict([at_seven, evening])) == ["not said"]
    evening.said = [red("missed")]
    assert kinds(verdict([at_seven, evening])) == []
    evening.said = [red("missed", detail="")]
    assert kinds(verdict([at_seven, evening])) == ["no reason"]
    evening.said = night.said = [red("missed")]
    assert kinds(verdict([at_seven, evening, night])) == ["said twice"]


def test_no_run_came_is_a_false_reason_where_one_did() -> None:
    none = red("missed", "no run came within its grace")
    assert kinds(verdict([run(after(7), said=[none])])) == []
    came = run(after(1), disturbed={OF.to})
    assert kinds(verdict([came, run(after(7), said=[none])])) == ["false reason"]


def test_what_came_must_not_be_called_missed() -> None:
    ticks = [run(after(-1)), run(after(7), said=[red("missed")])]
    assert kinds(verdict(ticks, [handed_over(after(-1), DUE)])) == ["false alarm"]


def test_after_a_green_stop_nothing_may_come_that_was_in_the_log() -> None:
    held, fresh = handed_over(after(-10), DUE), handed_over(after(-2.1), DUE)
    stopped = run(after(-2), kind="stop")
    assert kinds(verdict([stopped], [held])) == ["not stopped"]
    assert kinds(verdict([stopped], [fresh])) == []
    stopped.said = [Said(None, "unknown", True, "its cancellation is not confirmed")]
    assert kinds(verdict([stopped], [held])) == []


def test_send_the_text_now_must_send_or_be_red() -> None:
    pressed = run(after(-4), kind="now", asked=((OF.to, OF.place),))
    assert kinds(verdict([pressed], wanted=False)) == ["nothing now"]
    own = handed_over(after(-4), after(-4), own=True)
    assert kinds(verdict([pressed], [own], wanted=False)) == []
    pressed.exit_code = 1
    assert kinds(verdict([pressed], wanted=False)) == []


def test_a_fault_of_the_programs_own_is_a_violation() -> None:
    words = "weather-sms failed unexpectedly (KeyError at plan.py:7). Please report it"
    assert kinds(verdict([run(after(1), said=[red("rejected", words)])], wanted=False)) == ["fault"]


@pytest.mark.parametrize(
    "scenario", [s for s in scenarios(range(0, 60, 60)) if s.order == "created"]
)
def test_every_scenario_has_texts_that_come(scenario: Scenario) -> None:
    history = simulate(scenario, 1, 5, tuple(run_times.model()))
    assert any(post.left for post in history.posts)
    assert history.wanted


@pytest.mark.parametrize(
    ("promised", "strict", "code"), [(True, True, 1), (True, False, 0), (False, True, 0)]
)
def test_the_benchmark_fails_for_a_broken_promise_if_it_is_strict(
    promised: bool, strict: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = verdict([], [handed_over(after(-20), DUE), handed_over(after(0.5), after(0.5))])
    scenario = Scenario("number:rare+7", "number, rare runs", promised=promised)
    done = punctuality.Done(scenario, 3, found, ((found.violations[0], ()),), cpu_s=1.0)
    assert punctuality.conclude([done], 1.0, 20, strict) == code
    said = capsys.readouterr().out
    assert ("red: 1 violations (1 twice)" in said) == promised
    assert ("--only number:rare+7 --seed 3 --until 2026-03-07 --trace" in said) == promised


def test_the_benchmark_prints_a_row_for_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert punctuality.main(["--only", "two-ledgers:created", "--days", "5", "--strict"]) == 0
    assert "two ledgers" in capsys.readouterr().out
