"""A screen as a tree of regions, and the difference between two of them.

A region is one element with an id, its template and its (comparable) context; children are rendered
inside it. `changes` finds the smallest set of regions to send; `render` makes their HTML.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Region:
    """`id`: the root element's id. `context`: a frozen dataclass, seen by the template as `c`.

    The template sees its children, rendered, as `regions` (id → Markup).
    """

    id: str
    template: str
    context: object
    children: "tuple[Region, ...]" = ()


Draw = Callable[[str, Mapping[str, object]], str]


def render(region: Region, draw: Draw) -> Markup:
    """The region's HTML with its children inside. `draw(template, variables)` is the template engine."""
    children = {child.id: render(child, draw) for child in region.children}
    return Markup(draw(region.template, {"c": region.context, "id": region.id, "regions": children}))


def changes(before: Region | None, after: Region) -> Iterator[Region]:
    """The topmost regions of `after` that differ from `before`."""
    if before is None or _itself(before) != _itself(after):
        yield after
        return
    for old, new in zip(before.children, after.children, strict=True):
        yield from changes(old, new)


def _itself(region: Region) -> tuple[object, ...]:
    ids = tuple(child.id for child in region.children)
    return (region.id, region.template, region.context, ids)


def partials(regions: Iterator[Region], draw: Draw) -> str:
    """HTML that htmx swaps: one partial for each region."""
    return "".join(
        f'<hx-partial hx-target="#{region.id}" hx-swap="outerMorph">{render(region, draw)}</hx-partial>'
        for region in regions
    )
