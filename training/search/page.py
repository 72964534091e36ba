"""The page of a search: the best try, all tries, and pictures of what mattered, in one file."""

from typing import Any

from training.runs.rendering import render
from training.runs.run_page import PAGE as RUN_PAGE
from training.runs.run_page import REFRESH_SECONDS
from training.search.outcome import Outcome
from training.search.pictures import over_time, parallel, short, slices
from training.search.tries import Try, used_seconds
from training.search.what_mattered import LEAST_TRIES, SURE_TRIES

PAGE = "search.html"
NOT_LISTED = 200  # tries from which on the table holds the best alone


def search_page(outcome: Outcome) -> str:
    """The page as HTML; while the search goes on, a browser looks again by itself."""
    plan, tries, best = outcome.plan, outcome.tries, outcome.best
    ranked = sorted(tries, key=lambda one: (one.loss is None, one.loss or 0.0, one.number))
    return render(
        "search.html.jinja",
        {
            "plan": plan,
            "names": [one.name for one in plan.space.dimensions],
            "best": best,
            "reason": outcome.reason,
            "is_going": not outcome.reason,
            "importances": outcome.importances,
            "is_hint": sum(one.loss is not None for one in tries) < SURE_TRIES,
            "least": LEAST_TRIES,
            "tries": [_row(one, outcome) for one in ranked[:NOT_LISTED]],
            "left_out": max(0, len(tries) - NOT_LISTED),
            "counts": _counts(tries),
            "used": used_seconds(tries),
            "saved": sum(one.saved for one in tries),
            "time": over_time(tries, best),
            "slices": slices(plan.space, tries, best, outcome.importances),
            "parallel": parallel(plan.space, tries, best),
        },
        refresh_seconds=None if outcome.reason else REFRESH_SECONDS,
    )


def _row(one: Try, outcome: Outcome) -> dict[str, Any]:
    page = one.folder / RUN_PAGE
    return {
        "it": one,
        "values": [short(one.changes[dimension.name]) for dimension in outcome.plan.space.dimensions],
        "page": f"{one.folder.name}/{RUN_PAGE}" if page.exists() else "",
        "is_best": outcome.best is not None and one.number == outcome.best.number,
    }


def _counts(tries: tuple[Try, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in tries:
        found[one.status.value] = found.get(one.status.value, 0) + 1
    return found
