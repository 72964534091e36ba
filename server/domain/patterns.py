"""Patterns for exact checks: regular expressions that cannot stall the show.

Python's own engine may take for ever on a short pattern. This one follows all ways through a pattern at once (Thompson,
"Regular expression search algorithm", 1968), so that its time is bounded by text length × pattern length. It knows
characters, `.`, classes, groups, alternatives, `* + ? {m,n}` and the anchors `^ $ \\b`; no groups that capture, look
around or refer back.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

LONGEST_PATTERN, MOST_REPEATS, MOST_NODES, DEEPEST = 200, 50, 400, 20

_ATOM = re.compile(r"\\[dDwWsS]|\\[^A-Za-z0-9]|\\[nt]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\()|*+?{}\[\]]", re.DOTALL)
_REPEAT = re.compile(r"\*|\+|\?|\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")
_ANCHORS = {"^": "start", "$": "end", r"\b": "edge"}


class PatternRefused(ValueError):
    """A pattern that this file cannot run; the message says where and what it knows instead."""


@dataclass(slots=True)
class _Node:
    """One step: take a character that `atom` fits, or pass through `anchor`, or just pass; then `next`."""

    atom: "re.Pattern[str] | None" = None
    anchor: str = ""
    next: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to run. Letters large and small are the same, and `^` and `$` are those of each line."""

    nodes: tuple[_Node, ...]
    first: int
    last: int

    def found_in(self, text: str) -> bool:
        """Whether the pattern fits anywhere in `text`."""
        known: dict[tuple[frozenset[int], str, str], frozenset[int] | None] = {}
        waiting: frozenset[int] = frozenset()
        for place in range(len(text) + 1):
            before, after = text[place - 1 : place] if place else "", text[place : place + 1]
            key = (waiting, _sort(before), after)
            if key not in known:
                known[key] = self._step(waiting, before, after)
            then = known[key]
            if then is None:
                return True
            waiting = then
        return False

    def _step(self, waiting: frozenset[int], before: str, after: str) -> frozenset[int] | None:
        """The nodes after taking `after` between its neighbours; None when the pattern's end is reached before it."""
        here = self._reached({*waiting, self.first}, before, after)
        if self.last in here:
            return None
        nodes = [self.nodes[one] for one in here]
        fitting = [node for node in nodes if node.atom is not None and after and node.atom.fullmatch(after)]
        return frozenset(one for node in fitting for one in node.next)

    def _reached(self, from_: set[int], before: str, after: str) -> set[int]:
        seen, todo = set(from_), list(from_)
        while todo:
            node = self.nodes[todo.pop()]
            if node.atom is None and (not node.anchor or _holds(node.anchor, before, after)):
                fresh = [one for one in node.next if one not in seen]
                seen.update(fresh)
                todo += fresh
        return seen


def _holds(anchor: str, before: str, after: str) -> bool:
    if anchor == "edge":
        return _is_word(before) != _is_word(after)
    return (before if anchor == "start" else after) in ("", "\n")


def _is_word(character: str) -> bool:
    return bool(character) and (character.isalnum() or character == "_")


def _sort(character: str) -> str:
    """All that an anchor needs to know of the character before it."""
    return character if character in ("", "\n") else "a" if _is_word(character) else " "


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Pattern:
    """The pattern, ready to run. Raises PatternRefused."""
    if not 1 <= len(pattern) <= LONGEST_PATTERN:
        raise PatternRefused(f"A pattern has 1 to {LONGEST_PATTERN} characters, not {len(pattern)}.")
    return _Builder(pattern).build()


Piece = tuple[int, int]  # the nodes where a part of the pattern begins and ends


