"""The listwise judge: all entries in one request, under neutral letters, in several shuffled orders.

Its mark is the mean over the orders (JUDGING protocol, steps 1 to 3). Prompts, fences and parsing live beside it.
"""

import json
import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from models.judging import prompts
from models.judging.asking import Abstention, Asker, Completion, together
from models.judging.cleaning import cleaned, nonce
from models.judging.parsing import Marked, parse_mark, parse_verdicts
from models.judging.protocol import (
    EMPTY_REASON,
    Judgement,
    PromptSheet,
    Verdict,
    VerdictRefused,
    rounded,
    weighted_mean,
)
from models.openai_address import Address

ORDERS = 3
LIMIT_S = 60.0
REPLY_TOKENS_PER_ENTRY = 200
PROTOCOL = "listwise/2"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be judged. `weights` of the criteria by key, None when all weigh the same."""

    question: str
    criteria: Sequence[tuple[str, str]]
    entries: Mapping[str, str]
    reference: str | None
    seed: int
    weights: Mapping[str, Fraction] | None = None


class ListwiseJudge:
    """A judge model at an OpenAI-compatible address that sees all entries at once."""

    demo = False

    def __init__(
        self,
        address: Address,
        *,
        name: str,
        model: str,
        label: str = "",
        orders: int = ORDERS,
        limit_s: float = LIMIT_S,
    ) -> None:
        """`orders` requests run in parallel; the whole judgement abstains after `limit_s` seconds."""
        self.name, self.label = name, label or f"LLM judge {model}"
        self._address, self._model, self._orders, self._limit_s = address, model, orders, limit_s
        settings = {"protocol": PROTOCOL, "model": model, "orders": str(orders), "temperature": "0"}
        self.sheet = PromptSheet(prompts.LISTWISE_TEMPLATES, settings)
        self.prompt_sha256 = self.sheet.sha256

    async def mark(
        self,
        *,
        question: str,
        criteria: Sequence[tuple[str, str]],
        entries: Mapping[str, str],
        reference: str | None,
        seed: int,
        weights: Mapping[str, Fraction] | None = None,
    ) -> Judgement:
        """See `models.judging.protocol.Judge.mark`."""
        written = {finalist: text for finalist, text in entries.items() if cleaned(text)}
        asker = Asker(self._address, self._model)
        task = Task(question, criteria or prompts.DEFAULT_CRITERIA, written, reference, seed, weights)
        try:
            jobs = {number: _one_order(asker, task, number) for number in range(self._orders if written else 0)}
            by_order = tuple((await together(jobs, self._limit_s)).values())
        except Abstention as reason:
            return Judgement(self.name, None, str(reason), tuple(asker.requests))
        return _judgement(self.name, entries, by_order, asker)


async def _one_order(asker: Asker, task: Task, number: int) -> Mapping[str, Marked]:
    order = shuffled(tuple(task.entries), task.seed, number)
    by_letter = dict(zip(letters(len(order)), order, strict=True))
    keys = [key for key, _ in task.criteria]
    texts = {letter: task.entries[finalist] for letter, finalist in by_letter.items()}
    mark = nonce(task.seed, number, task.question, task.reference, *texts.values())
    body = {
        "messages": prompts.listwise(task.question, task.criteria, texts, task.reference, mark),
        "temperature": 0,
        "max_tokens": REPLY_TOKENS_PER_ENTRY * (1 + len(order)),
        "seed": task.seed % 2**31,
        "response_format": prompts.verdict_format(list(by_letter), keys),
    }
    read = await asker.ask(body, order, lambda reply: marked(whole(reply), list(by_letter), keys, task.weights))
    return {by_letter[letter]: one for letter, one in read.items()}


def marked(
    reply: str, letters: Sequence[str], keys: Sequence[str], weights: Mapping[str, Fraction] | None
) -> Mapping[str, Marked]:
    """Each letter's mark in a listwise verdict, its criteria weighed. Raises VerdictRefused."""
    read = parse_verdicts(reply, letters, keys)
    if weights is None:
        return read
    # What `parse_verdicts` accepted can be read without looking again whether everything is there.
    verdicts = {one["entry"]: one["marks"] for one in json.loads(reply, parse_float=Decimal)["verdicts"]}
    by_criterion = {letter: {key: parse_mark(marks[key]) for key in keys} for letter, marks in verdicts.items()}
    return {letter: replace(one, mark=weighted_mean(by_criterion[letter], weights)) for letter, one in read.items()}


def whole(reply: Completion) -> str:
    """The text of a reply that ended by itself. Raises VerdictRefused for a cut one."""
    if not reply.is_whole:
        raise VerdictRefused("the reply was cut off")
    return reply.text


def shuffled(finalists: Sequence[str], seed: int, number: int) -> tuple[str, ...]:
    """The finalists in the order of request `number`: the same for the same seed, different between requests."""
    return tuple(random.Random(f"{seed}/{number}").sample(sorted(finalists), len(finalists)))


def letters(count: int) -> tuple[str, ...]:
    """`count` neutral names: A to Z, then AA, AB and so on."""
    alphabet = string.ascii_uppercase
    return tuple(alphabet[i] if i < 26 else alphabet[i // 26 - 1] + alphabet[i % 26] for i in range(count))


def _judgement(
    name: str, entries: Mapping[str, str], by_order: tuple[Mapping[str, Marked], ...], asker: Asker
) -> Judgement:
    verdicts = {finalist: _verdict(finalist, by_order) for finalist in entries}
    marks = tuple(_rounded(order) for order in by_order)
    return Judgement(name, verdicts, None, tuple(asker.requests), marks)


def _verdict(finalist: str, by_order: tuple[Mapping[str, Marked], ...]) -> Verdict:
    given = [order[finalist] for order in by_order if finalist in order]
    if not given:
        return Verdict(rounded(Fraction(0)), EMPTY_REASON)
    mean = sum((one.mark for one in given), Fraction(0)) / len(given)
    nearest = min(given, key=lambda one: abs(one.mark - mean))
    return Verdict(rounded(mean), nearest.reason)


def _rounded(order: Mapping[str, Marked]) -> dict[str, Decimal]:
    return {finalist: rounded(one.mark) for finalist, one in order.items()}
