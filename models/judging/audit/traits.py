"""What an entry looks like: headings, bold, lists; and the language it is written in, by script and common words.

A heuristic for sorting entries in an audit, not for deciding anything about one of them.
"""

import re
from collections import Counter
from enum import StrEnum

LEAST_LIST_LINES = 2
MAIN_SHARE = 0.7
LEAST_MARKERS = 2
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]+?\*\*|__(?=\S)[^_\n]+?__")
_LIST_LINE = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+\S", re.MULTILINE)
_WORD = re.compile(r"[a-z]+")


class Trait(StrEnum):
    """Markdown that a reader sees at a glance."""

    HEADINGS = "headings"
    BOLD = "bold"
    LISTS = "lists"


class Language(StrEnum):
    """The four languages of the arena; MIXED has no main one, OTHER is none of these or too short to tell."""

    ENGLISH = "English"
    MALAY = "Malay"
    CHINESE = "Chinese"
    TAMIL = "Tamil"
    MIXED = "mixed languages"
    OTHER = "another language"


# Common words of one language that are no words of the other.
_MALAY_WORDS = """
    ada adalah akan anda apabila atau bagi banyak beberapa boleh bukan dalam dan dapat dari daripada dengan di hanya
    hari ia ialah ini itu jadi jika juga kami kepada kerana ketika kita lagi lebih masih mereka mesti oleh orang pada
    para perlu pula saya sahaja sangat satu sebagai sebuah sejak selepas semua seperti serta setiap sudah supaya tahun
    telah tentang tetapi tidak untuk yang
"""
_ENGLISH_WORDS = """
    about after all also an and are as at be because been but by can could each every for from had has have he her
    his how if in into is it its just like many more most my no not of on one only or other our out she should so some
    such than that the their them then there these they this those to under was we were what when where which who will
    with would you your
"""
_MALAY, _ENGLISH = frozenset(_MALAY_WORDS.split()), frozenset(_ENGLISH_WORDS.split())


def traits(text: str) -> frozenset[Trait]:
    """Which Markdown the text uses; a list has two lines or more."""
    found = {Trait.HEADINGS: bool(_HEADING.search(text)), Trait.BOLD: bool(_BOLD.search(text))}
    found[Trait.LISTS] = len(_LIST_LINE.findall(text)) >= LEAST_LIST_LINES
    return frozenset(trait for trait, is_used in found.items() if is_used)


def language(text: str) -> Language:
    """By the script of most letters; Latin letters by the more frequent common words."""
    scripts = Counter(script for character in text if (script := _script(character)))
    # A Chinese character says about as much as three letters.
    scripts[Language.CHINESE] *= 3
    total = scripts.total()
    if not total:
        return Language.OTHER
    script, most = scripts.most_common(1)[0]
    if most < MAIN_SHARE * total:
        return Language.MIXED
    return _latin(text) if script is Language.ENGLISH else script


def _script(character: str) -> Language | None:
    """The language a letter's script stands for, Latin as ENGLISH for now; None for what is no letter."""
    code = ord(character)
    if 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x323AF:
        return Language.CHINESE
    if 0x0B80 <= code <= 0x0BFF:
        return Language.TAMIL
    if not character.isalpha():
        return None
    return Language.ENGLISH if code <= 0x024F or 0x1E00 <= code <= 0x1EFF else Language.OTHER


def _latin(text: str) -> Language:
    words = _WORD.findall(text.lower())
    malay, english = sum(word in _MALAY for word in words), sum(word in _ENGLISH for word in words)
    if malay + english < LEAST_MARKERS:
        return Language.OTHER
    if max(malay, english) < MAIN_SHARE * (malay + english):
        return Language.MIXED
    return Language.MALAY if malay > english else Language.ENGLISH
