"""The demo judge: an adapter on the local base that marks one entry at a time by its rating tokens' probabilities.

For demonstration only, and labelled so wherever it is shown. Its prompt lies beside its adapter in prompt.json.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from models.judging.asking import Abstention, record
from models.judging.cleaning import cleaned
from models.judging.parsing import Marked, expected_rating
from models.judging.protocol import (
    EMPTY_REASON,
    Judgement,
    JudgeRequest,
    PromptSheet,
    Verdict,
    VerdictRefused,
    rounded,
)
from models.protocol import EngineError, PromptTooLong

PROTOCOL = "demo/2"
_SHORTEN = 0.9


class TokenScorer(Protocol):
    """An engine that gives log-probabilities of the next token, as LocalEngine does."""

    async def score_tokens(
        self, *, adapter: str, system_prompt: str, question: str, choices: Sequence[str], assistant_prefix: str = ""
    ) -> dict[str, float]:
        """Natural log-probability of each choice's first token."""


@dataclass(frozen=True, slots=True)
class DemoPrompt:
    """prompt.json: system prompt, user template with {question} and {answer}, start of the answer, rating tokens."""

    system: str
    user: str
    prefix: str
    ratings: Mapping[str, int]

    def filled(self, question: str, answer: str) -> str:
        """The user's turn. Each place is filled once, so braces in an entry stay what they are."""
        head, _, tail = self.user.partition("{answer}")
        return head.replace("{question}", question, 1) + answer + tail


def read_prompt(file: Path) -> DemoPrompt:
    """Read prompt.json. Raises EngineError with what is missing."""
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        ratings = {str(token): int(token) for token in data["rating_tokens"]}
        prompt = DemoPrompt(str(data["system"]), str(data["user"]), str(data.get("prefix", "")), ratings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"The demo judge's prompt {file} cannot be read ({error}); make the demo models again."
        ) from error
    if "{answer}" not in prompt.user or max(ratings.values(), default=0) <= 0:
        raise EngineError(f"The demo judge's prompt {file} lacks {{answer}} or ratings; make the demo models again.")
    return prompt


class DemoJudge:
    """Marks with `adapter` on `engine`; the mark is the expected rating, stretched to 0 to 10."""

    demo = True

    def __init__(self, engine: TokenScorer, *, adapter: str, prompt: DemoPrompt, name: str = "demo-judge") -> None:
        self.name, self.label = name, "Demo judge (a small model, for demonstration only)"
        self._engine, self._adapter, self._prompt = engine, adapter, prompt
        settings = {"protocol": PROTOCOL, "adapter": adapter, "ratings": " ".join(prompt.ratings)}
        templates = {"system": prompt.system, "entry": prompt.user, "start of the reply": prompt.prefix}
        self.sheet = PromptSheet({name: text for name, text in templates.items() if text}, settings)
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
        """See `models.judging.protocol.Judge.mark`. Criteria, weights, reference and seed do not move this judge."""
        requests: list[JudgeRequest] = []
        try:
            marked = {one: await self._one(question, one, text, requests) for one, text in entries.items()}
        except Abstention as reason:
            return Judgement(self.name, None, str(reason), tuple(requests))
        verdicts = {finalist: Verdict(rounded(one.mark), one.reason) for finalist, one in marked.items()}
        return Judgement(self.name, verdicts, None, tuple(requests))

    async def _one(self, question: str, finalist: str, text: str, requests: list[JudgeRequest]) -> Marked:
        entry = cleaned(text)
        while entry:
            try:
                return await self._scored(cleaned(question), finalist, entry, requests)
            except PromptTooLong as error:
                # A small context: the judge reads as much of the entry as fits.
                entry = entry[: int(len(entry) * min(_SHORTEN, error.fits / error.tokens))]
            except (EngineError, VerdictRefused) as error:
                raise Abstention(f"The demo judge could not mark: {error}") from error
        return Marked(Fraction(0), EMPTY_REASON)

    async def _scored(self, question: str, finalist: str, entry: str, requests: list[JudgeRequest]) -> Marked:
        began, user, scores = time.perf_counter(), self._prompt.filled(question, entry), dict[str, float]()
        try:
            scores = await self._engine.score_tokens(
                adapter=self._adapter,
                system_prompt=self._prompt.system,
                question=user,
                choices=list(self._prompt.ratings),
                assistant_prefix=self._prompt.prefix,
            )
            return self._marked(scores)
        finally:
            sent = json.dumps(
                {"system": self._prompt.system, "user": user, "prefix": self._prompt.prefix}, ensure_ascii=False
            )
            requests.append(record((finalist,), sent, json.dumps(scores), began))

    def _marked(self, scores: Mapping[str, float]) -> Marked:
        mean, spread, _ = expected_rating(scores, self._prompt.ratings)
        stretch = Fraction(10, max(self._prompt.ratings.values()))
        mark, wide = mean * stretch, spread * float(stretch)
        return Marked(mark, f"Demo judge: expected mark {float(mark):.1f} from token probabilities, spread {wide:.1f}.")
