"""Pages that open from the disk: one HTML file with its styles, curves and a little script inside, and nothing else.

Whatever a run says is text: templates escape it, and the page's policy lets no script run but its own.
"""

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from training.runs import wording

_HERE = Path(__file__).resolve().parent
FOLDERS = (_HERE / "pages", _HERE.parent / "search" / "pages")
_WORDS = ("number", "loss", "memory", "duration", "moment", "short", "setting")


def render(template: str, context: dict[str, Any], *, refresh_seconds: int | None = None) -> str:
    """The page of a template. With `refresh_seconds` a browser that shows it looks again by itself."""
    script = _asset("chart.js")
    return str(
        _environment()
        .get_template(template)
        .render(
            **context,
            style="".join(_asset(name) for name in ("page.css", "chart.css", "search.css")),
            script=script,
            policy=_policy(script),
            refresh_seconds=refresh_seconds,
            written=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f"as_{name}": getattr(wording, name) for name in _WORDS}
    environment.globals |= {"SIGNS": wording.SIGNS, "NOTHING": wording.NOTHING}
    return environment


@cache
def _asset(name: str) -> str:
    return next(folder / name for folder in FOLDERS if (folder / name).exists()).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """A content security policy: nothing from outside, and the one script by its hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
