"""After a rehearsal with a fault: whether every finalist has an entry or a stated reason, and what the journal says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VOIDED = "voided"
TELLING = ("incident", "outage", "recovery", "resume", "downtime", "extend")


@dataclass(frozen=True, slots=True)
class Lane:
    """One finalist in one round. `reason`: why there is no entry, empty where there is one or nobody says why."""

    round: str
    finalist: str
    has_entry: bool
    reason: str
    retries: int
    lost_ms: int

    @property
    def is_explained(self) -> bool:
        """Whether the finalist has an entry, or is told why not."""
        return self.has_entry or bool(self.reason)


def lanes(bundle: Mapping[str, Any]) -> tuple[Lane, ...]:
    """Every finalist in every round that was not voided."""
    finalists = [finalist["id"] for finalist in bundle["finalists"]]
    rounds = [round_ for round_ in bundle["rounds"] if round_["status"] != VOIDED]
    return tuple(_lane(round_, finalist) for round_ in rounds for finalist in finalists)


def _lane(round_: Mapping[str, Any], finalist: str) -> Lane:
    mine = [attempt for attempt in round_["attempts"] if attempt["finalist"] == finalist]
    reasons = [attempt["failure"] for attempt in mine if attempt["failure"]]
    return Lane(
        round=round_["key"],
        finalist=finalist,
        has_entry=any(attempt["entry"] for attempt in mine),
        reason=reasons[-1] if reasons else "" if mine else "made no attempt and had no draft",
        retries=sum(attempt["retries"] for attempt in mine),
        lost_ms=sum(attempt["lost_ms"] for attempt in mine),
    )


def told(bundle: Mapping[str, Any]) -> tuple[str, ...]:
    """What the journal tells of faults and of what was done about them, in order, in words."""
    return tuple(_words(act) for act in bundle["acts"] if act["kind"] in TELLING)


def _words(act: Mapping[str, Any]) -> str:
    detail = f" ({act['detail']})" if act["detail"] else ""
    return f"{act['at'][11:19]}  {act['kind']}: {act['reason'] or 'by the organiser'}{detail}"
