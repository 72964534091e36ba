"""The audit's pictures, as SVG: light, self-contained, and the same bytes for the same audit.

A picture is drawn only where there is something to show; the words and tables are in `told`.
"""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.judging.audit.auditing import Audit
from models.judging.audit.effects import Finding
from models.judging.audit.moving import TraitEffect
from models.judging.audit.records import BEYOND, EXPERTS

# Okabe and Ito's colours, told apart by the colour-blind; each rater has its marker as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8a6d00", "#56B4E9", "#333333")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SETTINGS = {
    "svg.hashsalt": "finale",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 11,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "legend.frameon": False,
}
Draw = Callable[[Any, Audit], None]


def pictures(audit: Audit) -> dict[str, bytes]:
    """File name to SVG, of those pictures that have something to show."""
    drawn = {
        "length.svg": (_length, "Length and marks, both above the round's mean", _any(audit.length)),
        "position.svg": (_position, "Marks by place in the list", any(one.places for one in audit.position)),
        "markdown.svg": (_markdown, "What Markdown adds to the marks", _any(audit.markdown)),
        "language.svg": (_language, "What a language adds to the marks", _any(audit.language)),
        "agreement.svg": (_agreement, "Pairs of entries ordered as the experts do", _has_pairs(audit)),
    }
    return {name: _drawn(draw, title, audit) for name, (draw, title, is_there) in drawn.items() if is_there}


def _any(effects: Sequence[Any]) -> bool:
    return any(one.effect.estimate is not None for one in effects)


def _has_pairs(audit: Audit) -> bool:
    return any(one.pairwise.pairs for one in audit.event.by_judge)


def _drawn(draw: Draw, title: str, audit: Audit) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        # A name in Chinese or Tamil is measured with another font than it is shown in.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(8.5, 4.5), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, audit)
        axes.set_title(title, loc="left")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
        held = io.BytesIO()
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": "finale", "Title": title})
    return held.getvalue()


def _length(axes: Any, audit: Audit) -> None:
    shown = [one for one in audit.length if one.effect.estimate and not one.effect.rater.endswith(BEYOND)]
    looks = _looks(audit)
    for one in shown:
        look, estimate = looks[one.effect.rater], one.effect.estimate
        across = [x for x, _ in one.points]
        ends = [min(across), max(across)]
        slope = estimate.size / 100 if estimate else 0
        axes.scatter(across, [y for _, y in one.points], s=26, alpha=0.6, **look)
        axes.plot(ends, [slope * x for x in ends], color=look["color"], label=one.effect.rater, marker=look["marker"])
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.set_xlabel("characters above the mean of the round")
    axes.set_ylabel("marks above the mean of the round")


def _position(axes: Any, audit: Audit) -> None:
    shown = [one for one in audit.position if one.places]
    looks = _looks(audit)
    for number, one in enumerate(shown):
        # Side by side, so that intervals do not hide each other.
        beside = 0.12 * (number - (len(shown) - 1) / 2)
        sizes = [estimate.size for _, estimate in one.places]
        ends = _ends([estimate for _, estimate in one.places])
        across = [place + beside for place, _ in one.places]
        axes.errorbar(across, sizes, yerr=ends, capsize=3, label=one.effect.rater, **looks[one.effect.rater])
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.set_xticks(sorted({place for one in shown for place, _ in one.places}))
    axes.set_xlabel("place in which the entry was shown")
    axes.set_ylabel("marks above the mean place")


def _markdown(axes: Any, audit: Audit) -> None:
    _forest(axes, audit.markdown)


def _language(axes: Any, audit: Audit) -> None:
    _forest(axes, audit.language)


def _forest(axes: Any, effects: Sequence[TraitEffect]) -> None:
    """One line per trait and rater; filled where the finding is clear."""
    shown = [one for one in reversed(effects) if one.effect.estimate]
    axes.figure.set_figheight(max(4.5, 1.5 + 0.3 * len(shown)))
    for height, one in enumerate(shown):
        estimate, is_clear = one.effect.estimate, one.effect.finding is Finding.CLEAR
        if estimate:
            fill = COLOURS[0] if is_clear else "white"
            ends = [[side[0]] for side in _ends([estimate])]
            axes.errorbar(
                [estimate.size], [height], xerr=ends, fmt="o", color=COLOURS[0], markerfacecolor=fill, capsize=3
            )
    axes.axvline(0, color="#999999", linewidth=0.8)
    axes.set_yticks(range(len(shown)), [f"{one.trait}, {one.effect.rater}" for one in shown], fontsize=9)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xlabel("marks, with 95 % interval; filled: clear")


def _agreement(axes: Any, audit: Audit) -> None:
    looks, rounds = _looks(audit), [one.round or "" for one in audit.rounds]
    for overall in audit.event.by_judge:
        own = [
            (at, float(one.pairwise.accuracy))
            for at, where in enumerate(audit.rounds)
            for one in where.by_judge
            if one.judge == overall.judge and one.pairwise.accuracy is not None
        ]
        if own and overall.pairwise.accuracy is not None:
            label = f"{overall.judge}: {float(overall.pairwise.accuracy):.0%} over the event"
            axes.plot([at for at, _ in own], [y for _, y in own], linestyle=":", label=label, **looks[overall.judge])
    axes.axhline(0.5, color="#999999", linewidth=0.8)
    axes.text(1, 0.5, "chance", transform=axes.get_yaxis_transform(), va="center", fontsize=9, color="#666666")
    axes.set_xticks(range(len(rounds)), rounds, rotation=30, ha="right", fontsize=9)
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel("share of pairs")


def _looks(audit: Audit) -> Mapping[str, dict[str, str]]:
    """Every rater's colour and marker, the same in all pictures."""
    raters = (*audit.judges, EXPERTS)
    return {
        rater: {"color": COLOURS[at % len(COLOURS)], "marker": MARKERS[at % len(MARKERS)]}
        for at, rater in enumerate(raters)
    }


def _ends(estimates: Sequence[Any]) -> list[list[float]]:
    """Distances from sizes to the low and high ends; a bootstrap's end may lie on the size's other side by a hair."""
    low = [max(0.0, one.size - one.interval.low) for one in estimates]
    return [low, [max(0.0, one.interval.high - one.size) for one in estimates]]
