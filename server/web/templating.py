"""Templates: one environment, escaping always on, and the few functions that templates call."""

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from server.web.markdown import markdown

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"


@cache
def static(path: str) -> str:
    """Address of a file under `static/`, with its content's hash so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@lru_cache(maxsize=256)
def qr(url: str) -> Markup:
    """A QR code as inline SVG, dark on light."""
    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=2))


@cache
def environment() -> Environment:
    """The template engine."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(static=static, qr=qr)
    env.filters.update(markdown=markdown)
    return env


def draw(template: str, variables: Mapping[str, object]) -> str:
    """HTML of a template."""
    return environment().get_template(template).render(**variables)
