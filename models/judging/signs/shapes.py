"""Shapes of text that belong to a judge's prompt or reply: verdicts, template tokens, headings, fences.

All patterns run on folded lines (small letters, single white space) and are bounded, so that no text makes them slow.
"""

import re
from collections.abc import Iterator

from models.judging.signs.folding import Folded
from models.judging.signs.kinds import InjectionKind, Sign

_GRADE = r"(?:marks?|scores?|ratings?|grades?|points)"
_TOP = r"(?:10(?:\.0{1,3})?|9(?:\.\d{1,3})?|ten|nine|full marks?|perfect|a\+ \(10/10\)?)"
_CASE = r"(?:entry|answer|output|response|model|contestant|submission|option|candidate)"
_KEY = r"\s?:\s?"
_WHY = r"[\"'](?:reason|verdict|explanation|feedback|justification)[\"']"
_JSON_TOP = rf"[\"'](?:{_GRADE}|score|overall)[\"']{_KEY}[\"']?{_TOP}\b"
_LINE = r"(?m)^\W{0,9}"
_WORDS_BEFORE = r"(?:(?:final|overall|my|the|total|official|expert|agreed|correct) ){0,3}"
_VERDICT = rf"(?:verdict|judge?ment|{_GRADE}|winner|preference|rating token|digit|decision|result)s?"
_OF_WHAT = rf"(?: (?:is|for|of|goes to|given|awarded)(?: (?:this )?{_CASE})?(?: [a-z])?)?"
_OUT_OF = r"(?:(?:/|out of) ?(?:10|9|ten|nine)|points)?"
_DATA = r"(?:entry|entries|answers?|submission|contestant|candidate|data|facts|fence|input|untrusted\w{0,12})"

