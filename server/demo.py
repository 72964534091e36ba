"""The demo event: five finalists, five experts, seven questions on Singapore's culture. Everybody in it is made up."""

from collections.abc import Mapping, Sequence

from server.domain.event import Event, Expert, Finalist, JudgeSeat, Question
from server.domain.rules import Rules, Scoring

DEMO_ID = "demo"

QUESTIONS = (
    Question(
        "A young cook puts laksa into a burger and kaya into a croissant. Does our multicultural heritage grow or fade "
        "when new fusion dishes are invented? Take one dish and make your case.",
        "Multicultural heritage and fusion dishes",
    ),
    Question(
        "What was the kampong spirit when every door stood open, and on which floor of an HDB block would you look for "
        "it today?",
        "The kampong spirit, then and now",
    ),
    Question(
        "Singlish at the kopitiam, standard English at the interview: what should policy ask of Singaporeans, and what "
        "should it leave alone, so that we still sound like ourselves?",
        "Singlish, identity and policy",
    ),
    Question(
        "Fewer examinations, no more streams: what do the recent changes in Singapore's schools really change for a "
        "child of twelve, and for the parents?",
        "Recent changes in education",
    ),
    Question(
        "Somebody born after 2000 says that dinner comes by app. Win this person over to the hawker centre.",
        "Hawker centres for Generation Z",
    ),
    Question(
        "Write a page of your memoir about the commuters you meet on the MRT between seven and eight in the morning. "
        "Make the hall laugh, and be kind.",
        "A memoir about commuters, with humour",
    ),
    Question(
        "Bonus, for double points: invent an acronym that captures Singapore culture, and say what each letter stands "
        "for.",
        "An acronym for Singapore culture",
        multiplier=2,
    ),
)

FINALISTS = (
    ("mei-ling", "Mei Ling"),
    ("arjun", "Arjun"),
    ("farah", "Farah"),
    ("wei-jie", "Wei Jie"),
    ("priya", "Priya"),
)

EXPERTS = (
    Expert("lim-siew-hoon", "Dr Lim Siew Hoon"),
    Expert("suresh-raman", "Suresh Raman"),
    Expert("zainab-osman", "Mdm Zainab Osman"),
    Expert("charlotte-de-souza", "Charlotte de Souza"),
    Expert("goh-kian-peng", "Prof Goh Kian Peng"),
)

SHELVES: Mapping[str, tuple[str, ...]] = {
    "mei-ling": (
        "Answer in numbered points. Give a title and a clear last line.",
        "You are an expert on Singapore culture. Use concrete facts. Write for an educated audience.",
        "Keep it short. Two sentences at most.",
    ),
    "arjun": (
        "You are a stand-up comedian. Make the audience laugh.",
        "Be witty, and end on something true.",
        "Use some Singlish words. Be light-hearted and funny.",
    ),
    "farah": (
        "Tell it as a personal memory. Be nostalgic.",
        "Speak as a grandmother telling her life. Write one paragraph.",
        "Write from the heart, as a memoir. Go into detail.",
    ),
    "wei-jie": (
        "Talk like a kopitiam uncle. Be brief.",
        "Answer in a Singlish flavour. Short answer only.",
        "Write plainly. Be concise.",
    ),
    "priya": (
        "You are a professor of Singapore studies. Use formal English.",
        "Be serious and analytical. Give clear points with headings.",
        "Write like a policy brief. Be thorough.",
    ),
}


def demo_event(adapters: Mapping[str, tuple[str, str]], judges: Sequence[JudgeSeat], seed: str) -> Event:
    """The demo as a rehearsal. `adapters`: finalist id → (name on the engine, SHA-256 of the weights); those who have
    none play with the bare "base", where there is one."""
    bare = adapters.get("base", ("", ""))
    finalists = tuple(Finalist(id_, name, *adapters.get(id_, bare)) for id_, name in FINALISTS)
    return Event(
        id=DEMO_ID,
        name="Grand Finale",
        seed=seed,
        rehearsal=True,
        finalists=finalists,
        experts=EXPERTS,
        questions=QUESTIONS,
        judges=tuple(judges),
        rules=Rules(scoring=Scoring(audience_quorum=1)),
    )
