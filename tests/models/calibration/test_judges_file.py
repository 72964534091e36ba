"""judges.toml: what is read, and what is refused with a sentence."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from models.judging.judges_file import JudgeKind, JudgesFileRefused, read_judges

TWO = """
[[judge]]
name = "qwen"
label = "Qwen as judge"
family = "qwen"
url = "http://127.0.0.1:8001/v1"
model = "Qwen/Qwen3-32B"
key_env = "JUDGE_KEY"
protocol = "pointwise"
orders = 2
weight = 0.75
price_in = 0.5
price_out = 2

[[judge]]
name = "demo"
protocol = "demo"
card = "cards/demo.json"
"""
PLAIN = '[[judge]]\nname = "j"\nurl = "http://h/v1"\nmodel = "m"\n'


def read(folder: Path, text: str) -> object:
    (folder / "judges.toml").write_text(text)
    return read_judges(folder / "judges.toml")


def test_every_key_is_read_and_numbers_stay_exact(tmp_path: Path) -> None:
    (tmp_path / "judges.toml").write_text(TWO)
    qwen, demo = read_judges(tmp_path / "judges.toml")
    assert (qwen.name, qwen.protocol, qwen.orders, qwen.key_env) == ("qwen", JudgeKind.POINTWISE, 2, "JUDGE_KEY")
    assert qwen.weight == Fraction(3, 4)
    assert (qwen.price_in, qwen.price_out) == (Decimal("0.5"), Decimal(2))
    assert (demo.protocol, demo.weight, demo.card) == (JudgeKind.DEMO, None, tmp_path / "cards/demo.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one [[judge]] or more"),
        ("judge = 1", "one [[judge]] or more"),
        ("[[judge]", "cannot be read"),
        (PLAIN + "[other]\n", "nothing else"),
        ("[[judge]]\n", "expected a name"),
        ('[[judge]]\nname = "Two Words"\n', "expected a name"),
        (PLAIN + PLAIN, "more than once"),
        (PLAIN + 'prompts = "x"\n', "unknown key prompts"),
        (PLAIN.replace('model = "m"\n', ""), "expected a model"),
        (PLAIN.replace("http://h/v1", "h/v1"), "expected a url"),
        (PLAIN + 'protocol = "votes"\n', "listwise, pointwise, pairs, pairs-written, demo"),
        (PLAIN + "orders = 0\n", "orders from 1 to 24"),
        (PLAIN + "orders = true\n", "orders from 1 to 24"),
        (PLAIN + "weight = -1\n", "0 or more as weight"),
        (PLAIN + "weight = nan\n", "0 or more as weight"),
        (PLAIN + 'weight = "1"\n', "0 or more as weight"),
        (PLAIN + 'weight = 1\ncard = "c.json"\n', "not both"),
        (PLAIN + "price_in = 1\n", "together"),
        (PLAIN + "label = 1\n", "expected text as label"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(JudgesFileRefused) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JudgesFileRefused, match="nowhere"):
        read_judges(tmp_path / "nowhere.toml")
