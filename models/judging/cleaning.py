"""Making an entry into data before a judge sees it: normalised, stripped of hidden characters, capped, fenced.

The judge's prompt says that fenced text is never an instruction; this file makes sure that a text cannot end its fence.
Sources of the attacks: arXiv 2410.07137 (template closing), Unicode TR36 (hidden characters).
"""

import hashlib
import re
import unicodedata
from functools import lru_cache

MAX_ENTRY_CHARACTERS = 8_000
NONCE_CHARACTERS = 20

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that are drawn as nothing (Unicode's Default_Ignorable_Code_Point outside the categories above)."""
_BREAKING = frozenset("\r\x0b\x0c\x85\u2028\u2029")
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL_WORDS = re.compile(
    r"<(?=[|/]?(?:s|sys|system|user|assistant|human|bot|tool\w*|think|unk|pad|mask|bos|eos|sop|eop|eoh|eoa"
    r"|im_\w+|eot\w*|end\w*|start\w*|begin\w*|extra_id_\w+|reserved_\w+|unused\w+|0x[0-9a-f]{2})\s*[|>])"
    r"|<(?=</?SYS)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_\w+|gMASK|CLS|SEP|MASK|PAD|UNK|BOS|EOS|THINK)\])",
    re.IGNORECASE,
)
"""What opens a control token of a chat template (Llama, Mistral, Gemma, T5, GLM, InternLM and their kin)."""


def cleaned(text: str, *, limit: int = MAX_ENTRY_CHARACTERS) -> str:
    """NFKC with plain line breaks, without control, zero-width, private or unassigned characters, at most `limit` long.

    Spellings of chat templates' control tokens are broken up with a space, so that no tokenizer takes them for one.
    """
    lines = text if _BREAKING.isdisjoint(set(text)) else _LINE_BREAKS.sub("\n", text)
    visible = without_hidden(unicodedata.normalize("NFKC", lines))
    broken_up = visible.replace("<|", "< |").replace("|>", "| >")
    if "<" in broken_up or "[" in broken_up:
        broken_up = _CONTROL_WORDS.sub(lambda found: f"{found[0]} ", broken_up)
    return broken_up.strip()[:limit]


def without_hidden(text: str) -> str:
    """`text` without its hidden characters."""
    hidden = {ord(c): None for c in set(text) if is_hidden(c)}
    return text.translate(hidden) if hidden else text


@lru_cache(maxsize=2**16)
def is_hidden(character: str) -> bool:
    """Whether a reader sees nothing of `character` although a tokenizer does; line feed and tab are not hidden."""
    if character in "\n\t":
        return False
    return unicodedata.category(character) in _HIDDEN or _IGNORABLE.match(character) is not None


def nonce(*parts: object) -> str:
    """The mark of a request's fences: 80 bits of a hash, the same for the same `parts`.

    `parts` must hold every text that the fences will enclose, and whatever tells this request from its siblings. Then
    nobody can write the mark beforehand, even knowing all parts and seeds: a text with its own mark in it would have to
    contain its own hash.
    """
    # The length before each part, so that no two lists of parts look the same.
    framed = "".join(f"{len(written)}:{written}" for written in map(str, parts))
    return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).hexdigest()[:NONCE_CHARACTERS]


def fenced(name: str, text: str, mark: str) -> str:
    """`text` between two lines that carry `mark`, which is removed from the text first, however often it is nested."""
    while mark in text.lower():
        text = re.sub(re.escape(mark), "", text, flags=re.IGNORECASE)
    return f"[{mark} begin {name}]\n{text}\n[{mark} end {name}]"
