"""Every state of the screens of finalists, experts and the audience, with text at its longest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from server.arena.room import LiveText, Model, Room
from server.domain import commands as c
from server.domain.actors import SYSTEM, Actor, Role
from server.domain.event import Event, Question
from server.domain.marks import Scorecard
from server.domain.rules import AudienceMethod, Component
from server.web.keys import ExpertKey, FinalistKey, PhoneKey
from server.web.regions import Region, render
from server.web.screens import play, score, vote
from server.web.templating import draw
from server.web.words import words_in
from tests.stagehand import Stagehand, event

QUESTION = (
    "Singapore's kampong spirit is said to have moved from the village to the void deck and from the void deck to "
    "the neighbourhood chat group: describe, with two concrete scenes and one honest doubt, how neighbours of four "
    "languages look after one another today, what was lost when the last kampong houses were torn down, which new "
    "custom deserves to be kept for our grandchildren, and how you would explain all of this, in plain words and "
    "without a cliché, to a visitor who has only an hour between two flights and who asks you why people here "
    "queue for everything."
)
ANSWER = (
    "**The kampong did not vanish; it changed its address.**\n\nOn a Tuesday in Toa Payoh, Auntie Rohani leaves a "
    "tiffin of sambal goreng on the railing, and by nightfall it comes back full of *kueh*. Nobody keeps an account."
    "\n\n- In the void deck, four languages share one chess board.\n- In the chat group, a lost terrapin is found "
    "in nine minutes.\n- In the lift, the boy from the tenth floor holds the door, also when he is late.\n\nWhat was "
    "lost is the open door itself. A corridor has eyes, but a kampong had ears: one heard a neighbour cough, "
    "and cooked. I doubt that a message can do this. Yet the custom worth keeping is new, the *community fridge*, "
    "because it asks no names.\n\n1. Take what you need.\n2. Leave what you can.\n3. Wipe the shelf.\n\nAnd why do we "
    "queue? Because a queue is the shortest promise two strangers can make: I see you, and you were here before me. "
) * 2
PROMPT = (
    "You are a retired postman from Tiong Bahru who knows every door. Answer in warm, plain English with one word of "
    "Hokkien, Malay and Tamil each. Two scenes, one doubt, no cliché. At most 180 words."
)
LONG_NAMES = (
    "Muhammad Faizal bin Abdul Rahman Al-Haddad of Kampong Gelam",
    "Nithyakalyani Subramaniam Venkataraghavan-Krishnamurthy Lim",
    "陈慧玲",
    "Wei Jie",
    "Priya",
)


@dataclass(frozen=True)
class Scene:
    """A room at a time, and who looks at it."""

    room: Room
    key: FinalistKey | ExpertKey | PhoneKey
    now: int


def long_event(stars: bool = False, long_names: bool = True) -> Event:
    """Seven questions of 600 characters, names of 60, five finalists."""
    made = event()
    names = LONG_NAMES if long_names else tuple(f.name for f in made.finalists)
    finalists = tuple(replace(f, name=name) for f, name in zip(made.finalists, names, strict=True))
    questions = tuple(Question(QUESTION[:600], "heritage", 2 if n == 7 else 1) for n in range(1, 8))
    method = AudienceMethod.STARS if stars else AudienceMethod.FAVOURITE
    rules = replace(made.rules, scoring=replace(made.rules.scoring, audience_method=method))
    name = "Grand Finale of the Tiger League 2026"
    return replace(made, name=name, finalists=finalists, questions=questions, rules=rules)


def finalist_scenes() -> dict[str, Scene]:
    """Name → scene, for /play."""
    me = "farah"
    made: dict[str, Scene] = {}

    def add(name: str, hand: Stagehand, **room: object) -> None:
        shelves = {me: (PROMPT, "Answer as a limerick.", "You are Ah Ma. " + PROMPT * 3)}
        made[name] = Scene(Room(hand.state, shelves=shelves, **room), FinalistKey(me), hand.now)  # type: ignore[arg-type]

    add("lobby", Stagehand(long_event()))
    title = "Kaya toast with two soft-boiled eggs, the nineteenth and last try before the night"
    models = {finalist.adapter: Model(64, title) for finalist in event().finalists}
    add("lobby with a model", Stagehand(long_event()), models=models)
    add("lobby without a model", Stagehand(_without_models(long_event())), models={})
    add("briefing", Stagehand(long_event()).brief(), drafts={me: c.Draft(PROMPT)})
    add("empty", Stagehand(event()).start().wait(12))
    hand = Stagehand(long_event()).start().wait(12)
    attempt = hand.generate(me, None, PROMPT)
    live = LiveText(ANSWER[:700], 160, 31.4)
    add("writing", hand, drafts={me: c.Draft(PROMPT, 1.15, 0.85, 320)}, live={attempt: live})
    hand = Stagehand(long_event()).start().wait(5)
    hand.generate(me, ANSWER, PROMPT)
    hand.finish(hand.generate(me, None, PROMPT), "", "failed", "the model gave no text for 4 seconds, twice")
    add("failed", hand, drafts={me: c.Draft(PROMPT)})
    first = hand.generate(me, ANSWER[:300], PROMPT)
    hand.generate(me, "# Short\n\nA kueh.", PROMPT)
    hand.do(c.Pin(first), Actor(Role.FINALIST, me))
    hand.do(c.Extend(20, me, "the laptop was plugged out"))
    add("last seconds", hand.wait(73), drafts={me: c.Draft(PROMPT)})
    hand.do(c.Pause("A fire alarm in the hall."))
    add("paused", hand.wait(3), drafts={me: c.Draft(PROMPT)})
    hand = Stagehand(event()).start().wait(55)
    attempt = hand.generate(me, None, PROMPT)
    add("settling", hand.ring(), drafts={me: c.Draft(PROMPT)}, live={attempt: live})
    add("in", Stagehand(long_event()).judge(ANSWER))
    add("nothing in", _nothing_in(me))
    hand = Stagehand(long_event()).seal()
    hand.do(c.Approve())
    hand.do(c.RevealComponent(Component.AUDIENCE))
    add("reveal", hand)
    add("revealed", Stagehand(long_event()).reveal())
    hand = Stagehand(event()).reveal().brief()
    add("next round", hand)
    hand.do(c.Void("The question had been published before."))
    add("voided", hand)
    add("finished", Stagehand(event()).play_out())
    return made


def _without_models(made: Event) -> Event:
    return replace(made, finalists=tuple(replace(f, adapter="", adapter_sha256="") for f in made.finalists))


def _nothing_in(finalist: str) -> Stagehand:
    hand = Stagehand(event()).start()
    hand.generate("priya", "One answer.")
    return hand.ring()


def expert_scenes() -> dict[str, Scene]:
    """Name → scene, for /score."""
    me = "expert-2"
    hand = Stagehand(long_event()).judge(ANSWER)
    blind = Room(hand.state)
    cards = {(me, f): Scorecard(me, f, _marks(3), "Warm and exact.") for f in ("farah", "priya", "arjun")}
    cards[(me, "wei-jie")] = Scorecard(me, "wei-jie", _marks(1))
    full = {(me, f): Scorecard(me, f, _marks(3)) for f in hand.state.event.finalist_ids}
    sent = Room(hand.state, cards=full, sent=frozenset({me}))
    half = Room(hand.state, cards=cards)
    closed = Stagehand(long_event()).seal()
    shown = Stagehand(long_event()).seal()
    shown.do(c.Approve())
    shown.do(c.RevealComponent(Component.AUDIENCE))
    rooms = {
        "lobby": Room(Stagehand(long_event()).state),
        "writing": Room(Stagehand(long_event()).start().state),
        "unmarked": blind,
        "half": half,
        "sent": sent,
        "closed": Room(closed.state, cards=full, sent=frozenset({me})),
        "reveal": Room(shown.state),
        "revealed": Room(Stagehand(long_event()).reveal().state),
        "finished": Room(Stagehand(event()).play_out().state),
    }
    return {name: Scene(room, ExpertKey(me), _now(room)) for name, room in rooms.items()}


def _now(room: Room) -> int:
    """A moment with 21 seconds left on the clock that runs, if one does."""
    round_ = room.state.current
    ends_at = round_ and (round_.voting_ends_at or round_.bell_at)
    return (ends_at or 1_800_000_021_000) - 21_000


def _marks(count: int) -> Mapping[str, Fraction]:
    marks = {"accuracy": Fraction(17, 2), "completeness": Fraction(7), "flair": Fraction(10)}
    return dict(list(marks.items())[:count])


def phone_scenes(lang: str = "en") -> dict[str, Scene]:
    """Name → scene, for /vote."""
    hand = Stagehand(long_event()).judge(ANSWER)
    open_ = Room(hand.state)
    closed = Stagehand(long_event()).judge(ANSWER).wait(45)
    closed.do(c.Tick(), SYSTEM)
    stars = Stagehand(long_event(stars=True)).judge("A short answer of {}.")
    paused = Stagehand(long_event()).start().wait(20)
    paused.do(c.Pause())
    revealed = Room(Stagehand(long_event()).reveal().state)
    given = (("farah", 4), ("arjun", 2))
    scenes = {
        "welcome": (Room(Stagehand(long_event()).state), PhoneKey(lang=lang)),
        "briefing": (Room(Stagehand(long_event()).brief().state), PhoneKey(lang=lang)),
        "writing": (Room(Stagehand(long_event()).start().state), PhoneKey(lang=lang)),
        "paused": (Room(paused.state), PhoneKey(lang=lang)),
        "vote": (open_, PhoneKey(3, "", lang)),
        "short": (Room(Stagehand(event()).judge().state), PhoneKey(3, "", lang)),
        "voted": (open_, PhoneKey(3, "arjun", lang)),
        "stars": (Room(stars.state), PhoneKey(1, given, lang)),
        "counted": (Room(closed.state), PhoneKey(0, "arjun", lang)),
        "closed": (Room(closed.state), PhoneKey(0, "", lang)),
        "result": (revealed, PhoneKey(0, "arjun", lang)),
        "no vote": (revealed, PhoneKey(0, "", lang)),
        "finished": (Room(Stagehand(event()).play_out().state), PhoneKey(lang=lang)),
    }
    return {name: Scene(room, key, _now(room)) for name, (room, key) in scenes.items()}


BUILD: dict[type, Callable[..., Region]] = {FinalistKey: play.build, ExpertKey: score.build, PhoneKey: vote.build}
FOLDER: dict[type, str] = {FinalistKey: "play", ExpertKey: "score", PhoneKey: "vote"}


def region(scene: Scene) -> Region:
    """The scene's root region."""
    return BUILD[type(scene.key)](scene.room, scene.key, scene.now)


def page(scene: Scene) -> str:
    """The scene's whole page."""
    lang = scene.key.lang if isinstance(scene.key, PhoneKey) else "en"
    variables = {"screen_html": render(region(scene), draw), "now": scene.now, "w": words_in(lang)}
    return draw(f"{FOLDER[type(scene.key)]}/page.html", variables)
