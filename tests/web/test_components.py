"""What can be said of the components without a browser: sizes, colours, vendored files, policy."""

import gzip
import hashlib
import re
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
PHONE_SHEETS = ("tokens", "base", "connection", "button", "sign", "notice", "toast", "clock", "lane-card", "bar")
PHONE_MODULES = ("connection", "live", "clock", "forms", "toast")
OURS = ("layouts", "components", "patterns")


# — the words on the page ————————————————————————————————————————————————————————————————————————————


def our_templates() -> list[Path]:
    return [path for folder in OURS for path in sorted((TEMPLATES / folder).glob("*.html"))]


@pytest.mark.parametrize("path", our_templates(), ids=lambda path: path.name)
def test_a_template_is_short_and_has_nothing_the_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 60
    assert not re.search(r'\sstyle="|<style|hx-on|js:|<script(?![^>]*\ssrc=)|\son[a-z]+="', text)


@pytest.mark.parametrize("path", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 120  # the habit is under 100


@pytest.mark.parametrize("path", sorted((STATIC / "css").glob("*.css")), ids=lambda path: path.name)
def test_a_stylesheet_is_short_and_names_no_colour_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 200
    if "@layer components" in text and path.name != "qr.css":  # a QR code is black on white
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", text)


@pytest.mark.parametrize("folder", [STATIC / "vendor", STATIC / "fonts", ROOT / "tests" / "vendor"], ids=str)
def test_vendored_files_are_what_their_table_says(folder: Path) -> None:
    rows = re.findall(r"^\| ([\w.-]+) \|.*\| ([0-9a-f]{64}) \|$", (folder / "README.md").read_text(), re.M)
    assert rows
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_the_common_parts_cost_a_phone_under_40_kilobytes() -> None:
    files = [STATIC / "vendor" / name for name in ("htmx.min.js", "hx-ws.min.js")]
    files += [STATIC / "css" / f"{name}.css" for name in PHONE_SHEETS]
    files += [STATIC / "js" / f"{name}.js" for name in PHONE_MODULES]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 40_000


# — colours ——————————————————————————————————————————————————————————————————————————————————————————

TOKENS = dict(re.findall(r"--(raw-[\w-]+): (#[0-9a-f]{6});", (STATIC / "css" / "tokens.css").read_text()))
NIGHT_GROUNDS = ("raw-ink-0", "raw-ink-1", "raw-ink-2")
DAY_GROUNDS = ("raw-mist-0", "raw-mist-1", "raw-mist-2")
WORDS_NIGHT = ["raw-snow", "raw-fog", *(n for n in TOKENS if n.endswith("-night"))]
WORDS_DAY = ["raw-coal", "raw-slate", *(n for n in TOKENS if n.endswith("-day"))]


def linear(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue))  # type: ignore[return-value]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    lights = sorted(
        sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (one, other)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("ground", NIGHT_GROUNDS)
@pytest.mark.parametrize("word", WORDS_NIGHT)
def test_night_words_read_at_seven_to_one(word: str, ground: str) -> None:
    assert contrast(TOKENS[word], TOKENS[ground]) >= 7


@pytest.mark.parametrize("ground", DAY_GROUNDS)
@pytest.mark.parametrize("word", WORDS_DAY)
def test_day_words_read_at_four_and_a_half_to_one(word: str, ground: str) -> None:
    assert contrast(TOKENS[word], TOKENS[ground]) >= 4.5


def test_edges_of_fields_stand_out_three_to_one() -> None:
    assert contrast(TOKENS["raw-ink-5"], TOKENS["raw-ink-2"]) >= 3
    assert contrast(TOKENS["raw-mist-4"], TOKENS["raw-mist-1"]) >= 3


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
SIGHT = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def oklab(color: str, sight: str) -> tuple[float, ...]:
    seen = [sum(m * c for m, c in zip(row, linear(color), strict=True)) for row in SIGHT[sight]]
    red, green, blue = (min(1, max(0, part)) for part in seen)
    long = (0.4122 * red + 0.5363 * green + 0.0514 * blue) ** (1 / 3)
    medium = (0.2119 * red + 0.6807 * green + 0.1074 * blue) ** (1 / 3)
    short = (0.0883 * red + 0.2817 * green + 0.6300 * blue) ** (1 / 3)
    rows = ((0.2105, 0.7936, -0.0041), (1.9780, -2.4286, 0.4506), (0.0259, 0.7828, -0.8087))
    return tuple(a * long + b * medium + c * short for a, b, c in rows)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("look", ["night", "day"])
def test_no_two_of_the_five_lanes_look_alike(look: str, sight: str) -> None:
    lanes = [oklab(TOKENS[f"raw-lane-{lane}-{look}"], sight) for lane in range(5)]
    nearest = min(sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) ** 0.5 for pair in combinations(lanes, 2))
    assert nearest > (0.1 if sight == "full" else 0.06)
