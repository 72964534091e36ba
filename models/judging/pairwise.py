"""The pair judge: a model at an OpenAI-compatible address that says which of two answers is better.

The preference comes from the log-probabilities of one verdict token, or from constrained JSON where the address gives
none (JUDGING protocol, pairs). Prompts, fences and retries live beside it.
"""

import asyncio
import json
import math
from typing import Any

from models.judging import prompts_pairs
from models.judging.asking import Abstention, Asker, Completion
from models.judging.cleaning import nonce
from models.judging.pairs import EVEN, Fate, Look, Order, Pair, unasked
from models.judging.prompts import digest
from models.judging.prompts_pairs import CAREFUL, FIRST_TOKEN, SECOND_TOKEN, PairPrompt, Shown, tidy
from models.judging.protocol import VerdictRefused
from models.openai_address import Address

LIMIT_S = 120.0
LEAST_MASS = 0.5
"""Verdict tokens that have less probability than this together are no verdict: the model meant to say more."""
WRITTEN_TOKENS = 32
MAX_REPLY_CHARACTERS = 200
_WRITTEN = {"first": 1.0, "second": 0.0, "tie": EVEN}


class PairJudge:
    """Implements `models.judging.pairs.PairComparer`."""

    demo = False
    protocol = "pairs"
    sees_both = True

    def __init__(
        self,
        address: Address,
        *,
        name: str,
        model: str,
        label: str = "",
        prompt: PairPrompt = CAREFUL,
        written: bool = False,
        limit_s: float = LIMIT_S,
    ) -> None:
        """`written`: never ask for log-probabilities. A look is given up after `limit_s` seconds, retries included."""
        self.name, self.label = name, label or f"LLM judge {model}"
        self._address, self._model, self._prompt, self._limit_s = address, model, prompt, limit_s
        self._gives_tokens: bool | None = False if written else None
        self.prompt_sha256 = digest(prompt.sha256, model, LEAST_MASS, written)
        self.reply_tokens = WRITTEN_TOKENS if written else 1

    async def look(self, pair: Pair, order: Order, *, seed: int) -> Look:
        """See `PairComparer.look`."""
        if same := unasked(pair, order, tidy(pair.a), tidy(pair.b)):
            return same
        asker = Asker(self._address, self._model)
        try:
            async with asyncio.timeout(self._limit_s):
                first, how = await self._verdict(asker, pair, order, seed)
        except (Abstention, TimeoutError) as error:
            # Whether anything came back tells a judge that cannot judge from an address that does not answer.
            fate = Fate.FAILED if asker.requests and asker.requests[-1].reply else Fate.UNANSWERED
            reason = str(error) or f"No verdict within {self._limit_s:g} s."
            return Look(order, fate, None, "", reason, tuple(asker.requests))
        preference = first if order is Order.A_FIRST else 1 - first
        return Look(order, Fate.JUDGED, preference, how, "", tuple(asker.requests))

    def prompt_text(self, pair: Pair, order: Order) -> str:
        """See `PairComparer.prompt_text`."""
        if unasked(pair, order, tidy(pair.a), tidy(pair.b)):
            return ""
        messages = prompts_pairs.token_messages(self._prompt, _shown(pair, order), nonce())
        return "\n".join(message["content"] for message in messages)

    async def _verdict(self, asker: Asker, pair: Pair, order: Order, seed: int) -> tuple[float, str]:
        """The probability that the answer shown first is better, and how it was found. Raises Abstention."""
        shown = _shown(pair, order)
        mark, names = nonce(seed, order, *_fenced_texts(shown)), _names(order)
        if self._gives_tokens is not False:
            first = await self._by_token(asker, shown, mark, names, seed)
            if first is not None:
                return first, "token"
        messages = prompts_pairs.written_messages(self._prompt, shown, mark)
        body = _body(messages, seed, WRITTEN_TOKENS) | {"response_format": prompts_pairs.verdict_format()}
        return await asker.ask(body, names, _read_written), "written"

    async def _by_token(self, asker: Asker, shown: Shown, mark: str, names: tuple[str, ...], seed: int) -> float | None:
        """None when the model's next token is no verdict, or the address gives no log-probabilities."""
        body = _body(prompts_pairs.token_messages(self._prompt, shown, mark), seed, 1)
        try:
            reply = await asker.ask(body | {"logprobs": True, "top_logprobs": 20}, names, lambda reply: reply)
        except Abstention as refused:
            if "logprobs" not in str(refused):
                raise
            self._gives_tokens = False
            return None
        if self._gives_tokens is None:
            self._gives_tokens = reply.first_token is not None
        return None if reply.first_token is None else _first_better(reply.first_token)


def _shown(pair: Pair, order: Order) -> Shown:
    first, second = pair.shown(order)
    return Shown(pair.question, first, second, pair.facts, pair.criteria)


def _fenced_texts(shown: Shown) -> tuple[str | None, ...]:
    return shown.question, shown.facts, shown.first, shown.second


def _names(order: Order) -> tuple[str, str]:
    return ("a", "b") if order is Order.A_FIRST else ("b", "a")


def _body(messages: list[dict[str, str]], seed: int, tokens: int) -> dict[str, Any]:
    return {"messages": messages, "temperature": 0, "max_tokens": tokens, "seed": seed % 2**31}


def _first_better(logprobs: dict[str, float]) -> float | None:
    """Probability of the first answer among the two verdict tokens; None when they hardly occur or are no ln p."""
    from models.judging.statistics.preferences import preference_from_logprobs

    verdicts = {token: logprobs[token] for token in (FIRST_TOKEN, SECOND_TOKEN) if token in logprobs}
    known = {token: logprob for token, logprob in verdicts.items() if logprob != -math.inf}
    if not all(logprob <= 0 for logprob in known.values()):
        return None
    preference = preference_from_logprobs(known) if math.fsum(map(math.exp, known.values())) >= LEAST_MASS else None
    return None if preference is None else 2 - preference


def _read_written(reply: Completion) -> float:
    """Exactly {"better": "first" | "second" | "tie"}. Raises VerdictRefused for anything else, repeats included."""
    if not reply.is_whole:
        raise VerdictRefused("the reply was cut off")
    expected = 'expected {"better": "first"}, "second" or "tie"'
    try:
        # Pairs, because a dictionary would hide a field that is given twice.
        short_enough = len(reply.text) <= MAX_REPLY_CHARACTERS
        said = json.loads(reply.text, object_pairs_hook=tuple) if short_enough else None
    except (ValueError, RecursionError):
        said = None
    for better, preference in _WRITTEN.items():
        if said == (("better", better),):
            return preference
    raise VerdictRefused(f"{expected}, got {reply.text[:60]!r}")
