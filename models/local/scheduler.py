"""Continuous batching: a step reads a bounded stretch of new prompts, then makes one token of every answer.

Prompts run alone and in pieces that depend on nothing but themselves, and decoding always has one row per slot, busy or
idle: so an answer's numbers do not depend on who else is generating. Requests and replies are the worker's business.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from models.local.hosting import Hosted
from models.local.sampling import Sampler, choose
from models.local.text import Detokenizer

PROMPT_PIECE_TOKENS = 256
"""Tokens of a prompt run at a time."""
STEP_PROMPT_TOKENS = 256
"""Prompt tokens, of one prompt or several, read in a step: they must not hold up the answers under way."""


@dataclass(slots=True)
class Job:
    """Something that begins with a prompt in a slot; `read` counts the prompt tokens already in the cache."""

    id: int
    adapter: int
    prompt: Sequence[int]
    slot: int = -1
    read: int = 0

    @property
    def next_piece(self) -> int:
        """Tokens to read next: it depends on this prompt alone, lest a neighbour change the numbers."""
        return min(PROMPT_PIECE_TOKENS, len(self.prompt) - self.read)


@dataclass(slots=True)
class Answer(Job):
    """An answer being generated."""

    sampler: Sampler = field(kw_only=True)
    detokenizer: Detokenizer = field(kw_only=True)
    limit: int = field(kw_only=True)
    last: int = -1
    made: int = 0
    unsent: int = 0


@dataclass(slots=True)
class Scoring(Job):
    """A wish for the log-probabilities of `choices` (token ids) right after the prompt."""

    choices: Sequence[int] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Said:
    """New text of an answer; the last one carries the finish reason."""

    id: int
    text: str
    tokens: int
    finish_reason: str | None


@dataclass(frozen=True, slots=True)
class Scored:
    """Log-probabilities in the order of the choices."""

    id: int
    logprobs: list[float]


class Scheduler:
    """Runs jobs on `hosted`, as many at a time as its cache has slots, the others in the order they came."""

    def __init__(self, hosted: Hosted) -> None:
        self._hosted = hosted
        self._free = list(range(hosted.cache.slots))
        self._waiting: deque[Job] = deque()
        self._reading: deque[Job] = deque()
        self._speaking: list[Answer] = []

    @property
    def is_idle(self) -> bool:
        """Whether a step would have nothing to do."""
        return not (self._waiting or self._reading or self._speaking)

    def add(self, job: Job) -> None:
        """Take a job; it starts when a slot is free."""
        self._waiting.append(job)

    def cancel(self, job_id: int) -> None:
        """Drop a job wherever it stands; an unknown or finished id is ignored."""
        for job in (*self._reading, *self._speaking):
            if job.id == job_id:
                self._free.append(job.slot)
        self._waiting = deque(job for job in self._waiting if job.id != job_id)
        self._reading = deque(job for job in self._reading if job.id != job_id)
        self._speaking = [job for job in self._speaking if job.id != job_id]

    def uses(self, adapter: int) -> bool:
        """Whether a job that is not over yet runs under this adapter number."""
        return any(job.adapter == adapter for job in (*self._waiting, *self._reading, *self._speaking))

    def seat(self) -> list[Said]:
        """Give free slots to those who wait; each answer that got one says so with an empty text."""
        seated: list[Job] = []
        while self._waiting and self._free:
            job = self._waiting.popleft()
            job.slot = self._free.pop()
            seated.append(job)
        self._reading.extend(seated)
        return [Said(job.id, "", 0, None) for job in seated if isinstance(job, Answer)]

    def step(self) -> list[Said | Scored]:
        """Run a piece of a prompt and one token of every answer that has a slot; returns what became known."""
        return [*self._read(), *self._speak()]

    def _read(self) -> list[Said | Scored]:
        outcomes: list[Said | Scored] = []
        budget = STEP_PROMPT_TOKENS
        while self._reading and (size := self._reading[0].next_piece) <= budget:
            budget -= size
            outcomes += self._read_piece(self._reading[0])
        return outcomes

    def _read_piece(self, job: Job) -> list[Said | Scored]:
        logits = self._prompt_logits(job)
        if job.next_piece:
            return []
        self._reading.popleft()
        if isinstance(job, Scoring):
            self._free.append(job.slot)
            return [Scored(job.id, logits.log_softmax(-1)[0, list(job.choices)].tolist())]
        assert isinstance(job, Answer)
        self._speaking.append(job)
        return self._heard(job, choose(logits, [job.sampler])[0])

    def _prompt_logits(self, job: Job) -> torch.Tensor:
        piece = job.prompt[job.read : job.read + job.next_piece]
        positions = torch.arange(job.read, job.read + len(piece)).unsqueeze(0)
        job.read += len(piece)
        return self._hosted.forward(
            torch.tensor([list(piece)]), torch.tensor([job.slot]), positions, torch.tensor([job.adapter])
        )

    def _speak(self) -> list[Said | Scored]:
        speaking = list(self._speaking)
        if not speaking:
            return []
        logits = self._token_logits(speaking)[[answer.slot for answer in speaking]]
        tokens = choose(logits, [answer.sampler for answer in speaking])
        return [said for answer, token in zip(speaking, tokens, strict=True) for said in self._heard(answer, token)]

    def _token_logits(self, speaking: Sequence[Answer]) -> torch.Tensor:
        slots, idle = self._hosted.cache.slots, self._hosted.cache.context
        tokens, positions, adapters = [0] * slots, [idle] * slots, [self._hosted.base_number] * slots
        for answer in speaking:
            tokens[answer.slot], adapters[answer.slot] = answer.last, answer.adapter
            positions[answer.slot] = len(answer.prompt) + answer.made - 1
        return self._hosted.forward(
            torch.tensor(tokens)[:, None],
            torch.arange(slots),
            torch.tensor(positions)[:, None],
            torch.tensor(adapters),
        )

    def _heard(self, answer: Answer, token: int) -> list[Said | Scored]:
        """Take an answer's next token; text may be held back until a character is whole."""
        if token in self._hosted.end_tokens:
            return [self._ended(answer, "", "stop")]
        answer.last, answer.made, answer.unsent = token, answer.made + 1, answer.unsent + 1
        text = answer.detokenizer.push(token)
        if answer.made >= answer.limit:
            return [self._ended(answer, text, "length")]
        if not text:
            return []
        tokens, answer.unsent = answer.unsent, 0
        return [Said(answer.id, text, tokens, None)]

    def _ended(self, answer: Answer, text: str, reason: str) -> Said:
        self._speaking.remove(answer)
        self._free.append(answer.slot)
        return Said(answer.id, text + answer.detokenizer.finish(), answer.unsent, reason)
