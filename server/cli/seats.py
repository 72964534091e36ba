"""`finale seats`."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from server.cli._options import Database, EventId, OutFile, settings_of
from server.cli._store import event_of, opened
from server.store import people

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH, COLUMNS = 8, 4
Count = Annotated[int, typer.Option(min=1, max=20_000, help="How many codes to make.")]


def seats(event: EventId, count: Count = 100, out: OutFile = None, database: Database = None) -> None:
    """One-time seat codes, to be cut apart and laid on the seats: each lets one phone in, once.

    They count only on a server that runs with FINALE_SEAT_CODES=true; without it the code on the stage lets anyone in.
    """
    settings = settings_of(database=database)
    with opened(settings) as writer:
        stored = event_of(writer, event)
        taken = {code for code, _ in writer.do_now(lambda c: people.seats(c, stored.event.id))}
        codes = _codes(count, taken)
        writer.do_now(lambda connection: people.add_seats(connection, stored.event.id, codes))
    page = _page(codes)
    if out is None or out == Path("-"):
        print(page, end="")
        return
    out.write_text(page, encoding="utf-8")
    print(f"{count} seat codes are in {out}.")


def _codes(count: int, taken: set[str]) -> list[str]:
    codes: set[str] = set()
    while len(codes) < count:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        code = f"{code[:4]}-{code[4:]}"
        if code not in taken:
            codes.add(code)
    return sorted(codes)


def _page(codes: list[str]) -> str:
    rows = (codes[start : start + COLUMNS] for start in range(0, len(codes), COLUMNS))
    return "".join("   ".join(row) + "\n" for row in rows)
