"""Patterns of exact checks find what Python's own engine finds, in bounded time, and refuse what they do not know."""

import re

import pytest
from hypothesis import strategies as st

from server.domain.patterns import LONGEST_PATTERN, PatternRefused, compiled
from tests.domain.drawn_rounds import holds_for

atoms = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", r"\d", r"\w", r"\s", r"\.", "1"])
repeats = st.sampled_from(["", "", "*", "+", "?", "{2}", "{0,2}", "{1,}"])


def joined(inner):
    parts = st.lists(st.tuples(inner, repeats).map("".join), min_size=1, max_size=3).map("".join)
    return st.lists(parts, min_size=1, max_size=2).map(lambda ways: f"({'|'.join(ways)})")


patterns = st.recursive(atoms, joined, max_leaves=6)
anchored = st.tuples(st.sampled_from(["", "^", r"\b"]), patterns, st.sampled_from(["", "$", r"\b"])).map("".join)
texts = st.text(alphabet="abcAB1. \n", max_size=12)


def as_python_has_it(pattern: str, text: str) -> bool:
    ends = pattern[:-1] + r"(?=\n|\Z)" if pattern.endswith("$") else pattern
    return re.search(ends, text, re.IGNORECASE | re.MULTILINE) is not None


@holds_for(anchored, texts)
def test_it_finds_what_pythons_engine_finds(pattern, text):
    assert compiled(pattern).found_in(text) == as_python_has_it(pattern, text)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)b", "(a?){20}a{20}b"])
def test_what_stalls_other_engines_is_over_at_once(pattern):
    """Each of these takes 2^n or n^4 steps by backtracking; here the test itself would not end."""
    assert not compiled(pattern).found_in("a" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "1 to 200 characters, not 0"),
        ("a" * (LONGEST_PATTERN + 1), "1 to 200 characters, not 201"),
        ("(a", "character 3: a closing parenthesis is missing"),
        ("a)", "a closing parenthesis too many"),
        ("(?P<x>a)", "may not have names"),
        ("(?=a)", "may not have names, look around"),
        (r"(a)\1", "not understood"),
        ("*a", "not understood"),
        ("a**", "not understood"),
        ("a{3,2}", "repeats go up from 0 to 50"),
        ("a{51}", "repeats go up from 0 to 50"),
        ("[z-a]", "bad character range"),
        ("[a", "not understood"),
        ("((a{50}){50}){50}", "too many parts"),
        ("(" * 30 + "a" + ")" * 30, "20 deep"),
    ],
)
def test_a_pattern_that_cannot_be_run_is_refused_with_the_place(pattern, words):
    with pytest.raises(PatternRefused, match=re.escape(words)):
        compiled(pattern)
