"""Who wants which text, as the settings say it; people who edit them, and change their minds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.chance import Chance
from tests.simulation.history import Occurrence
from tests.simulation.weather import Region, Spot

OTHER_ZONE = "America/Caracas"


@dataclass(frozen=True, slots=True)
class Wish:
    """One subscription; several times share their minute. `zone` None: the place's own."""

    to: str
    spot: Spot
    hours: tuple[int, ...] = (7,)
    minute: int = 0
    zone: str | None = None
    units: str = "metric"
    language: str = "en"
    only_if: str = ""

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone or self.spot.timezone)

    @property
    def key(self) -> tuple[object, ...]:
        """All that does not only change the words."""
        return self.to, self.spot, self.hours, self.minute, str(self.tzinfo), self.only_if

    @property
    def toml(self) -> str:
        hours = ",".join(map(str, self.hours))
        values = {
            "to": self.to,
            "place": self.spot.written,
            "at": f"{self.minute} {hours} * * *",
            "timezone": self.zone or "",
            "units": self.units,
            "language": self.language,
            "only_if": self.only_if,
        }
        return "[[subscription]]\n" + "".join(f'{k} = "{v}"\n' for k, v in values.items())

    def occurrences(self, since: datetime, until: datetime) -> Iterator[Occurrence]:
        """All from one moment up to another."""
        zone, day = self.tzinfo, since.astimezone(self.tzinfo).date() - timedelta(days=1)
        while day <= until.astimezone(zone).date():
            for hour in self.hours:
                at = datetime.combine(day, time(hour, self.minute), zone).astimezone(UTC)
                if since <= at < until:
                    yield Occurrence(self.to, self.spot.written, at)
            day += timedelta(days=1)


Wishes = tuple[Wish, ...]
Edit = Callable[[Wish, Region], Wish]
EDITS: dict[str, Edit] = {
    "the time": lambda wish, _: replace(wish, minute=(wish.minute + 30) % 60),
    "the hours": lambda wish, _: replace(wish, hours=tuple(hour - 1 for hour in wish.hours)),
    "the zone": lambda wish, _: replace(wish, zone=OTHER_ZONE),
    "no zone": lambda wish, _: replace(wish, zone=None),
    "the language": lambda wish, _: replace(wish, language="de"),
    "the units": lambda wish, _: replace(wish, units="imperial"),
    "the place": lambda wish, region: replace(wish, spot=region.away),
    "its twin": lambda wish, region: replace(wish, spot=region.twin),
    "a condition": lambda wish, _: replace(wish, only_if="rain"),
    "the receiver": lambda wish, _: replace(wish, to=_another(wish.to)),
}


def _another(to: str) -> str:
    return f"{to}-other" if to.startswith("ntfy") else f"{to[:-1]}9"


def timeline(
    wishes: Wishes, region: Region, chance: Chance, start: datetime, days: int, edits_a_day: float
) -> list[tuple[datetime, Wishes, str]]:
    """From when on which settings hold, and what was edited; each edit is taken back."""
    found = [(start - timedelta(days=9), wishes, "")]
    free_from = start + timedelta(days=2)
    for day in range(days):
        at = start + timedelta(days=day + chance("edit at", day))
        if chance("edited", day) >= edits_a_day or at < free_from:
            continue
        what, which = chance.choice(list(EDITS), "what", day), int(chance("who", day) * len(wishes))
        edited = (*wishes[:which], EDITS[what](wishes[which], region), *wishes[which + 1 :])
        if what == "the receiver" and len(wishes) > 1:  # with another one left, one is removed
            edited = tuple(wish for wish in wishes if wish.to != wishes[which].to) or edited
        if len({(wish.to, wish.spot, wish.hours, wish.minute) for wish in edited}) < len(edited):
            continue  # two that want the same text are a settings error
        back = at + timedelta(hours=chance.between(1, 60, "back", day))
        found += [(at, edited, f"edits {what}"), (back, wishes, f"takes back {what}")]
        free_from = back + timedelta(hours=12)
    return found
