"""The pointwise judge: one entry at a time, for judge models too small for a list.

The mark is the expected value over the digits' probabilities where the address gives log-probabilities, else a listwise
verdict on a list of one.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from models.judging import prompts
from models.judging.asking import Abstention, Asker, Completion, together
from models.judging.cleaning import cleaned, nonce
from models.judging.listwise import LIMIT_S, REPLY_TOKENS_PER_ENTRY, Task, whole
from models.judging.parsing import Marked, expected_rating, parse_verdicts
from models.judging.protocol import EMPTY_REASON, Judgement, Verdict, VerdictRefused, rounded
from models.openai_address import Address

LEAST_MASS = 0.5
"""A first token that is a digit with less probability than this is no rating."""

_DIGITS = {digit: int(digit) for digit in prompts.DIGITS}
_LETTER = "A"


class PointwiseJudge:
    """A judge model at an OpenAI-compatible address that sees one entry at a time."""

    demo = False

    def __init__(self, address: Address, *, name: str, model: str, label: str = "", limit_s: float = LIMIT_S) -> None:
        """All entries are asked in parallel; the whole judgement abstains after `limit_s` seconds."""
        self.name, self.label = name, label or f"LLM judge {model}"
        self._address, self._model, self._limit_s = address, model, limit_s
        templates = (prompts.SYSTEM, prompts.POINTWISE_DIGIT, prompts.LISTWISE, prompts.REFERENCE)
        self.prompt_sha256 = prompts.digest("pointwise/1", *templates, model, LEAST_MASS)

    async def mark(
        self,
        *,
        question: str,
        criteria: Sequence[tuple[str, str]],
        entries: Mapping[str, str],
        reference: str | None,
        seed: int,
    ) -> Judgement:
        """See `models.judging.protocol.Judge.mark`."""
        asker = Asker(self._address, self._model)
        written = {finalist: text for finalist, text in entries.items() if cleaned(text)}
        task = Task(question, criteria or prompts.DEFAULT_CRITERIA, written, reference, seed)
        try:
            marked = await together({one: _one_entry(asker, task, one) for one in task.entries}, self._limit_s)
        except Abstention as reason:
            return Judgement(self.name, None, str(reason), tuple(asker.requests))
        empty = Marked(Fraction(0), EMPTY_REASON)
        given = {finalist: marked.get(finalist, empty) for finalist in entries}
        verdicts = {finalist: Verdict(rounded(one.mark), one.reason) for finalist, one in given.items()}
        return Judgement(self.name, verdicts, None, tuple(asker.requests))


async def _one_entry(asker: Asker, task: Task, finalist: str) -> Marked:
    ratings = [await _rating(asker, task, finalist, criterion) for criterion in task.criteria]
    if any(rating is None for rating in ratings):
        return await _written_verdict(asker, task, finalist)
    known = [rating for rating in ratings if rating is not None]
    mean = sum((mean for mean, _ in known), Fraction(0)) / len(known)
    spread = sum(spread for _, spread in known) / len(known)
    return Marked(mean, f"Expected mark {float(mean):.1f} from token probabilities, spread {spread:.1f}.")


async def _rating(asker: Asker, task: Task, finalist: str, criterion: tuple[str, str]) -> tuple[Fraction, float] | None:
    """Expected mark and spread, both of 10, or None when the address gives no log-probabilities."""
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


def _read_digit(reply: Completion) -> tuple[Fraction, float] | None:
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
    return await asker.ask(body, (finalist,), lambda reply: parse_verdicts(whole(reply), [_LETTER], keys)[_LETTER])
