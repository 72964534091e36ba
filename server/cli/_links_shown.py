"""Links on a terminal: one line each, never wrapped, so that they can be copied; the audience's also as a QR code."""

import io
from itertools import zip_longest
from pathlib import Path

import segno
from rich.console import Console
from rich.markup import escape

from server.domain.event import Event
from server.web.links import Links

QR_GAP = 3
ROLES = {"organiser": "Organiser", "stage": "Stage", "finalist": "Finalist", "expert": "Expert"}


def show(console: Console, links: Links, event: Event, *, qr_of_all: bool = False) -> None:
    """Everybody's link, and the audience's QR code (`qr_of_all`: everybody's)."""
    rehearsal = "  (rehearsal)" if event.rehearsal else ""
    console.print(f"[bold]{escape(event.name)}[/]{rehearsal}  ·  event {event.id}\n")
    everybody = links.all(event)
    width = max(len(link.name) for link in everybody)
    for link in everybody:
        role = ROLES[link.role.value]
        name = "" if link.name.startswith(role) else link.name
        _line(console, f"{role:<9} {name:<{width}}", link.url)
        if qr_of_all:
            console.print(qr_text(link.url), highlight=False)
    _line(console, f"{'Audience':<9} {f'code {links.code}':<{width}}", links.audience_url)
    console.print(f"\n{qr_text(links.audience_url)}", highlight=False)


def show_qr_codes(console: Console, links: Links, event: Event) -> None:
    """Everybody's QR code, as many side by side as the terminal is wide."""
    everybody = [(link.name, link.url) for link in links.all(event)] + [("Audience", links.audience_url)]
    codes = [(name, qr_text(url).splitlines()) for name, url in everybody]
    width = max(len(line) for _, code in codes for line in code) + QR_GAP
    across = max(1, (console.width + QR_GAP) // width)
    for start in range(0, len(codes), across):
        row = codes[start : start + across]
        console.print("".join(f"{name[: width - 1]:<{width}}" for name, _ in row), soft_wrap=True, highlight=False)
        for lines in zip_longest(*(code for _, code in row), fillvalue=""):
            console.print("".join(f"{line:<{width}}" for line in lines), soft_wrap=True, highlight=False)
        console.print()


def _line(console: Console, who: str, url: str) -> None:
    console.print(f"{who}  {url}", soft_wrap=True, highlight=False, markup=False)


def qr_text(url: str) -> str:
    """A QR code of block characters."""
    text = io.StringIO()
    segno.make(url, error="l").terminal(out=text, compact=True, border=2)
    return text.getvalue()


def write_qr_files(folder: Path, links: Links, event: Event) -> int:
    """One SVG for each link, to print; gives how many."""
    folder.mkdir(parents=True, exist_ok=True)
    urls = {f"{link.role.value}-{link.who}": link.url for link in links.all(event)}
    for name, url in {**urls, "audience": links.audience_url}.items():
        segno.make(url, error="m").save(str(folder / f"{name}.svg"), scale=8, border=2)
    return len(urls) + 1
