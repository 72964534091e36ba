"""The pointwise judge: one entry at a time, for judge models too small for a list.

The mark is the expected value over the digits' probabilities where the address gives log-probabilities, else a listwise
verdict on a list of one.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from models.judging import prompts
from models.judging.asking import Abstention, Asker, Completion, together
from models.judging.cleaning import cleaned, nonce
from models.judging.listwise import LIMIT_S, REPLY_TOKENS_PER_ENTRY, Task, marked, whole
from models.judging.parsing import Marked, expected_rating
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

LEAST_MASS = 0.5
"""A first token that is a digit with less probability than this is no rating."""

PROTOCOL = "pointwise/2"
_DIGITS = {digit: int(digit) for digit in prompts.DIGITS}
_LETTER = "A"
Rating = tuple[Fraction, float]  # expected mark and spread, both of 10


class PointwiseJudge:
    """A judge model at an OpenAI-compatible address that sees one entry at a time."""

    demo = False

    def __init__(self, address: Address, *, name: str, model: str, label: str = "", limit_s: float = LIMIT_S) -> None:
        """All entries are asked in parallel; the whole judgement abstains after `limit_s` seconds."""
        self.name, self.label = name, label or f"LLM judge {model}"
        self._address, self._model, self._limit_s = address, model, limit_s
        settings = {"protocol": PROTOCOL, "model": model, "temperature": "0", "least probability": str(LEAST_MASS)}
        self.sheet = PromptSheet(prompts.POINTWISE_TEMPLATES, settings)
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
        asker = Asker(self._address, self._model)
        written = {finalist: text for finalist, text in entries.items() if cleaned(text)}
        task = Task(question, criteria or prompts.DEFAULT_CRITERIA, written, reference, seed, weights)
        try:
            jobs = {one: _one_entry(asker, task, one, self._limit_s) for one in task.entries}
            found = await together(jobs, self._limit_s)
        except Abstention as reason:
            return Judgement(self.name, None, str(reason), tuple(asker.requests))
        empty = Marked(Fraction(0), EMPTY_REASON)
        given = {finalist: found.get(finalist, empty) for finalist in entries}
        verdicts = {finalist: Verdict(rounded(one.mark), one.reason) for finalist, one in given.items()}
        return Judgement(self.name, verdicts, None, tuple(asker.requests))


async def _one_entry(asker: Asker, task: Task, finalist: str, limit_s: float) -> Marked:
    jobs = {criterion[0]: _rating(asker, task, finalist, criterion) for criterion in task.criteria}
    ratings = await together(jobs, limit_s)
    known = {key: rating for key, rating in ratings.items() if rating is not None}
    return _expected(task, known) if len(known) == len(ratings) else await _written_verdict(asker, task, finalist)


def _expected(task: Task, ratings: Mapping[str, Rating]) -> Marked:
    mean = weighted_mean({key: mark for key, (mark, _) in ratings.items()}, task.weights)
    spread = sum(spread for _, spread in ratings.values()) / len(ratings)
    each = ", ".join(f"{key} {float(mark):.1f}" for key, (mark, _) in ratings.items())
    return Marked(mean, f"Expected mark {float(mean):.1f} from token probabilities, spread {spread:.1f}: {each}.")


async def _rating(asker: Asker, task: Task, finalist: str, criterion: tuple[str, str]) -> Rating | None:
    """The rating by one criterion, or None when the address gives no log-probabilities."""
    mark = nonce(task.seed, criterion[0], task.question, task.reference, task.entries[finalist])
    body = {
        "messages": prompts.pointwise(task.question, criterion, task.entries[finalist], task.reference, mark),
        "temperature": 0,
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 20,
        "seed": task.seed % 2**31,
    }
    return await asker.ask(body, (finalist,), _read_digit)


def _read_digit(reply: Completion) -> Rating | None:
    if reply.first_token is None:
        return None
    mean, spread, mass = expected_rating(reply.first_token, _DIGITS)
    if mass < LEAST_MASS:
        raise VerdictRefused(f"expected a digit, which has a probability of only {mass:.2f}")
    # Digits are single tokens in every tokenizer, "10" is not: so the scale is 0 to 9, stretched to 0 to 10.
    return mean * 10 / 9, spread * 10 / 9


async def _written_verdict(asker: Asker, task: Task, finalist: str) -> Marked:
    keys = [key for key, _ in task.criteria]
    mark = nonce(task.seed, task.question, task.reference, task.entries[finalist])
    entries = {_LETTER: task.entries[finalist]}
    body = {
        "messages": prompts.listwise(task.question, task.criteria, entries, task.reference, mark),
        "temperature": 0,
        "max_tokens": 2 * REPLY_TOKENS_PER_ENTRY,
        "seed": task.seed % 2**31,
        "response_format": prompts.verdict_format([_LETTER], keys),
    }
    return await asker.ask(
        body, (finalist,), lambda reply: marked(whole(reply), [_LETTER], keys, task.weights)[_LETTER]
    )
