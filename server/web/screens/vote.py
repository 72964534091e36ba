"""The audience's phone: in the room within a second, one tap to vote, a receipt, then look up."""

from dataclasses import dataclass, field
from functools import cache

from server.arena.room import Room
from server.domain.actors import Role
from server.domain.duties import ballots_open_until
from server.domain.orders import shared_order
from server.domain.rules import AudienceMethod
from server.domain.state import EventState, Phase, Round
from server.domain.visibility import Thing, may_see
from server.web.keys import PhoneKey
from server.web.regions import Draw, Region
from server.web.screens._countdown import Countdown, countdown
from server.web.screens._vote_result import ended, result
from server.web.words import Words, words_in

STARS_LANE = -1
AFTER_THE_BELL = (Phase.JUDGING, Phase.SEALED, Phase.REVEALED)


@dataclass(frozen=True, slots=True)
class VoteScreen:
    view: str
    lang: str


@dataclass(frozen=True, slots=True)
class VoteTop:
    """`reads`: there is nothing but the question to look at, so a long one stands in full."""

    w: Words
    event: str
    number: int
    of: int
    multiplier: int
    question: str
    state: str
    reads: bool
    clock: Countdown


@dataclass(frozen=True, slots=True)
class Look:
    """A screen with nothing to do on it; `results`: the words of a link to the results, at the end."""

    title: str
    words: str
    lane: int | None = None
    results: str = ""


@dataclass(frozen=True, slots=True)
class VoteCard:
    """`stars`: those given, as on load; never compared, the phone keeps them (0: none yet)."""

    finalist: str
    lane: int
    letter: str
    name: str
    text: str
    stars: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class VoteCards:
    w: Words
    round: str
    method: str
    cards: tuple[VoteCard, ...]


@dataclass(frozen=True, slots=True)
class VoteBar:
    """`lane` of the choice; None: not voted yet; STARS_LANE: stars are in."""

    w: Words
    lane: int | None
    stars: bool


def build(room: Room, key: PhoneKey, now: int) -> Region:
    """A phone's screen. It depends on the key alone, so phones with equal keys share every frame."""
    view = view_of(room.state)
    return Region("screen", "vote/screen.html", VoteScreen(view, key.lang), (_top(room, key), *_parts(room, key, view)))


def view_of(state: EventState) -> str:
    """look (nothing to do), vote, counted, or result."""
    round_ = state.current
    if round_ is None or state.finished_at is not None or round_.phase in (Phase.VOIDED, Phase.UPCOMING):
        return "look"
    if may_see(Role.AUDIENCE, Thing.TOTAL, state, round_):
        return "result"
    if round_.phase not in AFTER_THE_BELL or not round_.entries:
        return "look"
    paused_vote = state.is_paused and not round_.voting_closed
    open_ = ballots_open_until(state) is not None or (round_.phase is Phase.JUDGING and paused_vote)
    return "vote" if open_ else "counted"


def _top(room: Room, key: PhoneKey) -> Region:
    state, w = room.state, words_in(key.lang)
    round_ = state.current if state.finished_at is None else None
    context = VoteTop(
        w=w,
        event=state.event.name,
        number=round_.number if round_ else 0,
        of=len(state.event.questions),
        multiplier=round_.question.multiplier if round_ else 1,
        question=round_.question.text if round_ else "",
        state=_state(state, round_, w),
        reads=view_of(state) not in ("vote", "counted", "result"),
        clock=countdown(state, round_),
    )
    return Region("vote-top", "vote/top.html", context)


def _state(state: EventState, round_: Round | None, w: Words) -> str:
    if state.is_paused:
        return w.paused
    if round_ is not None and view_of(state) == "counted":
        return w.state_sealed
    return "" if round_ is None else _states(w).get(round_.phase, "")


@cache
def _states(w: Words) -> dict[Phase, str]:
    return {
        Phase.BRIEFING: w.state_briefing,
        Phase.PROMPTING: w.state_prompting,
        Phase.SETTLING: w.state_settling,
        Phase.JUDGING: w.state_judging,
        Phase.SEALED: w.state_sealed,
        Phase.REVEALED: w.state_revealed,
    }


def _parts(room: Room, key: PhoneKey, view: str) -> tuple[Region, ...]:
    round_ = room.state.current
    w = words_in(key.lang)
    if view == "result" and round_ is not None:
        return (Region("vote-result", "vote/result.html", result(room.state, round_, key.choice, w)),)
    if view == "vote" and round_ is not None:
        return (_cards(room.state, round_, key, w), _bar(room, key, w))
    context = _counted(room, key, w) if view == "counted" else _look(room.state, w)
    return (Region("vote-look", "vote/look.html", context),)


def _cards(state: EventState, round_: Round, key: PhoneKey, w: Words) -> Region:
    order = shared_order(state.event.seed, round_.key, key.order, round_.ballot_order)
    stars = dict(key.choice) if isinstance(key.choice, tuple) else {}
    names = may_see(Role.AUDIENCE, Thing.NAMES, state, round_)
    cards = tuple(_card(state, round_, finalist, names, stars.get(finalist, 0)) for finalist in order)
    context = VoteCards(w, round_.key, state.event.rules.scoring.audience_method.value, cards)
    return Region("vote-cards", "vote/cards.html", context)


def _card(state: EventState, round_: Round, finalist: str, names: bool, stars: int) -> VoteCard:
    lane = state.event.lane(finalist)
    entry = round_.entry(finalist)
    name = state.event.finalists[lane].name if names else ""
    return VoteCard(finalist, lane, "ABCDEFGH"[lane], name, entry.text if entry else "", stars)


def _bar(room: Room, key: PhoneKey, w: Words) -> Region:
    stars = room.state.event.rules.scoring.audience_method is AudienceMethod.STARS
    return Region("vote-bar", "vote/bar.html", VoteBar(w, _lane(room, key), stars))


def _lane(room: Room, key: PhoneKey) -> int | None:
    """The lane of the choice; an id that is not (or no longer) in the event is no choice."""
    if isinstance(key.choice, tuple):
        return STARS_LANE if key.choice else None
    return room.state.event.lane(key.choice) if key.choice in room.state.event.finalist_ids else None


def _counted(room: Room, key: PhoneKey, w: Words) -> Look:
    lane = _lane(room, key)
    if lane is None:
        return Look(w.vote_closed, w.look_up)
    return Look(w.counted, w.counted_words, lane)


def _look(state: EventState, w: Words) -> Look:
    if state.finished_at is not None:
        return Look(*ended(state, w), w.see_results)
    round_ = state.current
    if round_ is None:
        return Look(w.welcome, w.welcome_words)
    if round_.phase is Phase.VOIDED:
        return Look(w.voided, w.voided_words)
    return Look(w.soon, w.nothing_to_vote if round_.phase in AFTER_THE_BELL else w.soon_words)


@cache
def receipt(draw: Draw, lane: int, lang: str) -> str:
    """The answer to a ballot, made once for each lane and language. `lane` STARS_LANE: for stars."""
    return draw("vote/receipt.html", {"w": words_in(lang), "lane": lane})
