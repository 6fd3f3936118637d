"""Ask for settings until their form is right (`Settings.diagnose`) and the doctor's checks pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from weather_sms.delivery.services import Services
from weather_sms.settings import Settings
from weather_sms.setup.terminal import Verdict, ask, judge, say

if TYPE_CHECKING:
    import httpx

    from weather_sms.clock import Clock
    from weather_sms.report.check import Check
    from weather_sms.setup.draft import Draft

Answers = dict[str, str]
Live = Callable[[Settings, Services, datetime], "Iterable[Check]"]


@dataclass(frozen=True, slots=True)
class Field:
    """A question, and which settings it answers. `proposed` is what Enter gives.

    `reads` says which settings an answer means, `writes` how a setting is shown as an answer.
    """

    names: tuple[str, ...]
    label: str
    proposed: str = ""
    hidden: bool = False
    optional: bool = False
    reads: Callable[[str], Answers] | None = None
    writes: Callable[[str], str] = str

    def read(self, typed: str) -> Answers:
        """The settings that were answered."""
        return self.reads(typed) if self.reads else {self.names[0]: typed}


def is_login(value: str) -> bool:
    """Whether this is an address with a login in it, which is not shown again."""
    is_topic = value.startswith(("ntfy://", "ntfys://"))
    return "://" in value and (not is_topic or "@" in value)


class Asker:
    """The answers so far, those of a stopped setup (`before`), and the services that judge them.

    `refuses` says why a value cannot be stored. Every answer of the right form goes to the draft at
    once.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        before: Answers,
        draft: Draft,
        refuses: Callable[[str], str],
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = {name: value for name, value in env.items() if name.endswith("_BASE_URL")}
        self._draft, self._refuses, self._clock, self._transport = draft, refuses, clock, transport
        self.before, self.answers = dict(before), dict[str, str]()

    def keep(self, answers: Answers) -> None:
        """Take answers and save them; an empty one is taken back."""
        for name, value in answers.items():
            self.answers[name] = value
            if not value:
                del self.answers[name]
                self.before.pop(name, None)
        self._draft.write(self.before | self.answers)

    def ask(self, *fields: Field, live: Live, sending: bool = True) -> Verdict:
        """Ask until every answer has the right form and passes the live checks, or is kept anyway.

        Without `sending` receivers are not looked at. Raises click.Abort where the user stops.
        """
        while True:
            for field in fields:
                while not self._answered(field):
                    pass
            names = {
                name
                for each in fields
                for name in each.names
                if not each.optional or name in self.answers
            }
            if self._complained(names, self.answers):
                continue
            verdict = judge(self._tried(live, sending))
            if verdict != "again":
                return verdict

    def _answered(self, field: Field) -> bool:
        """One question asked once; whether its answer has the right form."""
        known = (source.get(name) for source in (self.answers, self.before) for name in field.names)
        default = next(filter(None, known), field.proposed)
        covered = bool(default) and (field.hidden or is_login(default))
        shown = default if covered else field.writes(default)
        typed = ask(
            field.label, shown, hidden=field.hidden, covered=covered, optional=field.optional
        )
        answers = dict.fromkeys(field.names, "") | field.read(typed)
        if (typed or not field.optional) and self._complained(
            set(field.names), self.answers | answers
        ):
            return False
        self.keep(answers)
        return True

    def _complained(self, names: set[str], answers: Answers) -> bool:
        """Say what is wrong with the form of some answers; whether anything is."""
        _, problems = Settings.diagnose(self._base | answers)
        wrong = [str(problem) for problem in problems if problem.name in names]
        refused = ((name, self._refuses(answers[name])) for name in sorted(names & answers.keys()))
        wrong += [f"{name} {reason}." for name, reason in refused if reason]
        for sentence in wrong:
            say(sentence)
        return bool(wrong)

    def _tried(self, live: Live, sending: bool) -> Iterable[Check]:
        settings, _ = Settings.diagnose(self._base | self.answers, sending=sending)
        with closing(Services(settings, self._clock, self._transport)) as services:
            yield from live(settings, services, self._clock.now())
