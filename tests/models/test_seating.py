"""From judges.toml to judges: shared addresses, weights, cards, kinship; what cannot be used is refused in words."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from models.judging import DemoJudge, DemoPrompt, ListwiseJudge, PointwiseJudge
from models.judging.judges_file import JudgeKind, JudgesFileRefused, JudgeSpec, read_judges
from models.judging.protocol import PromptSheet
from models.judging.seating import Seat, seated

URL = "http://127.0.0.1:9/v1"
CARD: dict[str, Any] = {
    "format": "finale-judge-card/1",
    "judge": "qwen",
    "model": "Qwen2.5-7B",
    "prompt_sha256": "ab" * 32,
    "accuracy": {"value": 0.812, "low": 0.77, "high": 0.85, "pairs": 300},
    "weight": 1.4632,
}


class NoScorer:
    async def score_tokens(self, **asked: Any) -> Mapping[str, float]:
        raise AssertionError("nothing is asked when seats are made")


def demo(spec: JudgeSpec) -> DemoJudge:
    prompt = DemoPrompt("Judge.", "Answer: {answer}", "", {"0": 0, "1": 1})
    return DemoJudge(NoScorer(), adapter="judge@1", prompt=prompt, name=spec.name)  # type: ignore[arg-type]


def seats(specs: Sequence[JudgeSpec], judged: frozenset[str] = frozenset({"llama"})) -> tuple[Seat, ...]:
    return seated(specs, limit_s=9.0, judged=judged, demo=demo)


def spec(name: str = "qwen", kind: JudgeKind = JudgeKind.LISTWISE, **more: Any) -> JudgeSpec:
    return JudgeSpec(name, kind, **{"url": URL, "model": "Qwen2.5-7B"} | more)


def test_a_file_with_three_judges_becomes_three_seats_at_two_addresses(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    (tmp_path / "judges.toml").write_text(
        f"""
        [[judge]]
        name = "qwen"
        url = "{URL}"
        model = "Qwen2.5-7B"
        card = "card.json"
        orders = 5

        [[judge]]
        name = "llama"
        label = "Llama, small"
        url = "{URL}/"
        model = "Llama-3.2-3B"
        protocol = "pointwise"
        weight = 0.25

        [[judge]]
        name = "other"
        url = "http://127.0.0.1:8/v1"
        model = "m"
        family = "Llama"
        """
    )
    one, two, three = seats(read_judges(tmp_path / "judges.toml"))
    assert isinstance(one.judge, ListwiseJudge)
    assert isinstance(two.judge, PointwiseJudge)
    assert one.address is two.address is not three.address
    assert (one.kin, two.kin, three.kin) == (False, True, True)
    assert (one.weight, two.weight, three.weight) == (Fraction("1.463"), Fraction(1, 4), Fraction(1))
    assert two.judge.label == "Llama, small"
    assert one.judge.sheet.settings["orders"] == "5"
    assert one.card is not None
    assert (one.card.accuracy, one.card.pairs) == (Fraction("0.812"), 300)
    assert one.card.sha256 == hashlib.sha256((tmp_path / "card.json").read_bytes()).hexdigest()


def test_the_demo_judge_is_kin_to_the_models_it_judges() -> None:
    (seat,) = seats([JudgeSpec("demo-judge", JudgeKind.DEMO)], frozenset({"finale-demo"}))
    assert seat.judge.demo
    assert seat.kin
    assert seat.address is None


def test_a_demo_judge_without_its_adapter_is_refused() -> None:
    with pytest.raises(JudgesFileRefused, match="needs the engine local"):
        seated([JudgeSpec("d", JudgeKind.DEMO)], limit_s=9.0, judged=frozenset(), demo=lambda spec: None)


@pytest.mark.parametrize("kind", [JudgeKind.PAIRS, JudgeKind.PAIRS_WRITTEN])
def test_a_judge_that_only_prefers_has_no_seat_in_a_finale(kind: JudgeKind) -> None:
    with pytest.raises(JudgesFileRefused, match="a finale needs marks"):
        seats([spec(kind=kind)])


@pytest.mark.parametrize("weight", ["0.0001", "1001", "1/3"])
def test_a_weight_with_more_than_three_places_or_too_large_is_refused(weight: str) -> None:
    with pytest.raises(JudgesFileRefused, match="at most three places"):
        seats([spec(weight=Fraction(weight))])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "other/1"}, "its format is 'other/1'"),
        ({"accuracy": 0.8}, "no calibration card"),
        ({"accuracy": {"value": 0.8, "low": 0.9, "high": 1.0, "pairs": 3}}, "an accuracy of"),
        ({"accuracy": {"value": 8, "low": 8, "high": 8, "pairs": 3}}, "an accuracy of"),
        ({"weight": "heavy"}, "no calibration card"),
        ({"weight": -1}, "a weight of -1"),
        ({"weight": float("nan")}, "no calibration card"),
        ({"model": "Llama-3.2-3B"}, "is of the model Llama-3.2-3B, this judge is Qwen2.5-7B"),
    ],
)
def test_a_card_that_is_none_or_another_models_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    (tmp_path / "card.json").write_text(json.dumps(CARD | changes))
    with pytest.raises(JudgesFileRefused, match=words):
        seats([spec(card=tmp_path / "card.json")])


def test_a_card_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JudgesFileRefused, match="finale judge calibrate"):
        seats([spec(card=tmp_path / "card.json")])


def test_a_sheet_is_versioned_by_all_of_its_text_and_settings() -> None:
    sheet = PromptSheet({"system": "Be fair."}, {"orders": "3"})
    text = '{"settings":{"orders":"3"},"templates":{"system":"Be fair."}}'
    assert sheet.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert PromptSheet({"system": "Be fair!"}, {"orders": "3"}).sha256 != sheet.sha256
    assert PromptSheet({"system": "Be fair."}, {"orders": "4"}).sha256 != sheet.sha256


def test_every_judge_says_by_which_templates_it_asks() -> None:
    for seat in seats([spec(), spec("p", JudgeKind.POINTWISE), JudgeSpec("d", JudgeKind.DEMO)]):
        assert seat.judge.prompt_sha256 == seat.judge.sheet.sha256
        assert all(text.strip() for text in seat.judge.sheet.templates.values())
        assert "protocol" in seat.judge.sheet.settings
