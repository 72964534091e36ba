"""The audit in words and tables, as Markdown."""

from collections.abc import Iterable, Sequence

from models.judging.audit.agreeing import Agreement, JudgeAgreement
from models.judging.audit.auditing import Audit
from models.judging.audit.effects import Effect, Finding, plural
from models.judging.audit.moving import LengthEffect, PositionEffect, TraitEffect
from models.judging.audit.records import BEYOND
from models.judging.audit.within import Estimate
from models.judging.statistics.alpha import Alpha

NOT_ENOUGH = "not enough data"
READING = f"""\
Marks are compared **within rounds**, where all entries answer one question, so a hard question cannot pass for an
effect. Intervals are 95 %, by resampling whole rounds; p is by shuffling marks within rounds. *Clear*: the interval is
off 0 and p is below 0.01. *A hint*: p is below 0.05, as one comparison in twenty is by chance alone. *Not seen* does
not mean that there is none. A better entry may well be longer, so the experts are measured in the same way: the lines
"{BEYOND.strip()}" show what moved a judge and not them."""
LENGTH_HEAD = ("rater", "marks per 100 characters", "95 %", "p", "rank correlation", "finding")
PLACE_HEAD = ("judge", "marks per place later", "95 %", "p", "spread between orders", "finding")
TRAIT_HEAD = ("", "rater", "entries with it", "marks more with it", "95 %", "p", "at equal length", "finding")
PICTURES = {
    "Length": "length.svg",
    "Place in the list": "position.svg",
    "Markdown": "markdown.svg",
    "Language": "language.svg",
    "Agreement": "agreement.svg",
}


def told(audit: Audit, pictures: Sequence[str]) -> str:
    """The whole page; `pictures` are the names of those that lie beside it."""
    sections = [
        ("In short", _in_short(audit)),
        ("How to read this", READING),
        ("Length", _table(LENGTH_HEAD, map(_length_row, audit.length))),
        ("Place in the list", _places(audit.position)),
        ("Markdown", _markdown(audit.markdown)),
        ("Language", _languages(audit)),
        ("Agreement", _agreement(audit)),
    ]
    parts = [f"# What moved the judges' marks\n\n{_scope(audit)}"]
    for title, text in sections:
        picture = PICTURES.get(title)
        image = f"\n\n![{title}: the table below as a picture]({picture})" if picture in pictures else ""
        parts.append(f"## {title}{image}\n\n{text}")
    return "\n\n".join(parts) + "\n"


def _scope(audit: Audit) -> str:
    rounds, entries = plural(len(audit.rounds), "round"), plural(audit.entries, "entry", "entries")
    return f"{entries} in {rounds}; {plural(len(audit.judges), 'judge')}; {plural(audit.experts, 'expert')}."


def _in_short(audit: Audit) -> str:
    """What was found, then what could not be looked at."""
    if not audit.entries:
        return "No judge gave a mark, so there is nothing to audit."
    said = [*map(_length_said, audit.length), *map(_place_said, audit.position)]
    said += [_said(one.effect, f"an entry with {one.trait}", "") for one in audit.markdown]
    said += [_said(one.effect, f"an entry in {one.trait}", "") for one in audit.language]
    lines = [f"- {text}" for text in said if text] or ["- Nothing was seen to move the marks more than chance would."]
    effects = [("length", one.effect) for one in audit.length] + [("place", one.effect) for one in audit.position]
    effects += [(one.trait, one.effect) for one in (*_used(audit.markdown), *audit.language)]
    if unknown := list(dict.fromkeys(what for what, one in effects if one.finding is Finding.TOO_FEW)):
        lines.append(f"- Not enough data for some or all raters: {', '.join(unknown)}. The tables say what is missing.")
    return "\n".join(lines)


def _length_said(one: LengthEffect) -> str | None:
    return _said(one.effect, "a longer entry", "per 100 characters")


def _place_said(one: PositionEffect) -> str | None:
    return _said(one.effect, "an entry shown later", "per place")


def _said(effect: Effect, what: str, unit: str) -> str | None:
    estimate = effect.estimate
    if estimate is None or effect.finding is Finding.NOT_SEEN:
        return None
    more = "more" if estimate.size > 0 else "less"
    size = f"{abs(estimate.size):.2f} marks {more} {unit}".rstrip()
    return f"**{_cell(effect.rater)}**: {what} gets {size} ({_range(estimate)}), {effect.finding.value}."


def _length_row(one: LengthEffect) -> list[str]:
    correlation = _signed(one.rank_correlation) if one.rank_correlation else "–"
    return [one.effect.rater, *_estimated(one.effect), correlation, _finding(one.effect)]