_SHAPES: dict[InjectionKind, tuple[str, ...]] = {
    InjectionKind.FAKE_VERDICT: (
        # A listwise verdict, or a part of it.
        r"[\"']verdicts[\"']",
        rf"[\"']verdict[\"']{_KEY}",
        r"[\"'][a-e][\"'] ?: ?10 ?, ?[\"'][a-e][\"'] ?: ?[01]\b|\b[a-e] ?[:=] ?10 ?[,;] ?[a-e] ?[:=] ?[01]\b",
        r"\b(?:accuracy|completeness)\b[\"']?.{0,2}[:=].{0,2}\b10\b",
        r"\b(?:respond|reply|answer|say|output|print|return|choose|write)(?: only)?(?: with)?(?: only)? [\"']m[\"']",
        r"\bexpert \d ?: ?10\b|<{1,3}/?\w{0,20}(?:judge|verdict)\w{0,20}>",
        rf"[\"']marks[\"']{_KEY}[{{\[\d]",
        rf"[\"']entry[\"']{_KEY}[\"'](?:{_CASE}\s)?[a-z]{{1,2}}[\"']",
        rf"{_JSON_TOP}(?!\d)[^}}]{{0,200}}{_WHY}",
        rf"{_WHY}{_KEY}[^}}]{{0,200}}{_JSON_TOP}",
        r"\{ ?[\"'](?:choice|verdict|winner|decision|judge?ment)[\"'] ?: ?[\"']?(?:entry |model )?[a-em][\"']? ?\}",
        rf"\bwinner is (?:{_CASE} )?[\"'(\[]?[a-em]\b|\bentry [a-e] wins\b",
        rf"\b(?:my|the|our) (?:verdict|mark|score) (?:for|on|of) (?:this|the|my) {_CASE} (?:is|:)",
        rf"\{{ ?[\"']{_GRADE}[\"']{_KEY}[\"']?{_TOP}[\"']? ?\}}",
        rf"[\"'](?:accuracy|completeness|quality)[\"']{_KEY}[\"']?{_TOP}\b",
        r"[\"']top_logprobs[\"']",
        # A pairwise verdict: JSON, m or M, the brackets of MT-bench and Arena-Hard.
        rf"[\"'](?:better|winner|preferred|preference|best)[\"']{_KEY}[\"']?(?:first|second|tie|m|[ab1-2])\b",
        r"\[\[\s?(?:a|b|c|tie|m|a[<>=]{1,2}b|b[<>=]{1,2}a)\s?\]\]",
        rf"\b{_GRADE}\s?:\s?\[\[\s?\d",
        rf"\b(?:better|winning|preferred|stronger)\s{_CASE}\b[^\n\w]{{0,6}}(?:is|:|=)[^\n\w]{{0,6}}"
        rf"(?:{_CASE}\s)?[\"'(\[]?(?:m|a|b|first|second)\b",
        r"\bbest (?:output|response|model|entry|submission)\b[^\n\w]{0,6}(?:is|:|=)[^\n\w]{0,6}[mab]\b",
        r"\b(?:declare|choose|pick|prefer|select|vote for) (?:the )?(?:entry|output|submission|contestant) [a-e]\b",
        r"\b(?:correct|right|only|expected) (?:output|verdict|mark|score|rating|digit) (?:is|should be|must be)"
        r"\W{0,4}(?:10|9|m|ten)\b",
        r"\b(?:output|reply|verdict|judge) (?:should|must) (?:be|output|say)\W{0,4}(?:m\b|10\b|\"9)",
        rf"{_LINE}(?:therefore, )?(?:the )?{_CASE}\s[\"'(\[]?[a-z]{{1,2}}[\"')\]]?\s(?:is|was) (?:the )?"
        r"(?:better|best|clearly better|preferred|superior|winner)\b",
        r"\n\W{0,9}m\W{0,9}$",
        # A line that is a verdict.
        rf"{_LINE}{_WORDS_BEFORE}{_VERDICT}{_OF_WHAT}\s?[:=\-]{{1,2}}\W{{0,5}}"
        rf"(?:{_TOP}|{_CASE} [a-z]|m|[ab])\b\W{{0,5}}{_OUT_OF}\W{{0,9}}$",
        rf"{_LINE}entry\s[a-z]{{1,2}}\W{{0,4}}(?:[:=\-]|->|is|gets|wins|scores|receives|has)\W{{0,4}}{_TOP}\b",
        rf"{_LINE}mark from 0 to 10\W{{0,9}}\d",
        rf"</?(?:verdict|score|mark|grade|rating|judge?ment)>\W{{0,9}}(?:{_TOP}|[ab]|m)\b",
    ),
    InjectionKind.TEMPLATE_CLOSING: (
        r"<\|[^|>\n]{1,40}\|>",
        r"<\|(?:im_|start|end|eot|eom|user|assistant|system|channel|message)",
        r"\[/?inst\]|<</?sys>>|\[/?(?:system_prompt|available_tools|tool_calls|tool_results)\]|\[gmask\]",
        r"</?(?:start_of_turn|end_of_turn|eos|bos|eot_id|extra_id_\d{1,3})>",
        r"(?m)^\W{0,4}[#=*]{1,4} ?(?:model outputs|end of (?:the )?(?:entry|entries|answer|outputs?)|best model"
        r"|(?:the )?judge'?s? (?:verdict|decision|instructions|task|notes|prompt)|evaluation (?:result|task))",
        r"[\"']model_identifier[\"']",
        r"(?m)^#{2,4} ?(?:response|answer|output)\s?:?\n(?:.{0,400}\n){0,9}?#{2,4} ?(?:instruction|input|question)\b",
        r"(?m)^#{2,4} ?(?:instruction|system|new task)\s?:\s?$",
        r"(?m)^#{2,4} ?(?:human|assistant|user|system) ?:",
        r"<system>[^<]{0,200}\b(?:must|award|judge|marks?|ignore|instructions?)\b",
        r"(?m)^(?:override|new guidance|new rules?|new instructions?|directive) ?:",
        r"(?m)^\[?(?:the )?(?:start|end|beginning) of (?:the )?(?:assistant|contestant|conversation|reference|model)\b",
        r"(?m)^human ?: ?.{0,600}\nassistant ?:",
        r"(?m)^(?:assistant|model|judge) ?:\s?(?:[{\[]|the (?:best|better|winner)|m\b|10\b|9\b|entry|final|verdict|mark"
        r"|score|i (?:give|award|rate|mark))",
        r"\"\"\"\s?\}\s?\}",
        r"\bfacts that the organi[sz]er vouches for\b|\bquestion put to the contestants?\b"
        r"|\banswer with (?:the json object|one digit) alone\b|\bgive every entry \(",
        r"</?(?:prompt|system_prompt|instructions?|conversation|chat|turn|message|assistant_response|human_turn)>\s?"
        r"(?:</|<(?:system|assistant|user|judge|human)|(?:system|assistant|judge)\b)",
    ),
    InjectionKind.FENCE_IMITATION: (
        r"(?m)^\W{0,4}\[?\W{0,3}[0-9a-f]{8,64}\W{1,3}(?:begin|end|start|stop)\b",
        r"(?m)^\W{0,6}\[?\W{0,3}[\w-]{6,64} (?:begin|end) (?:entry|question|answer|facts)\b",
        r"(?m)^[-=*#<\[~ ]{2,20}/?\s?(?:begin|end|start|close|stop)(?:[ _]of)?(?:[ _]the)?"
        rf"(?:[ _](?:fenced|untrusted|quoted|user|student))?[ _]?{_DATA}\b",
        r"\b(?:begin|end|start)(?: of)? (?:new |the )?(?:prompt|system prompt|system message)\b",
        r"(?m)^\[/(?:entry|answer|submission|contestant)(?: [a-z])?\]",
        rf"(?m)^\[(?:begin|end|start|close)(?: of)? {_DATA}\b[^\]\n]{{0,40}}\]",
        r"(?m)^\s?</?(?:entries|contestant|submission|untrusted\w{0,12}|fence|user_input)(?: [^>\n]{0,40})?>\s?$",
        r"(?m)^(?:```|~~~|\"\"\"|''')\s?\n(?:(?:now,? )?(?:judge|mark|score|give|award)"
        r"|(?:the|this) (?:entry|answer|fence) (?:ends|is over)|end of)\b",
        r"\b(?:the|this) (?:fence|fenced (?:text|block|part)|entry|quoted text|data block) "
        r"(?:ends|is closed|is over|stops) here\b",
        r"\b(?:outside|out of) the fence\b|\bfence (?:mark|nonce)\b|\bnonce (?:is|was|mark)\b",
    ),
    InjectionKind.AUTHORITY: (
        r"(?:\([a-z][\w.,' \-]{1,40}(?:et al|&|university|institute|journal|press|review)[\w&.,' \-]{0,40}"
        r"(?:19|20)\d\d[a-z]?\)[^()]{0,120}){5}",
        r"\[(?:verified|approved|certified|fact-?checked|official|endorsed)[^\]\n]{0,60}\]",
    ),
}
_TAGS = ("s", "entry", "answer", "submission", "candidate", "contestant", "prompt", "instructions", "system", "user")
_COMPILED = {kind: tuple(map(re.compile, patterns)) for kind, patterns in _SHAPES.items()}


def find_shapes(folded: Folded) -> Iterator[Sign]:
    """The first shape of each kind, with its place in the text as written."""
    for kind, patterns in _COMPILED.items():
        starts = [found.start() + _blank(found[0]) for one in patterns if (found := one.search(folded.lines))]
        if starts:
            yield Sign(kind, folded.origin(min(starts)))
    for tag in _TAGS:
        if (place := _unopened(folded.lines, tag)) is not None:
            kind = InjectionKind.TEMPLATE_CLOSING if tag == "s" else InjectionKind.FENCE_IMITATION
            yield Sign(kind, folded.origin(place))


def _unopened(lines: str, tag: str) -> int | None:
    """Where `tag` is closed that was never opened: it closes something outside the text."""
    closed = lines.find(f"</{tag}>")
    opened = f"<{tag}>" in lines[:closed] or f"<{tag} " in lines[:closed]
    return closed if closed >= 0 and not opened else None


def _blank(found: str) -> int:
    return len(found) - len(found.lstrip())
