"""Verification finds every change, names it, and survives every file."""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from server.domain.bundle import build_bundle
from server.domain.mark_parsing import shown
from server.domain.verify import verify
from tests.domain.drawn_rounds import holds_for
from tests.domain.played_show import SHOW

BUNDLE = json.loads(json.dumps(build_bundle(SHOW)))
DEEP = {"a": [{"b": [[[[[[]]]]]]}]}
JUNK = [None, float("nan"), float("inf"), [], {}, "x", "", -1, 2**60, 10**5000, True, 7.5, "1/0", "1e999999999"]
JUNK += ["\ud800", "9" * 5000, DEEP, [None], {"finalist": 3}, [[]], "nan", "-1", "11", "7.2504"]


def paths(value, path=()):
    """Every place in a JSON tree, leaves and branches."""
    yield path
    if isinstance(value, Mapping | list):
        for key in value if isinstance(value, Mapping) else range(len(value)):
            yield from paths(value[key], (*path, key))


ALL_PATHS = [path for path in paths(BUNDLE) if path]


def is_computed(path):
    """Whether the place holds something that follows from the rest of the file."""
    if path[0] in ("standings", "effective_weights"):
        return True
    parts = ("scores", "weights", "effective_weights", "present", "absent", "experts_complete", "judges_in")
    in_round = path[0] == "rounds" and len(path) > 2
    return in_round and (
        path[2] in parts or (path[2] in ("scorecards", "corrections") and path[-1] in ("mark", "from"))
    )


COMPUTED = [path for path in ALL_PATHS if is_computed(path)]


def changed(path, value, bundle=BUNDLE):
    """The bundle with another value at `path`."""
    other = copy.deepcopy(bundle)
    place = other
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return other


def first_difference(path, to):
    """What is found with another value at a place like "rounds/0/scores"."""
    return verify(changed(steps(path), to)).first_difference


def steps(path):
    return tuple(int(step) if step.isdecimal() else step for step in path.split("/"))


def test_the_file_of_the_show_is_confirmed():
    report = verify(BUNDLE)
    assert report.ok
    assert report.first_difference is None
    assert [check.name for check in report.checks] == [
        "format",
        "marks can be read",
        "rounds",
        "standings",
        "journal chain",
    ]
    assert report.checks[2].detail == "2 rounds count, every component and score recomputed"


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        ("rounds/0/scores/0/llm", "7", "rounds[1].scores[mei-ling].llm: file says 7, recomputed 29/4"),
        (
            "rounds/2/scores/0/llm",
            None,
            "rounds[2.2].scores[mei-ling].llm: file says null (absent), recomputed 7",
        ),
        ("rounds/0/verdicts/0/mark", "7.000", "rounds[1].scores[mei-ling].llm: file says 29/4, recomputed 7"),
        (
            "rounds/0/scorecards/1/mark",
            "8",
            "rounds[1].scorecards[tan, arjun].mark: file says 8, recomputed 29/4",
        ),
        (
            "rounds/2/corrections/0/from",
            "8",
            "rounds[2.2].corrections[mei-ling].from: file says 8, recomputed 29/4",
        ),
        ("rounds/2/corrections/0/to", "8", "rounds[2.2].scores[mei-ling].llm: file says 7, recomputed 8"),
        ("rounds/0/weights/llm", "1/2", "rounds[1].weights.llm: file says 1/2, recomputed 2/5"),
        ("standings/0/rank", 2, "standings[{0}].rank: file says 2, recomputed 1"),
        ("standings/2/decided_by", "lot", "standings[{2}].decided_by: file says lot, recomputed total"),
        ("rounds/0/judges_in", ["judge", "ghost"], "rounds[1].judges_in[1]: file says ghost, recomputed nothing"),
        ("rounds/0/ballots/counted", 213, "The votes of round 1 add up to 212, but 213 ballots were counted."),
        ("journal/entries", 4, "journal.entries: file says 4, recomputed 3"),
        ("event/name", "Another", None),
    ],
    ids=shown,
)
def test_the_first_difference_is_named_by_its_path(path, to, message):
    names = [row["finalist"] for row in BUNDLE["standings"]]
    assert first_difference(path, to) == (message and message.format(*names))


def test_a_changed_tally_changes_the_scores():
    votes = {"mei-ling": 160, "arjun": 0, "farah": 52}
    assert "rounds[1].scores[mei-ling].audience" in first_difference("rounds/0/ballots/favourites", to=votes)


def test_a_revealed_round_cannot_become_voided_unseen():
    assert "rounds[1]" in first_difference("rounds/0/status", to="voided")


def test_a_broken_chain_names_the_entry_and_both_hashes():
    found = first_difference("journal/log/1/payload", to="{}")
    assert found.startswith(f"journal.log[2].hash: file says {BUNDLE['journal']['log'][1]['hash']}, recomputed ")


def test_a_journal_that_was_cut_short_has_another_head():
    assert first_difference("journal/log", to=BUNDLE["journal"]["log"][:2]).startswith("journal.entries: file says 3")


