"""The page that shows two voices side by side: one file, nothing from elsewhere, every text escaped, no script."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from training.runs import wording
from training.trying.comparing import Comparison

_HERE = Path(__file__).resolve().parent / "pages"
_SHARED = Path(wording.__file__).resolve().parent / "pages"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"


def comparison_page(comparison: Comparison) -> str:
    """The page as HTML."""
    return str(
        _environment()
        .get_template("voices.html.jinja")
        .render(
            comparison=comparison,
            style=(_SHARED / "page.css").read_text(encoding="utf-8")
            + (_HERE / "voices.css").read_text(encoding="utf-8"),
            script="",
            policy=POLICY,
            refresh_seconds=None,
            written=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader((_HERE, _SHARED)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"as_moment": wording.moment, "as_short": wording.short}
    return environment
