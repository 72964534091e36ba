"""Shows to look at in the results, from tidy to the longest, and the results' routes around one of them.

python -m tests.web.results_show [demo|longest|early|waiting]    serves one at http://127.0.0.1:8877/results
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from server.demo import demo_event
from server.domain import commands as c
from server.domain.actors import SYSTEM, Actor, Role
from server.domain.errors import ArenaError
from server.domain.event import Event, Finalist, JudgeSeat
from server.domain.marks import Scorecard, Tally, Verdict
from server.domain.rules import Component
from server.web import results_page
from server.web.replies import on_arena_error
from server.web.security import Guard
from server.web.sessions import COOKIES, Keys
from server.web.templating import STATIC
from tests.stagehand import Stagehand
from tests.test_results import Kept

PORT = 8877
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> ![i](http://evil.example/i.png)"
)
REASON = (
    "Concrete and warm; the hawker’s voice carries it, though the last claim about the year stays without a source."
)
ANSWER = (
    "## The bowl that everybody knows\n\nMy grandmother’s **laksa** was *never* the same twice. In the kopitiam:\n\n"
    "1. The uncle remembers every order.\n2. The auntie remembers every argument.\n3. Between them they keep more "
    "of this city than any archive.\n\n> “Eat first, talk later.”\n\nSo when a young cook folds it into a burger, "
    "nothing is lost: `rempah` is still pounded before dawn, and the queue still forms.\n"
)
SENTENCE = "Between the void deck and the hawker centre a city explains itself to whoever is hungry enough to listen. "
LONG_NAMES = (
    "Nur Farah Aisyah binte Muhammad Hafiz Al-Rashid Abdul Rahman",
    "陈美玲 (Tan Mei Ling Jacqueline)",
    "Arjun",
    "Sivaramakrishnan Venkatasubramanian-Thiruvengadam Pillai III",
    "Jean-Baptiste de la Fontaine-Montmorency van den Heuvel-Eng",
    "Priya",
    "Supercalifragilisticexpialidociousunbreakablefamilynamewow60",
    "மீனாட்சி சுந்தரம்",
)


def play(hand: Stagehand, index: int, text: Callable[[int, int], str]) -> None:
    """One round, revealed: two attempts of the second finalist, marks that differ, votes for all."""
    hand.do(c.OpenRound(index + 1))
    hand.do(c.StartClock())
    for lane, finalist in enumerate(hand.state.event.finalists):
        hand.wait(2)
        if (lane + index) % len(hand.state.event.finalists) == 1:
            hand.generate(finalist.id, "A first try that was **thrown away**.", "Try anything.")
        hand.generate(finalist.id, text(index, lane), f"Speak as {finalist.name} would.\nBe concrete; end on a smile.")
    hand.ring()
    marked(hand, index)
    hand.do(c.Approve())
    for part in hand.state.event.rules.reveal_order:
        hand.do(c.RevealComponent(part))
    hand.do(c.RevealTotal())


def marked(hand: Stagehand, index: int) -> None:
    """Verdicts, scorecards and votes of the current round, sealed."""
    entries = list(hand.round.entries)
    verdicts = tuple(
        Verdict("judge", f, Fraction(4000 + (lane * 1733 + index * 977) % 6000, 1000), REASON)
        for lane, f in enumerate(entries)
    )
    hand.do(c.RecordVerdicts(hand.round.key, "judge", verdicts), SYSTEM)
    votes = {f: 7 + (lane * 31 + index * 17) % 83 for lane, f in enumerate(entries)}
    cards = tuple(
        Scorecard(
            x.id,
            f,
            {k.key: Fraction(8 + (i * 5 + lane * 7 + index * 3 + n) % 12, 2) for n, k in enumerate(_criteria(hand))},
        )
        for i, x in enumerate(hand.state.event.experts)
        for lane, f in enumerate(entries)
    )
    if not hand.round.closing:
        hand.do(c.CloseJudging())
    tally = Tally(counted=sum(votes.values()), discarded=3, favourites=votes)
    hand.do(c.Seal(hand.round.key, tally, cards), SYSTEM)


def _criteria(hand: Stagehand) -> tuple[Any, ...]:
    return hand.state.event.rules.scoring.criteria


def demo() -> Stagehand:
    """Five finalists, seven rounds, one voided, one corrected; a pause and a fresh link."""
    adapters = {name: (f"{name}@3f9a", "ab" * 32) for name in ("mei-ling", "arjun", "farah", "wei-jie", "priya")}
    hand = Stagehand(demo_event(adapters, [JudgeSeat("judge", "Judge adapter", "", True)], "merlion"))
    return finished(hand, lambda index, lane: ANSWER if (index + lane) % 3 else SENTENCE * 4)


def longest() -> Stagehand:
    """Eight finalists, ten rounds, every text as long as it may be."""
    made = demo().state.event
    finalists = tuple(Finalist(f"finalist-{i}", name, f"a@{i}", "cd" * 32) for i, name in enumerate(LONG_NAMES))
    question = replace(made.questions[0], text=(SENTENCE * 6)[:600], theme="The longest theme that anybody would write")
    questions = (*(replace(question) for _ in range(9)), replace(question, multiplier=2))
    event: Event = replace(made, finalists=finalists, questions=questions, rehearsal=False)
    return finished(Stagehand(event), lambda index, lane: ANSWER + SENTENCE * (3 + 2 * lane) if lane else SENTENCE * 18)


def finished(hand: Stagehand, text: Callable[[int, int], str]) -> Stagehand:
    """The whole show with things going wrong on the way."""
    first = hand.state.event.finalists[1].id
    hand.start().do(c.Pause("The projector lost its signal."))
    hand.wait(41).do(c.Resume())
    hand.generate(first, ANSWER)
    hand.do(c.Void(reason="The projector failed and half of the hall could not read the question."))
    for index in range(len(hand.state.event.questions)):
        if index == 2:
            hand.do(c.NoteLink(Role.FINALIST.value, first, "the laptop was changed"))
        play(hand, index, text)
        if index == 1:
            hand.do(c.Correct(first, Component.LLM, "7.5", "The judge had read an unfinished text."))
    hand.do(c.Finish())
    return hand


def early() -> Stagehand:
    """Two rounds revealed, the third being judged."""
    hand = Stagehand(demo().state.event)
    for index in range(2):
        play(hand, index, lambda index, lane: ANSWER)
    return hand.prompt_all("A secret answer of {}.").ring()


SHOWS: dict[str, Callable[[], Stagehand]] = {"demo": demo, "longest": longest, "early": early, "waiting": early}


def keys() -> Keys:
    return Keys("a secret of the tests", "demo", lambda role, who: 0, 1.0)


def organiser() -> dict[str, str]:
    """The cookie of an organiser."""
    return cookie(Role.ORGANISER)


def cookie(role: Role, who: str = "somebody") -> dict[str, str]:
    return {COOKIES[role]: keys().cookie(Actor(role, who))}


def app(hand: Stagehand) -> FastAPI:
    """The results' routes on a show that was played."""
    made = FastAPI()
    made.state.house = SimpleNamespace(arena=SimpleNamespace(state=hand.state), archive=Kept(hand), keys=keys())
    made.include_router(results_page.router)
    made.add_exception_handler(ArenaError, on_arena_error)
    made.mount("/static", StaticFiles(directory=STATIC))
    made.add_middleware(Guard, base_url="http://testserver", writes_per_second=100)
    return made


if __name__ == "__main__":
    import uvicorn

    wanted = sys.argv[1] if len(sys.argv) > 1 else "demo"
    uvicorn.run(app(SHOWS[wanted]()), port=PORT, log_level="warning")
