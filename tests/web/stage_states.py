"""Rooms in every state a shared screen can be in, with short and with the longest plausible text."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from server.arena.room import Check, LiveText, Presence, Room
from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.event import Event, Finalist, JudgeSeat, Question
from server.domain.marks import Scorecard, Tally, Verdict
from server.domain.rules import Component, Rules, Scoring
from server.domain.state import EventState
from tests.stagehand import NAMES, Stagehand, event

LONG_NAMES = (
    "Nur Aisyah Humaira binte Mohamed Shahrizal Abdul Rahman bin Ali",
    "Venkatanarasimharajuvaripeta Subramaniam Krishnamurthy Iyer",
    "Donaudampfschifffahrtsgesellschaftskapitänsanwärterin Müller",
    "Maximiliana Wilhelmina Oosterhuis-van den Brandhof de Groot",
    "Tan Wei Ling Josephine Clementina Bernadette Anne Marguerite",
    "Siti",
    "Ananthapadmanabhaswamy Ramanathan Chidambaram Pillai Nadar M",
    "Wei",
)
ANSWER = (
    "At the **kopitiam** the uncle calls your order before you sit: *kopi-o kosong*, two half-boiled eggs, "
    "toast with kaya. Nobody asks where you come from; everybody asks whether you have eaten.\n\n"
    "1. Heritage is what we keep on the table.\n2. Fusion is what the children order.\n"
)
LONG_ANSWER = "\n\n".join(
    (
        "## What a hawker centre remembers",
        "The queue is the oldest social network in Singapore, and it has never needed an app. " * 4,
        "- **Laksa** at dawn, because the bus drivers come first and the broth has been awake since three\n"
        "- **Rojak**, which is an argument that ends well: everything is cut up and nobody leaves the bowl\n"
        "- **Chicken rice**, of which there are as many opinions as there are uncles with a cleaver",
        "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2,
        "Then a grandmother from Hainan teaches a boy from Chennai to fold a dumpling, and a third aunt corrects them. "
        * 4,
        "1. We share tables.\n2. We return trays, mostly.\n3. We complain, and then we come back tomorrow.",
    )
)
LONG_QUESTION = (
    "Many families in Singapore cook dishes that no cookbook of their grandparents contains: laksa pasta, rendang "
    "burgers, chilli-crab mantou with mozzarella, pandan chiffon with gula melaka foam. Choose one such dish, invent "
    "a believable family that serves it at a reunion dinner, and explain through three generations at that table what "
    "is lost, what is kept and what is new when recipes cross the lines between communities; then say, in one "
    "sentence that a child would understand and an elder would not mind, why that dish deserves a place in a museum "
    "of everyday heritage, and who should carry it in!!"
)
QUESTIONS = (
    Question("Which dish would your grandmother not recognise, and why would she ask for more?", "Heritage and fusion"),
    Question("What does the kampong spirit look like on the fourteenth floor?", "Kampong spirit"),
    Question("Invent an acronym that captures Singapore culture.", "Bonus", multiplier=2),
)
URL, CODE = "https://finale.example.org", "4821"


def made(finalists: int = 5, names: tuple[str, ...] = NAMES, long: bool = False, **rules: object) -> Event:
    """An event as the gallery needs it; `long`: names and questions at their longest."""
    names = tuple(name[:60] for name in (LONG_NAMES if long else (*names, "Siti", "Kumar", "Hui Min")))[:finalists]
    people = tuple(
        Finalist(f"finalist-{i}", name, f"adapter-{i}@{i:012x}", f"{i:064x}") for i, name in enumerate(names)
    )
    questions = tuple(replace(q, text=LONG_QUESTION) for q in QUESTIONS) if long else QUESTIONS
    ruled = replace(Rules(scoring=Scoring(audience_quorum=30), blind=False), **rules)  # type: ignore[arg-type]
    title = "Grand Finale of the National Large Language Model Prompting League of Schools 2026"
    return event(
        name=title if long else "Grand Finale 2026",
        finalists=people,
        questions=questions,
        rules=ruled,
        rehearsal=long,
        judges=(JudgeSeat("judge", "Judge on the local base", demo=True),),
    )


def votes(hand: Stagehand, many: int = 212) -> dict[str, int]:
    """Ballots that add up to `many`, in falling shares."""
    entries = list(hand.round.entries)
    shares = {f: many * (len(entries) - i) // sum(range(1, len(entries) + 1)) for i, f in enumerate(entries)}
    return {**shares, entries[0]: shares[entries[0]] + many - sum(shares.values())} if entries else {}


def sealed(hand: Stagehand, many: int = 212, text: str = ANSWER) -> Stagehand:
    """To the seal, with marks that differ; each round favours the next lane."""
    turn = hand.state.next_number or 1
    return seal(hand.judge(text), many, turn)


def seal(hand: Stagehand, many: int = 212, turn: int = 1) -> Stagehand:
    """From judging to the seal."""
    entries = list(hand.round.entries)
    order = {f: (i + turn * 2) % len(entries) for i, f in enumerate(entries)}
    verdicts = tuple(Verdict("judge", f, Fraction(9250 - 1100 * i, 1000), REASON) for f, i in order.items())
    hand.do(c.RecordVerdicts(hand.round.key, "judge", verdicts), SYSTEM)
    cards = tuple(
        Scorecard(x.id, f, {k.key: Fraction(18 - order[f] - n % 3, 2) for k in hand.state.event.rules.scoring.criteria})
        for n, x in enumerate(hand.state.event.experts)
        for f in entries
    )
    hand.do(c.CloseJudging())
    tally = votes(hand, many)
    hand.do(c.Seal(hand.round.key, Tally(sum(tally.values()), 3, tally), cards), SYSTEM)
    return hand


REASON = "Answers the question directly, names a dish and a family; the last sentence is the strongest of the round."


def revealed(hand: Stagehand, parts: int = 3, total: bool = True) -> Stagehand:
    """Approve and reveal the first `parts` components, then the total."""
    hand.do(c.Approve())
    for component in hand.state.event.rules.reveal_order[:parts]:
        hand.do(c.RevealComponent(component))
    if total:
        hand.do(c.RevealTotal())
    return hand


def played(hand: Stagehand, rounds: int) -> Stagehand:
    """Whole rounds, revealed."""
    for _ in range(rounds):
        revealed(sealed(hand))
    return hand


def room(state: EventState, **more: object) -> Room:
    """A room around a state, with people in it."""
    presence = Presence(
        frozenset(state.event.finalist_ids[:4]), frozenset(x.id for x in state.event.experts[:4]), 1, 2, 318
    )
    base = Room(state, presence=presence, votes=212, public_url=URL, code=CODE, checks=CHECKS)
    return replace(base, **more)  # type: ignore[arg-type]


CHECKS = (
    Check("engine", "Engine", "green", "local · 5 adapters resident"),
    Check("adapter-0", "Adapter A", "green", "first token in 84 ms"),
    Check("adapter-3", "Adapter D", "red", "refused: rank 256 is above 64", "Upload an adapter of rank 64 or less."),
    Check("judge", "LLM judge", "amber", "2 of 3 canaries", "Answer the third canary by hand, or probe again."),
    Check("address", "Public address", "green", "finale.example.org answered in 31 ms"),
    Check("disk", "Disk", "grey", "not checked yet"),
)


def mixed(long: bool = False, finalists: int = 5, text: str = ANSWER) -> Room:
    """Prompting, with every kind of lane at once."""
    hand = Stagehand(made(finalists, long=long)).start().wait(18)
    ids = hand.state.event.finalist_ids
    hand.generate(ids[0], text)
    first = hand.generate(ids[0], None)
    second = hand.generate(ids[1], None)
    hand.generate(ids[2], text)
    failed = hand.generate(ids[2], None)
    hand.finish(failed, "", "failed", "the engine gave no token within 4 s")
    third = hand.generate(ids[3], None)
    live = {
        first: LiveText(),
        second: LiveText(text[: len(text) * 2 // 3], 90, 42.0),
        third: LiveText("", stalled=True),
    }
    drafts = {ids[4]: c.Draft("You are a poet of the void deck.")} if finalists > 4 else {}
    return room(hand.state, live=live, drafts=drafts)


def full(finalists: int = 5) -> Room:
    """Prompting, every lane full of the longest answer."""
    hand = Stagehand(made(finalists, long=True)).start()
    live = {hand.generate(f, None): LiveText(LONG_ANSWER, 400, 40.0) for f in hand.state.event.finalist_ids}
    return room(hand.state, live=live)


def settling() -> Room:
    hand = Stagehand(made()).start()
    ids = hand.state.event.finalist_ids
    for f in ids[:3]:
        hand.generate(f, ANSWER)
    attempt = hand.generate(ids[3], None)
    return room(hand.ring().state, live={attempt: LiveText(ANSWER, 60, 40.0)})


def one_missing(finalists: int = 5, long: bool = False) -> Stagehand:
    """In judging, the last finalist without an entry."""
    hand = Stagehand(made(finalists, long=long)).start()
    for f in hand.state.event.finalist_ids[:-1]:
        hand.generate(f, LONG_ANSWER if long else ANSWER)
    return hand.ring()


def judging(long: bool = False, finalists: int = 5) -> Room:
    hand = one_missing(finalists, long)
    for n in (1, 2, 3):
        hand.do(c.NoteScorecard(hand.round.key, f"expert-{n}", True), SYSTEM)
    return room(hand.state, sent=frozenset({"expert-1", "expert-2", "expert-3"}))


def judging_blind_closed() -> Room:
    hand = Stagehand(made(blind=True)).judge(ANSWER).verdicts()
    hand.wait(60).do(c.Tick(), SYSTEM)
    return room(hand.state)


def paused(long: bool = False) -> Room:
    hand = Stagehand(made(long=long)).start().wait(23)
    hand.do(c.Pause("C's laptop lost its power; the show goes on in a moment. " * (8 if long else 1)))
    return room(hand.state)


def extended() -> Room:
    hand = Stagehand(made()).start()
    hand.do(c.Extend(30, hand.state.event.finalist_ids[1], "keyboard failed"))
    return room(hand.state)


def standings(long: bool = False, finalists: int = 5, **rules: object) -> Room:
    hand = played(Stagehand(made(finalists, long=long, **rules)), 2)
    hand.do(c.ShowStandings())
    return room(hand.state)


def tied() -> Room:
    """The first two share every mark, so the lot decides; the last round is played, and frozen."""
    hand = Stagehand(made(freeze_before_last=True))
    while hand.state.next_number is not None:
        hand.judge(ANSWER).verdicts({f: ("9", "9", "6.5", "3", "1")[i] for i, f in enumerate(hand.round.entries)})
        hand.do(c.CloseJudging())
        revealed(_uncarded(hand))
    hand.do(c.ShowStandings())
    return room(hand.state)


def _uncarded(hand: Stagehand) -> Stagehand:
    """Sealed without one scorecard or ballot: only the LLM judge counts."""
    hand.do(c.Seal(hand.round.key, Tally(), ()), SYSTEM)
    return hand


def hold(text: str = "") -> Room:
    hand = played(Stagehand(made()), 1)
    hand.do(c.ShowHold(text))
    return room(hand.state)


def voided() -> Room:
    hand = Stagehand(made()).start()
    hand.do(c.Void("the engine stood still"))
    return room(hand.state)


def champion(long: bool = False, finalists: int = 5) -> Room:
    hand = played(Stagehand(made(finalists, long=long)), 3)
    hand.do(c.Finish())
    return room(hand.state)


def rejudged() -> Room:
    """Sealed, with a second opinion in preview."""
    hand = sealed(Stagehand(made()))
    hand.do(c.Rejudge("the judge misread lane B", 7))
    verdicts = tuple(
        Verdict("judge", f, Fraction(8000 - 700 * i, 1000), REASON) for i, f in enumerate(hand.round.entries)
    )
    hand.do(c.RecordVerdicts(hand.round.key, "judge", verdicts, True), SYSTEM)
    return room(hand.state)


def corrected() -> Room:
    hand = sealed(Stagehand(made()), many=12)
    hand.do(c.Correct("finalist-1", Component.LLM, "7.5", "the judge took a quotation for the answer"))
    return room(hand.state, votes=12)


def briefed(long: bool = False, finalists: int = 5, **rules: object) -> Room:
    return room(Stagehand(made(finalists, long=long, **rules)).brief().state)


def revealing(parts: int, total: bool = False, many: int = 212, finalists: int = 5, long: bool = False) -> Room:
    hand = sealed(Stagehand(made(finalists, long=long)), many, LONG_ANSWER if long else ANSWER)
    return room(revealed(hand, parts, total).state)


def bonus() -> Room:
    return room(revealed(sealed(played(Stagehand(made(freeze_before_last=False)), 2))).state)


def missing_revealed(finalists: int = 5, long: bool = False) -> Room:
    return room(revealed(seal(one_missing(finalists, long), 12)).state)


STATES: dict[str, Callable[[], Room]] = {
    "welcome": lambda: room(Stagehand(made()).state),
    "welcome-long": lambda: room(Stagehand(made(8, long=True)).state),
    "briefing": briefed,
    "briefing-long": lambda: briefed(True, 8, briefing_seconds=20),
    "prompting": mixed,
    "prompting-long": lambda: mixed(True, text=LONG_ANSWER),
    "prompting-full": full,
    "prompting-eight": lambda: full(8),
    "prompting-six": lambda: mixed(finalists=6),
    "prompting-extended": extended,
    "settling": settling,
    "judging": judging,
    "judging-long": lambda: judging(True),
    "judging-blind-closed": judging_blind_closed,
    "sealed": lambda: room(sealed(Stagehand(made())).state),
    "reveal-one": lambda: revealing(1),
    "reveal-absent": lambda: revealing(1, many=12),
    "reveal-total": lambda: revealing(3, True),
    "reveal-bonus": bonus,
    "reveal-missing-long": lambda: missing_revealed(5, True),
    "reveal-eight": lambda: missing_revealed(8, True),
    "standings": standings,
    "standings-eight": lambda: standings(True, 8),
    "standings-tied-frozen": tied,
    "hold": hold,
    "hold-long": lambda: hold("The kettle in the technicians' corner has tripped a fuse, for which we are sorry. " * 2),
    "paused": paused,
    "paused-long": lambda: paused(True),
    "voided": voided,
    "champion": champion,
    "champion-long": lambda: champion(True, 8),
}  # fmt: skip
DESK_STATES: dict[str, Callable[[], Room]] = {
    "rejudged": rejudged,
    "corrected": corrected,
    "lone": lambda: room(played(Stagehand(made(1)), 1).state),
}