def _trait_row(one: TraitEffect) -> list[str]:
    equal = f"{_signed(one.at_equal_length)} ({_range(one.at_equal_length)})" if one.at_equal_length else "–"
    count = str(one.entries_with)
    return [one.trait, one.effect.rater, count, *_estimated(one.effect), equal, _finding(one.effect)]


def _markdown(effects: Sequence[TraitEffect]) -> str:
    unused = list(dict.fromkeys(one.trait for one in effects if one not in _used(effects)))
    none = f"No entry has {' or '.join(unused)}." if unused else ""
    table = _table(TRAIT_HEAD, map(_trait_row, _used(effects))) if _used(effects) else ""
    return "\n\n".join(part for part in (none, table) if part)


def _used(effects: Sequence[TraitEffect]) -> list[TraitEffect]:
    """Those of traits that some entry has."""
    traits = {one.trait for one in effects if one.entries_with}
    return [one for one in effects if one.trait in traits]


def _places(effects: Sequence[PositionEffect]) -> str:
    rows = [
        [
            one.effect.rater,
            *_estimated(one.effect),
            "–" if one.spread is None else f"{one.spread:.2f}",
            _finding(one.effect),
        ]
        for one in effects
    ]
    lines = [
        f"- {_cell(one.effect.rater)}: "
        + ", ".join(f"place {place} {_signed(estimate)} ({_range(estimate)})" for place, estimate in one.places)
        for one in effects
        if one.places
    ]
    above = "\n\nMarks above the mean place, each entry compared with itself:\n\n" + "\n".join(lines) if lines else ""
    return _table(PLACE_HEAD, rows) + above


def _languages(audit: Audit) -> str:
    counts = ", ".join(f"{count} {language.value}" for language, count in audit.languages) or "none"
    told = f"Entries by language, told by script and common words: {counts}."
    if not audit.language:
        return f"{told} With one language alone there is nothing to compare."
    return f"{told}\n\n{_table(TRAIT_HEAD, map(_trait_row, audit.language))}"


def _agreement(audit: Audit) -> str:
    if not audit.experts:
        return "No expert marked an entry, so judges are compared with each other alone.\n\n" + _alphas(audit)
    head = ("", "judge", "pairs", "ordered as the experts do", "95 %", "alpha with the experts' mean")
    rows = [_judge_row(where, one) for where in (audit.event, *audit.rounds) for one in where.by_judge]
    names = [_where(where) for where in (audit.event, *audit.rounds) for _ in where.by_judge]
    text = "A pair of entries counts when most experts prefer one of them; a judge's tie counts half; 50 % is chance."
    return f"{text}\n\n{_table(head, [[a, *b] for a, b in zip(names, rows, strict=True)])}\n\n{_alphas(audit)}"


def _judge_row(where: Agreement, one: JudgeAgreement) -> list[str]:
    accuracy, interval = one.pairwise.accuracy, one.interval
    share = f"{float(accuracy):.0%}" if accuracy is not None else NOT_ENOUGH
    return [
        one.judge,
        str(one.pairwise.pairs),
        share,
        f"{interval.low:.0%} to {interval.high:.0%}" if interval and where.round is None else "–",
        _alpha(one.alpha),
    ]


def _alphas(audit: Audit) -> str:
    rows = [[_where(one), _alpha(one.experts), _alpha(one.judges)] for one in (audit.event, *audit.rounds)]
    return "Krippendorff's alpha, 1 for full agreement, 0 for chance:\n\n" + _table(
        ("", "among experts", "among judges"), rows
    )


def _where(one: Agreement) -> str:
    return "whole event" if one.round is None else one.round


def _alpha(alpha: Alpha) -> str:
    return f"{alpha.value:z.2f}" if alpha.value is not None else f"{NOT_ENOUGH}: {alpha.reason}"


def _estimated(effect: Effect) -> list[str]:
    estimate = effect.estimate
    if estimate is None:
        return ["–", "–", "–"]
    return [_signed(estimate), _range(estimate), "–" if estimate.p is None else f"{estimate.p:.4f}"]


def _finding(effect: Effect) -> str:
    return effect.finding.value if effect.reason is None else f"{effect.finding.value}: {effect.reason}"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.size:+z.2f}"


def _range(estimate: Estimate) -> str:
    return f"{estimate.interval.low:+z.2f} to {estimate.interval.high:+z.2f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    """Names come from outside: they must not break the table, nor become markup."""
    flat = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\|`*_<>[]#!" else character for character in flat)
