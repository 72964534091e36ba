"""Strict Markdown for text that models and people wrote: paragraphs, lists, emphasis, code. Nothing else."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "h4", "hr"}
_RENDERER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(
    ["link", "image", "autolink", "html_inline", "html_block", "reference"]
)
_HEADINGS = {f"h{level}": "h4" for level in (1, 2, 3, 5, 6)}


@lru_cache(maxsize=2048)
def markdown(text: str) -> Markup:
    """Safe HTML: no links, no images, no attributes but a list's first number (an answer may be "3."); headings of
    every level become the same small one."""
    html = _RENDERER.render(text.encode("utf-8", "replace").decode())
    for level, small in _HEADINGS.items():
        html = html.replace(f"<{level}>", f"<{small}>").replace(f"</{level}>", f"</{small}>")
    return Markup(nh3.clean(html, tags=TAGS, attributes={"ol": {"start"}}))
