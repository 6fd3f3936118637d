"""One simulation, from its first run to its last."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx

from tests.simulation.chance import Chance
from tests.simulation.github import Cache, Start, Unkindness, workflow_runs
from tests.simulation.history import Event, History, Occurrence, Post, Said, Tick, Wanted
from tests.simulation.line import SURELY_NOT, Line
from tests.simulation.turns import Died, RunnerClock, taking_turns
from tests.simulation.weather import Region, Spot, Weather
from tests.simulation.wishes import Wish, Wishes, timeline
from weather_sms import Settings, tick
from weather_sms.delivery.run import Run
from weather_sms.delivery.tick import stop
from weather_sms.ledger import LedgerError
from weather_sms.report.outcome import Report
from weather_sms.sandbox import Sandbox
from weather_sms.sandbox.open_meteo import MiniOpenMeteo
from weather_sms.sandbox.openweather import MiniOpenWeather
from weather_sms.sandbox.twilio_messages import Order

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a ledger on a disk takes its time
JOB_ENDS = timedelta(minutes=14)
CRON_EVERY = timedelta(minutes=30)
FORECASTS = ("/data/2.5/forecast", "/v1/forecast")
SHORT_OF_MIDNIGHT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Setting:
    """A world before it begins. `cron`: another machine with a ledger of its own."""

    name: str
    seed: int
    start: datetime
    days: int
    scheduled: list[datetime] = field(repr=False)
    region: Region
    wishes: Wishes
    unkind: Unkindness
    order: Order = "created"
    service: bool = True
    cron: bool = False


class World:
    """`run` gives the history of everything that happened."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._chance = Chance(f"{setting.name} {setting.seed}")
        self._weather = Weather(self._chance)
        self._clock = RunnerClock(setting.start, datetime.max.replace(tzinfo=UTC))
        days = tuple(self._weather.sample(spot, setting.start) for spot in setting.region.spots)
        self._sandbox = Sandbox(days=days, every_day=True, now=lambda: self._clock.now())
        self._sandbox.twilio.order = setting.order
        self._cache = Cache(setting.unkind, self._chance)
        self._edits = timeline(
            setting.wishes,
            setting.region,
            self._chance,
            setting.start,
            setting.days,
            setting.unkind.edits,
        )
        self._known: dict[tuple[Wishes, Path, bool], Settings] = {}
        self._made: dict[str, int] = {}
        self._last_run = ""
        self._looked = dict[Spot, bool]()
        self._wishes: Wishes = setting.wishes
        self.history = History()

    def run(self) -> History:
        """Every run, one after the other where they share a ledger."""
        history, free = self.history, dict[bool, datetime]()
        history.events += [Event(at, "", f"somebody {what}") for at, _, what in self._edits if what]
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            for start in self._starts():
                on_github = start.number > 0
                begins = max(start.at, free.get(on_github, start.at))
                self._one(start, begins, Path(folder))
                free[on_github] = self._clock.now() + timedelta(seconds=20)
        self._clock = RunnerClock(self._end, datetime.max.replace(tzinfo=UTC))
        self._fates()
        history.events.sort(key=lambda event: event.at)
        history.wanted = list(self._wanted())
        return history

    @property
    def _end(self) -> datetime:
        return self._setting.start + timedelta(days=self._setting.days)

    def _starts(self) -> list[Start]:
        setting = self._setting
        runs = workflow_runs(
            setting.scheduled, setting.start, setting.days, setting.unkind, self._chance
        )
        times = int(setting.cron) * (timedelta(days=setting.days) // CRON_EVERY)
        cron = [Start(setting.start + i * CRON_EVERY) for i in range(times)]
        return sorted([each for each in runs if each.at < self._end] + cron, key=lambda run: run.at)

    def _one(self, start: Start, begins: datetime, folder: Path) -> None:
        """One run, with what GitHub does before and after it."""
        on_github = start.number > 0
        record = Tick(start.name, start.kind, begins, begins)
        self.history.ticks.append(record)
        self._clock = RunnerClock(begins, begins + JOB_ENDS)
        ledger = folder / ("github" if on_github else "cron") / "ledger.db"
        if on_github:
            save = self._cache.restore(start.name)
            record.intact, record.knows = save.run == self._last_run, save.at
            self._last_run = start.name
            _replace_file(ledger, save.ledger)
        self._say(f"run {start.name} ({start.kind})" + ", MEMORY LOST" * (not record.intact))
        if start.kind == "install":
            record.completed = record.saved = False
            return
        self._program(start, record, ledger)
        record.end = self._clock.now()
        if on_github:
            content = ledger.read_bytes() if record.completed and ledger.exists() else None
            record.saved = content is not None and self._cache.save(start.name, record.end, content)
        if record.exit_code or not record.saved:
            done = "ends" if record.completed else "DIED"
            lost = ", NOT SAVED" * (not record.saved)
            self._say(f"run {start.name} {done}, exit {record.exit_code}{lost}")

    def _program(self, start: Start, record: Tick, ledger: Path) -> None:
        """The program itself, as its job runs it."""
        self._looked = {}
        self._wishes = self._wishes_at(record.start)
        self._sandbox.requests.clear()
        settings = self._settings(ledger)
        line = Line(
            self._sandbox, self._clock, self._chance, self._setting.unkind, start.name, self._note
        )
        run = None
        if start.number:
            run = Run(start.number, start.attempt, last_unknown=self._last_unknown)
        try:
            with taking_turns(self._clock):
                if start.kind == "stop":
                    report = stop(settings, clock=self._clock, transport=line, run=run)
                else:
                    report = tick(
                        settings,
                        clock=self._clock,
                        transport=line,
                        run=run,
                        send_now=start.kind == "now",
                    )
            self._reported(report, record)
        except Died:
            record.completed = False
        except LedgerError as error:
            record.exit_code = 1
            record.said.append(Said(None, "ledger", True, str(error)))
        record.without_weather = {spot.written for spot, well in self._looked.items() if not well}
        if start.kind == "now":
            record.asked = tuple((wish.to, wish.spot.written) for wish in self._wishes)

    def _last_unknown(self, number: int, attempt: int) -> datetime | None:
        """What GitHub says: when the last run ended that is not known and came to the program."""
        ends = [
            each.end
            for each in self.history.ticks[:-1]
            if each.kind != "install"
            and re.fullmatch(r"\d+\.\d+", each.name)
            and tuple(map(int, each.name.split("."))) > (number, attempt)
        ]
        return max(ends, default=None)

    def _settings(self, ledger: Path) -> Settings:
        key = (self._wishes, ledger, self._setting.service)
        if key not in self._known:
            service = (
                {"TWILIO_MESSAGING_SERVICE_SID": self._sandbox.twilio.services[0]}
                if self._setting.service
                else {}
            )
            env = self._sandbox.env | service | {"WEATHER_STATE": f"sqlite:///{ledger}"}
            env |= {"WEATHER_SUBSCRIPTIONS": "\n".join(wish.toml for wish in self._wishes)}
            env |= {"GITHUB_ACTIONS": "true"} if ledger.parent.name == "github" else {}
            self._known[key] = Settings.from_env(env)
        return self._known[key]

    def _wishes_at(self, moment: datetime) -> Wishes:
        return next(wishes for at, wishes, _ in reversed(self._edits) if at <= moment)

    def _reported(self, report: Report, record: Tick) -> None:
        record.exit_code = report.exit_code
        for outcome in report.outcomes:
            occurrence = None
            if outcome.subscription:
                wish = self._wishes[outcome.subscription - 1]
                at = datetime.fromisoformat(outcome.occurrence).astimezone(UTC)
                occurrence = Occurrence(wish.to, wish.spot.written, at)
            red = outcome.failed and report.exit_code > 0
            record.said.append(Said(occurrence, outcome.status, red, outcome.detail))
            if outcome.status not in ("not_due", "already") or outcome.detail:
                self._say(
                    f"says {'RED ' * red}{outcome.status} for {outcome.occurrence}: "
                    f"{outcome.detail}",
                    occurrence.to if occurrence else "",
                )

    def _say(self, words: str, to: str = "") -> None:
        self.history.events.append(Event(self._clock.now(), to, words))

    def _note(
        self, request: httpx.Request, who: str, how: str, done: httpx.Response | None
    ) -> None:
        """Record a call, and what it means for the judge."""
        record, path = self.history.ticks[-1], request.url.path
        channel = path.startswith("/2010") or who.startswith("ntfy")
        if not channel:
            self._note_weather(path, request.url.params, well=not how)
            return
        if how:
            record.disturbed.add(who)
        changes = request.method != "GET"
        form = parse_qs(request.content.decode()) if path.startswith("/2010") and changes else {}
        canceling = request.method == "DELETE" or "Status" in form
        well = done is not None and done.is_success
        self.history.cancels += int(canceling and well)
        what = "cancels" if canceling else "POSTs" if changes else "looks"
        status = f"{done.status_code}" if done is not None else "not processed"
        self._say(f"{what} {path[-18:]}: {status}{', ' * bool(how)}{how}", who)
        if changes and not canceling and not (done is None and how in SURELY_NOT):
            self._note_post(request, who, form, how, done)

    def _note_post(
        self,
        request: httpx.Request,
        who: str,
        form: dict[str, list[str]],
        how: str,
        done: httpx.Response | None,
    ) -> None:
        if done is not None and not done.is_success:
            return
        if who.startswith("ntfy"):
            stamp = request.headers.get("At")
            send_at = datetime.fromtimestamp(int(stamp), UTC) if stamp else None
            body = request.headers.get("Title", "") + ": " + request.content.decode()
        else:
            written = form.get("SendAt")
            send_at = datetime.fromisoformat(written[0]) if written else None
            body = form["Body"][0]
        record = self.history.ticks[-1]
        own = record.kind == "now" and send_at is None
        occurrence = self._meant(who, body, send_at, record.start if own else None)
        if done is not None:
            self.history.creates += 1
            answer = done.json()
            self._made[answer.get("sid") or answer["id"]] = len(self.history.posts)
        post = Post(self._clock.now(), occurrence, record.name, certain=not how, own=own)
        self.history.posts.append(post)

    def _meant(
        self, to: str, body: str, send_at: datetime | None, own_at: datetime | None
    ) -> Occurrence:
        """The occurrence that a text is for: of a late one, the last that was due."""
        wishes = [wish for wish in self._wishes if wish.to == to]
        spot = spot_of(body, [wish.spot for wish in wishes] or [self._setting.region.home])
        if at := own_at or send_at:
            return Occurrence(to, spot.written, at)
        now = self._clock.now() + timedelta(minutes=1)
        due = [
            each.at
            for wish in wishes
            if wish.spot == spot
            for each in wish.occurrences(now - timedelta(days=3), now)
        ]
        return Occurrence(to, spot.written, max(due, default=now))

    def _note_weather(self, path: str, params: httpx.QueryParams, well: bool) -> None:
        """Remember for which places there was weather; renew it before it is asked for."""
        for spot in self._setting.region.spots:
            if spot.is_asked_for(params):
                got = well and path in FORECASTS
                self._looked[spot] = self._looked.get(spot, False) or got
        if path.startswith("/geo"):
            self._new_weather()

    def _new_weather(self) -> None:
        now, spots = self._clock.now(), self._setting.region.spots
        days = tuple(self._weather.sample(spot, now) for spot in spots)
        self._sandbox.openweather = MiniOpenWeather(days, self._sandbox.now)
        self._sandbox.open_meteo = MiniOpenMeteo(days, self._sandbox.now, lambda: True)

    def _fates(self) -> None:
        """Add to each POST when its text reached the phone."""
        sandbox, posts = self._sandbox, self.history.posts
        left = {each["sid"]: sandbox.twilio.left_at[each["sid"]] for each in sandbox.twilio.left}
        left |= {
            event["id"]: datetime.fromtimestamp(event["time"], UTC)
            for event in sandbox.ntfy.events
            if event["event"] == "message" and event["time"] <= self._end.timestamp()
        }
        for name, at in left.items():
            posts[self._made[name]] = replace(posts[self._made[name]], left=at)
            to = posts[self._made[name]].occurrence.to
            self.history.events.append(Event(at, to, "A TEXT REACHES THE PHONE"))

    def _wanted(self) -> Iterator[Wanted]:
        """Every occurrence that is surely wanted: without the first day and the last two."""
        ends = [*(at for at, _, _ in self._edits[1:]), self._end]
        first, last = self._setting.start + timedelta(days=1), self._end - SHORT_OF_MIDNIGHT
        for number, (since, wishes, _) in enumerate(self._edits):
            for wish in wishes:
                for each in wish.occurrences(max(first, since), min(last, ends[number])):
                    day = each.at.astimezone(wish.tzinfo).date()
                    around = [day + timedelta(days=i) for i in (-1, 0, 1)]
                    wet = all(self._weather.is_wet(wish.spot, day) for day in around)
                    if wet or not wish.only_if:
                        yield Wanted(each, *self._unchanged(number, wish))

    def _unchanged(self, number: int, wish: Wish) -> tuple[datetime, datetime]:
        """From when to when the settings hold a wish, perhaps in other words."""
        holds = [any(each.key == wish.key for each in wishes) for _, wishes, _ in self._edits]
        since = next((i + 1 for i in range(number, -1, -1) if not holds[i]), 0)
        until = next((i for i in range(number, len(holds)) if not holds[i]), None)
        return self._edits[since][0], self._end if until is None else self._edits[until][0]


def spot_of(body: str, spots: list[Spot]) -> Spot:
    """The place of a text: by its name, or else by coordinates; of two with one name, by frost."""
    known = dict.fromkeys(spots)
    found = [spot for spot in known if body.startswith(spot.zip)]  # as it is written
    found = found or [spot for spot in known if body.startswith(spot.name)]
    if not found:
        return next((spot for spot in spots if spot.by_coordinates), spots[0])
    if len(found) == 1:
        return found[0]
    freezes = re.search(r"(?<!\d)-\d", body.partition(": ")[2]) is not None
    return next((spot for spot in found if (spot.usual_c < 0) == freezes), found[0])


def _replace_file(path: Path, content: bytes | None) -> None:
    path.parent.mkdir(exist_ok=True)
    for each in path.parent.iterdir():
        each.unlink()
    if content is not None:
        path.write_bytes(content)
