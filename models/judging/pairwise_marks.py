"""A judge that gives marks, made to compare: the higher mark wins, so that the finale's judge can be measured on pairs.

What a mark is and how it is found is the judge's own business.
"""

import itertools
import math
from collections.abc import Mapping

from models.judging import prompts
from models.judging.cleaning import cleaned
from models.judging.listwise import REPLY_TOKENS_PER_ENTRY, shuffled
from models.judging.pairs import Fate, Look, Order, Pair, unasked
from models.judging.protocol import Judge, Judgement, Verdict

MARKS_PER_LOGIT = 1.0
"""One mark more is taken as odds of e to 1. A convention: it moves soft preferences, but no win, tie or loss."""

_A, _B = "a", "b"
_ALONE = "answer"


class MarkedPairs:
    """Implements `models.judging.pairs.PairComparer` with a judge's marks."""

    def __init__(self, judge: Judge, *, protocol: str, together: bool, finale: Judge | None = None) -> None:
        """`together`: show both answers in one request (a listwise judge of one order). Otherwise each answer is marked
        alone, once, and both orders are the same. `finale`: the judge as configured, with its orders and its hash.
        """
        self.judge = finale or judge
        self.name, self.label, self.demo, self.protocol = judge.name, judge.label, judge.demo, protocol
        self.prompt_sha256 = self.judge.prompt_sha256
        self.reply_tokens = REPLY_TOKENS_PER_ENTRY if together else 1
        self._judge, self.sees_both = judge, together
        self._alone: dict[str, Verdict] = {}

    async def look(self, pair: Pair, order: Order, *, seed: int) -> Look:
        """See `PairComparer.look`."""
        if same := unasked(pair, order, cleaned(pair.a), cleaned(pair.b)):
            return same
        judgements = await self._judgements(pair, order, seed)
        requests = tuple(request for judgement in judgements for request in judgement.requests)
        marks: dict[str, float] = {}
        for judgement in judgements:
            if judgement.verdicts is None:
                fate = Fate.FAILED if requests and requests[-1].reply else Fate.UNANSWERED
                return Look(order, fate, None, "", judgement.abstained or "", requests)
            marks |= {entry: float(verdict.mark) for entry, verdict in judgement.verdicts.items()}
        return Look(order, Fate.JUDGED, preference(marks[_A] - marks[_B]), "marks", "", requests)

    def prompt_text(self, pair: Pair, order: Order) -> str:
        """See `PairComparer.prompt_text`: about what the judge sends, which keeps its prompts to itself."""
        if unasked(pair, order, cleaned(pair.a), cleaned(pair.b)):
            return ""
        frame = prompts.SYSTEM + (pair.facts or "") + pair.question
        if self.sees_both:
            return f"{frame}{prompts.LISTWISE}{cleaned(pair.a)}{cleaned(pair.b)}"
        shown = pair.a if order is Order.A_FIRST else pair.b  # each answer is marked once, for both orders
        return f"{frame}{prompts.POINTWISE_DIGIT}{cleaned(shown)}" * max(1, len(pair.criteria))

    async def _judgements(self, pair: Pair, order: Order, seed: int) -> tuple[Judgement, ...]:
        if self.sees_both:
            entries = {_A: pair.a, _B: pair.b}
            return (await self._marked(pair, entries, _seed_showing(order, seed)),)
        return (await self._marked_alone(pair, _A, pair.a), await self._marked_alone(pair, _B, pair.b))

    async def _marked_alone(self, pair: Pair, name: str, text: str) -> Judgement:
        key = prompts.digest(pair.question, pair.facts, pair.criteria, text)
        if key in self._alone:
            return Judgement(self.name, {name: self._alone[key]}, None, ())
        # The seed follows from the text, so that an answer gets the same mark beside any other.
        made = await self._marked(pair, {_ALONE: text}, int(key[:8], 16))
        if made.verdicts is None:
            return Judgement(self.name, None, made.abstained, made.requests)
        self._alone[key] = made.verdicts[_ALONE]
        return Judgement(self.name, {name: self._alone[key]}, None, made.requests)

    async def _marked(self, pair: Pair, entries: Mapping[str, str], seed: int) -> Judgement:
        return await self._judge.mark(
            question=pair.question, criteria=pair.criteria, entries=entries, reference=pair.facts, seed=seed
        )


def preference(difference: float) -> float:
    """The probability that a is better when its mark is `difference` higher; 0.5 exactly for the same mark."""
    even_or_more = 1 / (1 + math.exp(-abs(difference) / MARKS_PER_LOGIT))
    # 1 - p is exact for p of a half or more, so opposite differences sum to exactly 1.
    return even_or_more if difference >= 0 else 1 - even_or_more


def _seed_showing(order: Order, seed: int) -> int:
    """The next seed with which a listwise judge of one order shows the answers as wanted."""
    first = _A if order is Order.A_FIRST else _B
    return next(one for one in itertools.count(seed) if shuffled((_A, _B), one, 0)[0] == first)
