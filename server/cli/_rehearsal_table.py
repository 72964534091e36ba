"""What a rehearsal saw, as tables."""

from rich.table import Table

from server.domain.latency import percentile as nearest_rank
from server.players.rehearsal import Outcome

MEASURED = {
    "ballot": "Ballot → receipt",
    "draft": "Draft → saved",
    "generate": "Generate → accepted",
    "first text": "Generate → first words on stage",
    "card": "Expert's card → saved",
    "join": "QR code → page",
    "connect": "Page → live screen",
    "reconnect": "Connection lost → whole screen again",
}


def rounds(outcome: Outcome) -> Table:
    """Receipts against what was counted, round by round."""
    table = Table("Round", box=None, pad_edge=False, title="Acknowledged → counted", title_justify="left")
    for name in ("Receipts", "Ballots counted", "Scorecards", "Attempts", "Lost"):
        table.add_column(name, justify="right")
    for one in outcome.rounds:
        lost = f"[bold red]{one.losses}[/]" if one.losses else "[green]0[/]"
        table.add_row(one.key, str(one.receipts), str(one.counted), str(one.cards), str(one.attempts), lost)
    late = outcome.seen.counts["ballot too late"]
    table.caption = f"{outcome.seen.counts['receipts']} receipts in all; {late} ballots came after the bell, refused."
    table.caption_justify = "left"
    return table


def latencies(outcome: Outcome) -> Table:
    """How long things took, in milliseconds."""
    table = Table("Milliseconds", box=None, pad_edge=False)
    for name in ("n", "p50", "p99", "max"):
        table.add_column(name, justify="right")
    for key, label in MEASURED.items():
        took = sorted(outcome.seen.seconds.get(key, ()))
        if took:
            figures = (percentile(took, 50), percentile(took, 99), took[-1])
            table.add_row(label, str(len(took)), *(f"{seconds * 1000:.0f}" for seconds in figures))
    return table


def percentile(ordered: list[float], share: int) -> float:
    """The nearest-rank percentile of sorted values."""
    found = nearest_rank(ordered, share / 100)
    assert found is not None, "a percentile of nothing"
    return found