def test_fractions_in_other_terms_are_the_same_numbers():
    assert verify(changed(("rounds", 0, "scores", 0, "llm"), "58/8")).ok


@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        ("format", "finale-results/2", "format: expected finale-results/1, the file has 'finale-results/2'"),
        ("event/seed", 7, "event.seed: expected a text, the file has 7"),
        ("event/weights", {"llm": "1"}, "event.weights.experts: missing"),
        ("event/weights/llm", "-1", 'expected a fraction of 0 or more as "a/b" or "a", the file has \'-1\''),
        ("event/audience_method", "applause", "expected favourite or stars, the file has 'applause'"),
        ("rounds/0/verdicts/0/mark", float("nan"), "rounds[1].verdicts[0].mark: A judge's mark is"),
        ("rounds/0/verdicts/0/mark", "11", "a number from 0 to 10; got '11'"),
        ("rounds/0/verdicts/0/mark", "7.2501", "a number with three places; got '7.2501'"),
        ("rounds/0/verdicts/0/finalist", "ghost", "expected the id of a finalist, the file has 'ghost'"),
        ("rounds/0/scorecards/0/marks/flair", "8.3", "in half points; got '8.3'"),
        ("rounds/0/ballots/counted", -1, "a whole number from 0 to"),
        ("rounds/0/ballots/stars", {"arjun": {"6": 1}}, "expected 1 to 5 stars"),
        ("rounds/0/multiplier", 10**5000, "the file has a number of more than 40 digits"),
        ("rounds/0/attempts/0/temperature", float("nan"), "expected a finite number, the file has nan"),
        ("rounds/0/attempts/0/text", " ", "expected one entry with text for mei-ling"),
        ("rounds/0/attempts/1/finalist", "mei-ling", "expected one entry with text for mei-ling"),
        ("rounds/0/number", 2, "each number revealed once"),
        ("rounds/2/corrections/0/to", "11", "The corrected llm mark of mei-ling is a number from 0 to 10; got 11."),
        ("finalists/1/id", "mei-ling", "each id once"),
        ("finalists", [{"id": str(n)} for n in range(101)], "expected at most 100"),
        ("rounds", "none", "rounds: expected a list, the file has 'none'"),
        ("rounds/0/verdicts", [{}] * 1_001, "a list of 1001, more than 1000 are not read"),
        ("journal/log/0/at_ms", "now", "journal.log[0].at_ms: expected a whole number"),
    ],
    ids=shown,
)
def test_a_malformed_file_is_told_what_was_expected_and_where(path, to, message):
    assert message in first_difference(path, to)


@pytest.mark.parametrize("bundle", [None, [], "{}", 7, {}, {"format": None}, {"format": "finale-results/1"}])
def test_what_is_no_results_file_is_told_so(bundle):
    report = verify(bundle)
    assert not report.ok
    assert len(report.first_difference) < 200


@holds_for(st.sampled_from(COMPUTED), st.sampled_from(JUNK))
def test_every_computed_value_is_compared(path, junk):
    """Nothing that follows from the marks can be changed unseen."""
    report = verify(changed(path, junk))
    original = BUNDLE
    for key in path:
        original = original[key]
    assert report.ok == (type(original) is type(junk) and original == junk)


@holds_for(st.lists(st.tuples(st.sampled_from(ALL_PATHS), st.sampled_from([*JUNK, "delete"])), min_size=1, max_size=3))
def test_no_file_makes_it_raise(changes):
    other = copy.deepcopy(BUNDLE)
    for path, junk in changes:
        place = other
        try:
            for key in path[:-1]:
                place = place[key]
            if junk == "delete":
                del place[path[-1]]
            else:
                place[path[-1]] = junk
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    report = verify(other)
    assert report.ok == (report.first_difference is None)
    assert all(len(check.detail) < 600 for check in report.checks)


json_trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@holds_for(json_trees, st.sampled_from(sorted(BUNDLE)))
def test_no_tree_in_any_part_makes_it_raise(tree, part):
    assert isinstance(verify(changed((part,), tree)).ok, bool)


def test_replaying_the_journal_finds_what_scores_and_marks_hide_together():
    """Marks and scores changed together, the journal left alone: only the journal's story tells."""
    forged_show = replace(SHOW, rounds=(replace(SHOW.rounds[0], question="What is teh?"), *SHOW.rounds[1:]))
    forged = json.loads(json.dumps(build_bundle(forged_show)))
    assert verify(forged).ok
    report = verify(forged, fold=lambda log: SHOW)
    assert report.first_difference == "rounds[1.1].question: file says What is teh?, recomputed What is kopi?"
    assert verify(BUNDLE, fold=lambda log: SHOW).ok


def test_a_journal_that_cannot_be_replayed_is_said_so():
    def fold(log):
        raise KeyError(log[0].kind)

    assert verify(BUNDLE, fold=fold).first_difference == "journal: cannot be replayed: KeyError('event.configured')"
