"""The journal's hash chain finds every change."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import strategies as st

from server.domain.chain import GENESIS, BrokenAt, JournalEntry, canonical, entry_hash, verify_chain
from tests.domain.drawn_rounds import holds_for

payloads = st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=3)
journals = st.lists(st.tuples(st.integers(0, 2**45), st.text(max_size=8), payloads), min_size=1, max_size=5)


def chained(happened):
    """Journal entries as a store would write them."""
    entries, previous = [], GENESIS
    for number, (at_ms, kind, payload) in enumerate(happened, start=1):
        previous = entry_hash(previous, number, at_ms, kind, canonical(payload))
        entries.append(JournalEntry(number, at_ms, kind, canonical(payload), previous))
    return entries


def test_a_stranger_computes_the_same_hash_with_one_line():
    content = '["' + GENESIS + '",1,1700000000000,"round.started","{\\"q\\":\\"Wie heißt „kopi“?\\"}"]'
    payload = canonical({"q": "Wie heißt „kopi“?"})
    assert entry_hash(GENESIS, 1, 1_700_000_000_000, "round.started", payload) == sha256(content.encode()).hexdigest()


def test_canonical_json_has_one_spelling():
    assert canonical({"b": [1, None, True], "a": "é"}) == '{"a":"é","b":[1,null,true]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"t": float("nan")})


def test_a_lone_surrogate_does_not_stop_the_journal():
    assert verify_chain(chained([(0, "typed", {"text": "\ud800"})])) is None


def test_an_empty_journal_holds():
    assert verify_chain([]) is None


@holds_for(journals)
def test_an_untouched_journal_holds_and_survives_json(happened):
    entries = chained(happened)
    assert verify_chain(entries) is None
    again = [
        JournalEntry(**json.loads(json.dumps({f: getattr(e, f) for f in JournalEntry.__slots__}))) for e in entries
    ]
    assert verify_chain(again) is None


@holds_for(journals, st.data())
def test_any_change_is_found_where_it_was_made(happened, data):
    entries = chained(happened)
    place = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[place]
    changed = data.draw(
        st.sampled_from(
            [
                replace(entry, at_ms=entry.at_ms + 1),
                replace(entry, kind=entry.kind + "x"),
                replace(entry, payload=entry.payload + " "),
                replace(entry, number=entry.number + 1),
                replace(entry, hash="f" * 64),
            ]
        )
    )
    broken = verify_chain([*entries[:place], changed, *entries[place + 1 :]])
    assert isinstance(broken, BrokenAt)
    assert broken.number == changed.number
    assert broken.found == changed.hash != broken.expected


@holds_for(journals, st.data())
def test_an_entry_taken_out_of_the_middle_is_missed(happened, data):
    entries = chained([*happened, (0, "end", {})])
    place = data.draw(st.integers(0, len(entries) - 2))
    assert verify_chain(entries[:place] + entries[place + 1 :]) is not None


def test_no_two_kinds_and_payloads_share_a_spelling():
    assert entry_hash(GENESIS, 1, 1, "a", '"b"') != entry_hash(GENESIS, 1, 1, 'a","', "b")
