"""The living page of every component in every state, with the longest text it must carry.

For designers and tests; shows no event. The texts are made up here and nowhere else.
"""

from typing import Any, Literal

import segno
from fastapi import APIRouter, Request, Response
from fastapi.templating import Jinja2Templates
from markupsafe import Markup

from server.intake import HandedIn
from server.web.screens._models import ModelView

router = APIRouter(include_in_schema=False)

Look = Literal["device", "night", "day"]

NAMES = (
    "Mei Ling",
    "Arjun",
    "Nur Farah Aisyah binte Muhammad Hafiz",
    "Wei Jie",
    "Priya Subramaniam",
    "Siti",
    "Jean-Baptiste",
    "Xu",
)
SENTENCE = (
    "In the kopitiam the uncle still remembers every order, and the auntie at the next table remembers "
    "every argument; between them they keep more of this city than any archive. "
)
QUESTION = (
    "How has the kampong spirit changed from the days of shared wells and open doors to the void decks, "
    "group chats and community gardens of today, and what of it should we teach a child who has only ever "
    "lived on the thirty-second floor?"
)
LANE_STATES = ("waiting", "writing", "thinking", "streaming", "ready", "locked", "none", "failed", "away")
MODELS = (
    ModelView(
        "c", "Kaya toast with two soft-boiled eggs, the nineteenth and last try before the night", "3f9a2b1c", 64, True
    ),
    ModelView("a", "mei-ling", "56ff594f", 6, True),
    ModelView("b", "", "", 0, True),
)
HANDED_IN = HandedIn("c", "c@3f9a2b1c4d5e", "3f9a2b1c" * 8, 64, 160_000_000, 0, "kaya-toast-final-final.tar.gz", "")
PARTS = (("llm", "LLM judge", "40 %"), ("experts", "Experts", "40 %"), ("audience", "Audience", "20 %"))


@router.get("/patterns")
def patterns(request: Request, look: Look = "device") -> Response:
    """Every component. `look` forces the night or the day tokens."""
    shown = {"table": _table(), "ranks": ranks(5), "names": NAMES, "models": MODELS, "entry": HANDED_IN}
    return _page(request, "patterns/page.html", look=look, **shown)


@router.get("/patterns/stage")
def stage(request: Request, lanes: int = 5, length: int = 3, state: str = "streaming") -> Response:
    """A stage of `lanes` finalists whose texts have about `length` sentences, lane by lane longer."""
    cards = [
        {"lane": lane, "name": NAMES[lane], "state": state, "text": SENTENCE * max(1, length * (lane + 1) // 2)}
        for lane in range(max(1, min(lanes, 8)))
    ]
    return _page(request, "patterns/stage.html", look="night", cards=cards, ranks=ranks(len(cards)))


def _page(request: Request, template: str, **context: Any) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    shared = {"sentence": SENTENCE, "question": QUESTION, "states": LANE_STATES, "parts": PARTS, "qr_svg": _qr()}
    return templates.TemplateResponse(request, template, shared | context)


def _qr() -> Markup:
    code = segno.make("https://finale.example/vote?code=4821", error="m")
    return Markup(code.svg_inline(omitsize=True, border=2))


def _table() -> list[dict[str, object]]:
    marks: dict[str, str | None] = {"llm": "7.25", "experts": "8.50", "audience": None}
    return [
        {"lane": lane, "name": NAMES[lane], "marks": marks, "score": f"{8 - lane / 3:.2f}", "note": note}
        for lane, note in enumerate(("", "corrected: 7.25 became 7.00, the judge had read an unfinished text", ""))
    ]


def ranks(count: int) -> list[dict[str, object]]:
    """Rows for `standings` with `count` finalists."""
    return [
        {
            "id": f"finalist-{lane}",
            "lane": lane,
            "name": NAMES[lane],
            "rank": lane + 1,
            "total": f"{41.5 - 3.25 * lane:.2f}",
            "share": 1 - 0.08 * lane,
            "moved": (2, 0, -1, 0, -1, 0, 0, 0)[lane],
            "gained": f"+{9 - lane / 2:.2f}",
            "decided_by": "ahead by the experts' marks" if lane == 1 else "",
        }
        for lane in range(count)
    ]
