"""Making an entry into data before a judge sees it: normalised, stripped of hidden characters, capped, fenced.

The judge's prompt says that fenced text is never an instruction; this file makes sure that a text cannot end its fence.
Sources of the attacks: arXiv 2410.07137 (template closing), Unicode TR36 (hidden characters).
"""

import hashlib
import re
import unicodedata

MAX_ENTRY_CHARACTERS = 8_000
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_CONTROL_WORDS = re.compile(
    r"<(?=\s*[|/]?\s*(?:s|sys|system|user|assistant|im_\w+|eot\w*|end\w*|start\w*|begin\w*|bos|eos)\s*[|>])"
    r"|\[(?=/?INST\])|<(?=<SYS)",
    re.IGNORECASE,
)


def cleaned(text: str, *, limit: int = MAX_ENTRY_CHARACTERS) -> str:
    """NFKC, without control, zero-width, private or unassigned characters, at most `limit` characters.

    Spellings of chat templates' control tokens are broken up with a space, so that no tokenizer takes them for one.
    """
    visible = "".join(
        c for c in unicodedata.normalize("NFKC", text) if c in "\n\t" or unicodedata.category(c) not in _HIDDEN
    )
    broken_up = visible.replace("<|", "< |").replace("|>", "| >")
    return _CONTROL_WORDS.sub(lambda found: f"{found[0]} ", broken_up).strip()[:limit]


def nonce(*parts: object) -> str:
    """A fence mark that nobody can have written beforehand, yet the same for the same `parts`."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:20]


def fenced(name: str, text: str, mark: str) -> str:
    """`text` between two lines that carry `mark`, which is removed from the text first, however often it is nested."""
    while mark in text.lower():
        text = re.sub(re.escape(mark), "", text, flags=re.IGNORECASE)
    return f"[{mark} begin {name}]\n{text}\n[{mark} end {name}]"
