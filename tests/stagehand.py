"""A stagehand: plays an event through the pure core, for tests that need a state in some phase."""

from dataclasses import replace
from fractions import Fraction

from server.domain import commands as c
from server.domain.actors import ORGANISER, SYSTEM, Actor, Role
from server.domain.decide import decide
from server.domain.event import Event, Expert, Finalist, JudgeSeat, Question
from server.domain.events import Happening
from server.domain.evolve import evolve, initial
from server.domain.marks import Scorecard, Tally, Verdict
from server.domain.rules import Component, Rules, Scoring
from server.domain.state import EventState, Round

NAMES = ("Mei Ling", "Arjun", "Farah", "Wei Jie", "Priya")
START = 1_800_000_000_000


def event(**changes: object) -> Event:
    """Five finalists, five experts, three questions, the last a bonus."""
    finalists = tuple(
        Finalist(n.lower().replace(" ", "-"), n, f"{n.lower().replace(' ', '-')}@{i:012x}", f"{i:064x}")
        for i, n in enumerate(NAMES)
    )
    experts = tuple(Expert(f"expert-{i}", f"Expert {i}") for i in range(1, 6))
    questions = (Question("Question one?", "heritage"), Question("Question two?"), Question("Three?", multiplier=2))
    rules = Rules(scoring=Scoring(audience_quorum=1))
    made = Event(
        "demo", "Demo Finale", "seed", True, finalists, experts, questions, (JudgeSeat("judge", "Demo judge"),), rules
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class Stagehand:
    """Gives commands at a time of its own (`now`, epoch ms) and keeps the state and the journal."""

    def __init__(self, made: Event | None = None) -> None:
        self.state: EventState = initial(made or event())
        self.now = START
        self.journal: list[tuple[int, Happening]] = []

    @property
    def round(self) -> Round:
        assert self.state.current is not None
        return self.state.current

    def do(self, command: c.Command, actor: Actor = ORGANISER) -> tuple[Happening, ...]:
        """Decide and fold one command; raises what `decide` raises."""
        happened = decide(self.state, command, actor, self.now)
        for happening in happened:
            self.state = evolve(self.state, happening, self.now)
            self.journal.append((self.now, happening))
        return happened

    def wait(self, seconds: float) -> "Stagehand":
        self.now += int(seconds * 1000)
        return self

    def brief(self) -> "Stagehand":
        self.do(c.OpenRound())
        return self

    def start(self) -> "Stagehand":
        self.brief().do(c.StartClock())
        return self

    def generate(self, finalist: str, text: str | None = "An answer.", prompt: str = "Be brief.") -> str:
        """Start an attempt, and finish it unless `text` is None; gives the attempt's id."""
        attempt = f"{self.round.key}-{finalist}-{len(self.round.attempts_of(finalist)) + 1}"
        self.do(c.Generate(attempt, prompt, 0.7, 0.9, 200, 7), Actor(Role.FINALIST, finalist))
        if text is not None:
            self.finish(attempt, text)
        return attempt

    def finish(self, attempt: str, text: str = "An answer.", reason: str = "stop", failure: str = "") -> None:
        command = c.FinishAttempt(attempt, text, len(text.split()), 80, reason, failure, engine="scripted")
        self.do(command, SYSTEM)

    def prompt_all(self, text: str = "Answer of {}.") -> "Stagehand":
        """Open, start, one finished attempt for every finalist."""
        self.start()
        for finalist in self.state.event.finalists:
            self.generate(finalist.id, text.format(finalist.name))
        return self

    def ring(self) -> "Stagehand":
        assert self.round.last_bell is not None
        self.now = self.round.last_bell
        self.do(c.Tick(), SYSTEM)
        return self

    def judge(self, text: str = "Answer of {}.") -> "Stagehand":
        """To the judging phase, every finalist with an entry."""
        return self.prompt_all(text).ring()

    def verdicts(self, marks: dict[str, str] | None = None) -> "Stagehand":
        entries = list(self.round.entries)
        given = marks or {f: str(9 - i) for i, f in enumerate(entries)}
        verdicts = tuple(Verdict("judge", f, Fraction(given[f]), "Because.") for f in entries)
        self.do(c.RecordVerdicts(self.round.key, "judge", verdicts), SYSTEM)
        return self

    def seal(self, favourites: dict[str, int] | None = None) -> "Stagehand":
        """To the seal: judge, five scorecards, votes."""
        return self.judge().seal_current(favourites)

    def seal_current(self, favourites: dict[str, int] | None = None) -> "Stagehand":
        """From the judging phase to the seal."""
        if self.round.entries:
            self.verdicts()
        votes = favourites or {f: 10 - 2 * i for i, f in enumerate(self.round.entries)}
        cards = tuple(
            Scorecard(x.id, f, {k.key: Fraction(17 - i, 2) for k in self.state.event.rules.scoring.criteria})
            for x in self.state.event.experts
            for i, f in enumerate(self.round.entries)
        )
        if not self.round.closing:
            self.do(c.CloseJudging())
        tally = Tally(counted=sum(votes.values()), favourites=votes)
        self.do(c.Seal(self.round.key, tally, cards), SYSTEM)
        return self

    def reveal(self) -> "Stagehand":
        """To the revealed round."""
        self.seal().do(c.Approve())
        for component in Component:
            self.do(c.RevealComponent(component))
        self.do(c.RevealTotal())
        return self

    def play_out(self) -> "Stagehand":
        """Every round, then the champion."""
        while self.state.next_number is not None:
            self.reveal()
        self.do(c.Finish())
        return self