class _Builder:
    """Reads a pattern from left to right and links nodes; each part becomes one piece."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at, self._depth = pattern, 0, 0
        self._nodes: list[_Node] = []

    def build(self) -> Pattern:
        first, last = self._alternatives()
        if self._at < len(self._pattern):
            raise self._refusal("a closing parenthesis too many")
        return Pattern(tuple(self._nodes), first, last)

    def _alternatives(self) -> Piece:
        pieces = [self._sequence()]
        while self._takes("|"):
            pieces.append(self._sequence())
        return pieces[0] if len(pieces) == 1 else self._joined(pieces)

    def _joined(self, pieces: list[Piece]) -> Piece:
        first, last = self._node(), self._node()
        for begin, end in pieces:
            self._link(first, begin)
            self._link(end, last)
        return first, last

    def _sequence(self) -> Piece:
        first = last = self._node()
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            begin, end = self._repeated()
            self._link(last, begin)
            last = end
        return first, last

    def _repeated(self) -> Piece:
        came_from = self._at
        piece = self._one()
        found = _REPEAT.match(self._pattern, self._at)
        if found is None:
            return piece
        self._at = found.end()
        low, high = self._times(found)
        after = self._at
        copies = [piece] + [self._again(came_from) for _ in range(max(low, high or low, 1) - 1)]
        self._at = after
        return self._chained(copies, low, high)

    def _times(self, found: "re.Match[str]") -> tuple[int, int | None]:
        """At least, and at most (None: any number)."""
        if found[0] in ("*", "+", "?"):
            return int(found[0] == "+"), 1 if found[0] == "?" else None
        low = int(found[1])
        high = None if found[2] and not found[3] else int(found[3] or found[1])
        if low > (high if high is not None else low) or max(low, high or 0) > MOST_REPEATS:
            raise self._refusal(f"repeats go up from 0 to {MOST_REPEATS}")
        return low, high

    def _again(self, at: int) -> Piece:
        """One more copy of what was read at `at`."""
        self._at = at
        return self._one()

    def _chained(self, copies: list[Piece], low: int, high: int | None) -> Piece:
        first, last = self._node(), self._node()
        at = first
        for number, (begin, end) in enumerate(copies):
            if number >= low:
                self._link(at, last)
            self._link(at, begin)
            at = end
        if high is None:
            self._link(at, copies[-1][0])
        if high != 0:
            self._link(at, last)
            return first, last
        return first, first

    def _one(self) -> Piece:
        if self._takes("(?:") or self._takes("("):
            return self._group()
        anchor = next((name for sign, name in _ANCHORS.items() if self._takes(sign)), "")
        node = self._node(anchor=anchor) if anchor else self._node(self._atom())
        after = self._node()
        self._link(node, after)
        return node, after

    def _group(self) -> Piece:
        self._depth += 1
        if self._pattern.startswith("?", self._at):
            raise self._refusal("groups may not have names, look around or set flags")
        if self._depth > DEEPEST:
            raise self._refusal(f"groups may be {DEEPEST} deep")
        piece = self._alternatives()
        if not self._takes(")"):
            raise self._refusal("a closing parenthesis is missing")
        self._depth -= 1
        return piece

    def _atom(self) -> "re.Pattern[str]":
        found = _ATOM.match(self._pattern, self._at)
        if found is None:
            raise self._refusal("this is not understood; put a backslash before a sign that stands for itself")
        self._at = found.end()
        try:
            return re.compile(found[0], re.IGNORECASE)
        except re.error as error:
            raise self._refusal(f"in a class: {error.msg}") from None

    def _node(self, atom: "re.Pattern[str] | None" = None, anchor: str = "") -> int:
        if len(self._nodes) >= MOST_NODES:
            raise self._refusal("it has too many parts")
        self._nodes.append(_Node(atom, anchor))
        return len(self._nodes) - 1

    def _link(self, from_: int, to: int) -> None:
        self._nodes[from_].next.append(to)

    def _takes(self, sign: str) -> bool:
        found = self._pattern.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _refusal(self, why: str) -> PatternRefused:
        return PatternRefused(f"The pattern {self._pattern[:60]!r} cannot be used at character {self._at + 1}: {why}.")
