"""The results for anyone, once the champion is named: the page, the files, and their verification.

Plain functions, so that drawing and hashing happen on a worker thread and no clock of a running show waits.
"""

import re
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server.arena.agreeing import Measure, measured
from server.domain.agreement import opinions
from server.domain.errors import NotFound
from server.domain.state import EventState
from server.web.house import house
from server.web.results_access import Reader, is_published, must_read, reader
from server.web.results_file import Packed, ResultsFiles, packed
from server.web.results_view import results, steps
from server.web.results_words import CHECKS, TABLES
from server.web.templating import draw

router = APIRouter(tags=["results"])


@router.get("/results", include_in_schema=False)
def page(request: Request) -> Response:
    """The whole result; a page that says 'not yet' to those who may not see it."""
    state, files = _at_hand(request)
    who = reader(request, state)
    if who is None:
        event = state.event
        return _html(draw("results/notyet.html", {"event": event, "steps": steps(state)}))
    measure: Measure | None = getattr(request.app.state, "measure", None)
    body = files.kept.of(state, f"page {who.role}", lambda: packed(_page(files, state, who, measure)))
    return _answer(request, body, "text/html", {})


def _page(files: ResultsFiles, state: EventState, who: Reader, measure: Measure | None) -> bytes:
    public = [of_round for of_round in opinions(state) if of_round.key in {r.key for r in state.scored}]
    found = files.kept.of(state, "agreement", lambda: measured(measure, public) if measure else {})
    shown = results(state, who, files.bundle(state)["journal"], found)
    return _encoded(draw("results/page.html", {"r": shown, "tables": TABLES}))


@router.get("/results/verify", include_in_schema=False)
def check(request: Request) -> Response:
    """The file that is offered, recomputed here and now, check by check."""
    state, files = _at_hand(request)
    must_read(request, state)
    report, bundle = files.report(state), files.bundle(state)
    rows = [(CHECKS.get(check.name, (check.name, "")), check) for check in report.checks]
    variables = {"event": state.event, "report": report, "rows": rows, "journal": bundle["journal"]}
    return _html(draw("results/verify.html", variables | {"name": _file_name(state, "json")}))


@router.get("/results.json", summary="The results file")
def as_json(request: Request) -> Response:
    """The bundle `finale-results/1`: enough to recompute every score and to check the journal."""
    return _file(request, "json", "application/json", lambda files, state: files.text(state).encode())


@router.get("/results/{table}.csv", summary="One table of the results")
def as_csv(request: Request, table: str) -> Response:
    """`scores`, `attempts`, `verdicts`, `scorecards` or `standings`, for a spreadsheet."""

    def rows(files: ResultsFiles, state: EventState) -> bytes:
        found = files.table(state, table)
        if found is None:
            raise NotFound(f"There is no table of that name. Choose one of {', '.join(TABLES)}.")
        return found

    return _file(request, f"{table}.csv", "text/csv; charset=utf-8", rows)


def _file(request: Request, ending: str, kind: str, content: Callable[[ResultsFiles, EventState], bytes]) -> Response:
    state, files = _at_hand(request)
    must_read(request, state)
    body = files.kept.of(state, f"file {ending}", lambda: packed(content(files, state)))
    return _answer(request, body, kind, {"content-disposition": f'attachment; filename="{_file_name(state, ending)}"'})


def _answer(request: Request, body: Packed, kind: str, headers: dict[str, str]) -> Response:
    headers |= {"cache-control": "no-store", "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(body.plain, media_type=kind, headers=headers)
    return Response(body.gzipped, media_type=kind, headers=headers | {"content-encoding": "gzip"})


def _file_name(state: EventState, ending: str) -> str:
    """`grand-finale.json`; says so when it is a rehearsal's or the show still runs."""
    parts = (state.event.name, "rehearsal" if state.event.rehearsal else "", "" if is_published(state) else "so far")
    name = re.sub(r"[^a-z0-9]+", "-", " ".join(filter(None, parts)).casefold()).strip("-") or "results"
    joint = "-" if ending.endswith(".csv") else "."
    return f"{name[:80]}{joint}{ending}"


def _at_hand(request: Request) -> tuple[EventState, ResultsFiles]:
    place = house(request)
    keeper = request.app.state
    if not hasattr(keeper, "results_files"):
        keeper.results_files = ResultsFiles(place.archive)
    files: ResultsFiles = keeper.results_files
    return place.arena.state, files


def _html(page: str) -> Response:
    return Response(_encoded(page), media_type="text/html", headers={"cache-control": "no-store"})


def _encoded(page: str) -> bytes:
    """Half a character, which a browser can send, must not break the page: it becomes a question mark."""
    return page.encode("utf-8", "replace")
