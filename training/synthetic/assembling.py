"""From the journal's replies to rows: good ones become rows with their provenance, the others are told with reasons.

The same journal and settings give the same rows, whatever the order in which replies came.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from datasketch import MinHashLSH
from numpy.typing import NDArray

from training.data import near
from training.data.choices import Part
from training.data.rows import Message, Role, Scalar, Step, TrainingRow, made
from training.data.shingles import PERMUTATIONS, jaccard, shingles, sketch
from training.synthetic.checks import accepted
from training.synthetic.journal import Journal, Kept, asked_for
from training.synthetic.plan import Plan, settled
from training.synthetic.replies import Draft, Reason, ReplyRefused
from training.synthetic.tasks import Task


@dataclass(frozen=True, slots=True)
class Refused:
    """A task that gave no row of its own; `text` is its last reply, empty where there was none."""

    task: Task
    reason: Reason
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Assembled:
    """Rows in the order of the tasks. A refined row that was refused is there as it was before; `open` are tasks that
    have not been settled yet: generated ones have no row, those to refine are there as they were."""

    rows: list[TrainingRow]
    refined: list[tuple[TrainingRow, TrainingRow]]  # before and after, where the text changed
    unchanged: int
    refused: list[Refused]
    open: int


def assemble(
    tasks: Sequence[Task],
    writer: str,
    journal: Journal,
    plan: Plan,
    *,
    threshold: float = 0.8,
    earlier: Sequence[TrainingRow] = (),
) -> Assembled:
    """The rows of all tasks. A written row that is a near-duplicate of one before it, or of `earlier`, is refused.

    Raises DataError for a threshold out of range.
    """
    rows: list[TrainingRow] = []
    refined: list[tuple[TrainingRow, TrainingRow]] = []
    refused: list[Refused] = []
    known, unchanged, open_ = _Known(threshold, earlier), 0, 0
    for task in tasks:
        draft, attempt, kept = settled(task, writer, journal, plan)
        if draft is None or kept is None:
            open_ += attempt < plan.attempts
            if attempt == plan.attempts and kept is not None:
                refused.append(_refused(task, kept, plan))
            rows += [task.original] if task.original else []
            continue
        row = _row(task, draft, _step(task, writer, plan, attempt, kept))
        if task.original is not None:
            changed = row.id != task.original.id
            unchanged += not changed
            refined += [(task.original, row)] if changed else []
        elif (likeness := known.like(row)) is not None:
            refused.append(Refused(task, Reason.NEAR, likeness, draft.response))
            continue
        rows.append(row)
    return Assembled(rows, refined, unchanged, refused, open_)


def _refused(task: Task, kept: Kept, plan: Plan) -> Refused:
    try:
        accepted(task, kept.text, kept.finish, plan.rules)
    except ReplyRefused as refusal:
        return Refused(task, refusal.reason, str(refusal), kept.text)
    raise AssertionError("a good reply was taken for a bad one")


def _row(task: Task, draft: Draft, step: Step) -> TrainingRow:
    response = Message(Role.ASSISTANT, draft.response)
    if task.original is not None:
        return made((*task.original.messages[:-1], response), task.original.source).with_step(step)
    user = f"{draft.instruction}\n\n{draft.context}" if draft.context else draft.instruction
    source = replace(task.source, shape="synthetic")
    return made((Message(Role.USER, user), response), source).with_step(step)


def _step(task: Task, writer: str, plan: Plan, attempt: int, kept: Kept) -> Step:
    drawn = asked_for(task, plan.sampling, attempt).sampling
    settings: dict[str, Scalar] = {"model": writer, "prompt_sha256": task.prompt_sha256, "form": task.form.value}
    settings |= {"temperature": drawn.temperature, "top_p": drawn.top_p, "max_tokens": drawn.max_tokens}
    settings |= {"seed": drawn.seed, "request": kept.key}
    if task.original is not None:
        return Step("refine", settings | {"before": task.original.id})
    return Step("synthesize", settings | {"kind": task.kind.value, "style": task.style, "number": task.number})


class _Known:
    """Rows so far, to find the near-duplicates of a further one."""

    def __init__(self, threshold: float, rows: Sequence[TrainingRow]) -> None:
        self._threshold = threshold
        self._index = MinHashLSH(num_perm=PERMUTATIONS, params=near.bands(threshold))
        self._rows: list[tuple[TrainingRow, NDArray[np.uint32]]] = []
        for row in rows:
            self._add(row)

    def like(self, row: TrainingRow) -> str | None:
        """What the row is nearly the same as, in words; None, and the row is known from now on, if nothing."""
        hashes = shingles(Part.ROW.of(row))
        for place in sorted(self._index.query(sketch(hashes))):
            other, others = self._rows[place]
            if (alike := jaccard(hashes, others)) >= self._threshold:
                where = f"{other.source.file}, line {other.source.line:,}"
                return f"{alike:.0%} like the row {other.id} from {where}"
        self._add(row)
        return None

    def _add(self, row: TrainingRow) -> None:
        hashes = shingles(Part.ROW.of(row))
        self._index.insert(len(self._rows), sketch(hashes))
        self._rows.append((row, hashes))
