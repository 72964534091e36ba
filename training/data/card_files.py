"""Writing a data card: card.json for programs, README.md for people, tokens.svg for the eye; always the same bytes."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.data.card import Card
from training.data.jsonl import whole

PICTURE = "tokens.svg"
BINS = 40
RESPONSE_COLOUR, ROW_COLOUR, MARK_COLOUR = "#2f6f73", "#b8863b", "#333333"


def write_card(folder: Path, card: Card) -> list[Path]:
    """Write the three files into `folder`, which is made if it is not there."""
    told = json.dumps(card.data, indent=2, ensure_ascii=False) + "\n"
    for name, text in (("card.json", told), ("README.md", page(card.data)), (PICTURE, picture(card))):
        with whole(folder / name) as out:
            out.write(text)
    return [folder / name for name in ("card.json", "README.md", PICTURE)]


def picture(card: Card) -> str:
    """Histograms of the tokens of responses and of whole rows, as SVG."""
    import io

    import matplotlib
    from matplotlib.figure import Figure

    # A fixed salt and no date: the same counts give the same bytes. Text stays text, so that it can be read out.
    with matplotlib.rc_context({"svg.hashsalt": "finale", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(9, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _histogram(left, card.response_tokens, "tokens of the response", RESPONSE_COLOUR)
        _histogram(right, card.row_tokens, "tokens of the whole row", ROW_COLOUR)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _histogram(axes: Any, counts: Sequence[int], label: str, colour: str) -> None:
    import numpy as np

    axes.hist(counts, bins=min(BINS, max(counts) - min(counts) + 1), color=colour)
    middle = float(np.median(counts))
    axes.axvline(middle, color=MARK_COLOUR, linewidth=1, linestyle="--")
    axes.set_xlabel(f"{label} (median {middle:,.0f}, most {max(counts):,})")
    axes.set_ylabel("rows")
    axes.spines[["top", "right"]].set_visible(False)


def page(data: dict[str, Any]) -> str:
    """The card as Markdown."""
    tokens = data["tokens"]
    parts = [
        f"# {_line(data['name'])}",
        data["description"].strip(),
        _table(
            ["", ""],
            [
                ["licence", data["licence"]],
                ["rows", f"{data['rows']:,}"],
                ["identical rows", f"{data['identical_rows']:,}"],
                ["with a system prompt", f"{data['with_system_prompt']:,}"],
                ["of several turns", f"{data['of_several_turns']:,}"],
                ["fingerprint", f"`{data['fingerprint']}`"],
                ["languages", _languages(data["languages"])],
            ],
        ),
        "## Tokens",
        f"Counted with the tokenizer `{tokens['tokenizer']['name']}` (`{tokens['tokenizer']['sha256'][:12]}`).",
        f"![Histograms of tokens]({PICTURE})",
        _spreads(tokens),
        "## Where the rows come from",
        _table(["file", "shape", "rows", "SHA-256"], [_source(one) for one in data["sources"]]),
        "## What was done to them",
        _table(["step", "settings", "rows"], [_step(one) for one in data["steps"]])
        if data["steps"]
        else "Nothing yet.",
        "## Examples",
        *(_example(one) for one in data["examples"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _spreads(tokens: dict[str, Any]) -> str:
    names = ("least", "median", "mean", "p95", "most", "sum")
    lines = [[label, *(f"{tokens[key][name]:,g}" for name in names)] for label, key in _MEASURED]
    return _table(["", *names], lines)


_MEASURED = (("response", "response"), ("whole row", "row"))


def _languages(found: dict[str, Any]) -> str:
    total = found["responses_looked_at"]
    shares = ", ".join(f"{language} {count / total:.0%}" for language, count in list(found["counts"].items())[:8])
    return f"{shares} (of {total:,} responses looked at)"


def _source(one: dict[str, Any]) -> list[str]:
    return [one["file"], one["shape"], f"{one['rows']:,}", f"`{one['sha256'][:12]}`"]


def _step(one: dict[str, Any]) -> list[str]:
    settings = ", ".join(f"{key} {value}" for key, value in one.items() if key not in ("name", "rows"))
    return [one["name"], settings, f"{one['rows']:,}"]


def _example(messages: list[dict[str, str]]) -> str:
    return "\n\n".join(f"**{message['role']}**\n\n{_fenced(message['content'])}" for message in messages) + "\n\n---"


def _fenced(text: str) -> str:
    """The text as it is: a fence longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _table(head: list[str], lines: list[list[str]]) -> str:
    told = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(_line(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in told)


def _line(text: str) -> str:
    return " ".join(text.split())
