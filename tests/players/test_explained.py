"""After a fault: every finalist has an entry or a stated reason, or the rehearsal says that somebody has neither."""

from typing import Any

from server.players.explained import lanes, told


def attempt(
    finalist: str, entry: bool = False, failure: str = "", retries: int = 0, lost_ms: int = 0
) -> dict[str, Any]:
    return {"finalist": finalist, "entry": entry, "failure": failure, "retries": retries, "lost_ms": lost_ms}


def bundle(*attempts: dict[str, Any], status: str = "revealed") -> dict[str, Any]:
    acts = [
        {"at": "2026-11-28T11:20:31.000Z", "kind": "incident", "reason": "vllm rests (it died)", "detail": "farah"},
        {"at": "2026-11-28T11:20:40.000Z", "kind": "resume", "reason": "", "detail": "9.0 s"},
        {"at": "2026-11-28T11:21:00.000Z", "kind": "approve", "reason": "", "detail": ""},
    ]
    round_ = {"key": "1.1", "status": status, "attempts": list(attempts)}
    return {"finalists": [{"id": "farah"}, {"id": "arjun"}], "rounds": [round_], "acts": acts}


def test_an_entry_explains_itself_and_what_it_cost_is_added_up() -> None:
    farah, _ = lanes(bundle(attempt("farah", retries=1, lost_ms=4000), attempt("farah", entry=True, retries=1)))
    assert (farah.has_entry, farah.is_explained, farah.retries, farah.lost_ms) == (True, True, 2, 4000)


def test_no_entry_is_explained_by_the_last_failure_or_by_having_tried_nothing() -> None:
    farah, arjun = lanes(bundle(attempt("farah", failure="no text for 4 s"), attempt("farah", failure="it died")))
    assert (farah.has_entry, farah.reason) == (False, "it died")
    assert "made no attempt" in arjun.reason


def test_an_attempt_that_ended_without_text_and_without_a_word_is_not_explained() -> None:
    farah, _ = lanes(bundle(attempt("farah")))
    assert not farah.is_explained


def test_voided_rounds_ask_for_no_entries() -> None:
    assert lanes(bundle(attempt("farah"), status="voided")) == ()


def test_the_journal_is_told_in_order_without_what_has_nothing_to_do_with_faults() -> None:
    assert told(bundle()) == (
        "11:20:31  incident: vllm rests (it died) (farah)",
        "11:20:40  resume: by the organiser (9.0 s)",
    )
