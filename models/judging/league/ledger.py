"""The ledger of a league: every look at a pair, appended to one file and found again by its content.

A look is written when its reply is in, so an interrupted run has lost at most what was on its way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.judging.league.appending import AppendLog, FileRefused
from models.judging.league.costs import Usage, usage_of
from models.judging.pairs import Fate, Look, Order, Pair, PairComparer
from models.judging.prompts import digest
from models.judging.protocol import JudgeRequest

FORMAT = "finale-judge-ledger/1"


@dataclass(frozen=True, slots=True)
class Job:
    """A pair to be looked at in both orders, under the id of its question."""

    id: str
    pair: Pair


def key_of(comparer: PairComparer, pair: Pair, order: Order) -> str:
    """What a look is found by: judge and prompt, question, facts, criteria, both answers, order."""
    return digest(
        comparer.protocol, comparer.prompt_sha256, order, pair.question, pair.facts, pair.criteria, pair.a, pair.b
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A look as the ledger has it, without its texts. `ms` is the time of all its requests, `unread` how many replies
    could not be read."""

    key: str
    judge: str
    order: Order
    fate: Fate
    preference: float | None
    how: str
    reason: str
    usage: Usage
    ms: float
    unread: int

    @property
    def look(self) -> Look:
        """The look, its requests left in the file."""
        return Look(self.order, self.fate, self.preference, self.how, self.reason)


class Ledger(AppendLog):
    """Entries by key, the latest of each; `used` is all that each judge has used, whatever came of it."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, FORMAT)
        self.entries: dict[str, Entry] = {}
        self.used: dict[str, Usage] = {}

    def add(self, key: str, judge: str, look: Look) -> Entry:
        """Write a look down and return its entry."""
        entry = _entry(key, judge, look)
        requests = [{name: getattr(request, name) for name in JudgeRequest.__slots__} for request in look.requests]
        self._file.append(_row(entry) | {"requests": requests})
        self._keep(entry)
        return entry

    def _keep(self, entry: Entry) -> None:
        self.entries[entry.key] = entry
        self.used[entry.judge] = self.used.get(entry.judge, Usage()) + entry.usage

    def looks_at(self, job: Job, comparer: PairComparer) -> list[Entry]:
        """What it holds of a pair by this judge: none, one or both orders."""
        found = (self.entries.get(key_of(comparer, job.pair, order)) for order in Order)
        return [entry for entry in found if entry is not None]

    def used_for(self, jobs: Sequence[Job], comparer: PairComparer) -> Usage:
        """What the latest looks at `jobs` have used."""
        entries = {entry.key: entry for job in jobs for entry in self.looks_at(job, comparer)}
        return sum((entry.usage for entry in entries.values()), Usage())

    def _take(self, row: Mapping[str, Any], number: int) -> None:
        try:
            entry = _parsed(row)
        except (KeyError, TypeError, ValueError) as error:
            raise FileRefused(
                f"{self._file.file}, line {number}, is no look ({error}); restore the file, or begin a new one."
            ) from error
        self._keep(entry)


def requests_in(file: Path) -> Iterator[tuple[str, tuple[JudgeRequest, ...]]]:
    """Every look's key and its requests, word for word as they were sent and answered."""
    with file.open("rb") as lines:
        next(lines, None)
        for line in lines:
            row = json.loads(line)
            yield row["key"], tuple(JudgeRequest(**one | {"order": tuple(one["order"])}) for one in row["requests"])


def _entry(key: str, judge: str, look: Look) -> Entry:
    return Entry(
        key=key,
        judge=judge,
        order=look.order,
        fate=look.fate,
        preference=look.preference,
        how=look.how,
        reason=look.reason,
        usage=usage_of(look.requests),
        ms=sum(request.ms for request in look.requests),
        unread=sum(bool(request.error and request.reply) for request in look.requests),
    )


_PLAIN = ("key", "judge", "order", "fate", "preference", "how", "reason", "ms", "unread")


def _row(entry: Entry) -> dict[str, Any]:
    usage = entry.usage
    counts = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out, "counted": usage.is_counted}
    return {name: getattr(entry, name) for name in _PLAIN} | counts


def _parsed(row: Mapping[str, Any]) -> Entry:
    plain = {name: row[name] for name in _PLAIN}
    entry = Entry(**plain, usage=Usage(int(row["tokens_in"]), int(row["tokens_out"]), bool(row["counted"])))
    if (entry.fate == Fate.JUDGED) != (entry.preference is not None) or not 0 <= (entry.preference or 0) <= 1:
        raise ValueError(f"a preference of {entry.preference} for a look that is {entry.fate}")
    return Entry(**{name: getattr(entry, name) for name in Entry.__slots__} | _kinds(entry))


def _kinds(entry: Entry) -> dict[str, Any]:
    return {"order": Order(entry.order), "fate": Fate(entry.fate), "ms": float(entry.ms), "unread": int(entry.unread)}
