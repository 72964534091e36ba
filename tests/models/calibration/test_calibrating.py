"""Calibration finds the bias that was planted in a stand-in judge, and writes the card that says so."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from models.judging.calibration import (
    CardRefused,
    Label,
    Labelled,
    LabelledPairs,
    Measured,
    calibrated,
    differences,
    read_card,
    write_card,
)
from models.judging.comparers import Comparing, comparing, demo_comparing, variants_of
from models.judging.judges_file import JudgeKind, JudgeSpec
from models.judging.league import Ending, Ledger, Plan
from models.judging.pairs import Order, Pair
from models.openai_address import Address
from tests.models.fake_address import Answer, FakeAddress, fake_address, reply, whole
from tests.models.league.standin import (
    Taste,
    failing,
    first_lover,
    honest,
    length_lover,
    only_first,
    sometimes,
    tokens,
    written,
)
from tests.models.league.test_marked_pairs import Scorer, demo_pairs
from tests.models.test_http_judges import by_length, marking

COUNT = 40
MADE_AT = "2026-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.judging.asking.PAUSE_S", 0.0)


def labelled(number: int) -> Labelled:
    """People prefer a in even pairs; a is longer in every third pair."""
    label = Label.A if number % 2 == 0 else Label.B
    a = f"Answer {number}, worth {8 if label is Label.A else 6}" + "." * (30 if number % 3 == 0 else 0)
    b = f"Reply {number}, worth {6 if label is Label.A else 8}" + "." * 10
    return Labelled(str(number), Pair(f"What is {number}?", a, b), label)


DATA = LabelledPairs("pairs.jsonl", "ab" * 32, COUNT, tuple(labelled(n) for n in range(COUNT)), ())


async def measured(
    folder: Path, answer: Answer, spec: JudgeSpec | None = None, plan: Plan | None = None, variant: str = ""
) -> tuple[Measured, FakeAddress]:
    async with fake_address(answer) as server:
        address = Address(server.url)
        seat = comparing(spec or JudgeSpec("judge", JudgeKind.PAIRS, model="m", url=server.url), address, variant)
        with Ledger(folder / "ledger.jsonl") as ledger:
            _, found = await calibrated(DATA, seat, ledger, plan or Plan(at_once=8), MADE_AT)
        await address.close()
    return found, server


async def test_an_honest_judge_is_right_consistent_and_blind_to_place_and_length(tmp_path: Path) -> None:
    found = (await measured(tmp_path, tokens(honest)))[0].figures
    assert (found.right, found.failed, found.unjudged, found.accuracy.value) == (COUNT, 0, 0, 1.0)
    assert found.accuracy.low == pytest.approx(0.9124, abs=1e-3)
    assert (found.orders.consistent, found.orders.p_first, found.orders.right_in_both) == (1.0, 0.5, 1.0)
    assert found.longer.judge == found.longer.people
    assert found.weight > 1


@pytest.mark.parametrize("taste", [only_first, first_lover])
async def test_a_love_of_the_first_place_is_found(tmp_path: Path, taste: Taste) -> None:
    found = (await measured(tmp_path, tokens(taste)))[0].figures
    assert (found.orders.p_first, found.orders.consistent, found.orders.right_in_both) == (1.0, 0.0, 0.0)
    assert (found.orders.accuracy_a_first, found.orders.accuracy_b_first) == (0.5, 0.5)
    assert (found.tied, found.accuracy.value, found.weight) == (COUNT, 0.0, 0)


async def test_a_love_of_length_is_found_beside_what_people_prefer(tmp_path: Path) -> None:
    found = (await measured(tmp_path, tokens(length_lover)))[0].figures
    assert found.longer.pairs == COUNT
    assert found.longer.judge == 1.0
    assert found.longer.people == pytest.approx(0.5, abs=0.05)
    assert found.accuracy.value == found.longer.people


async def test_every_prompt_variant_has_a_name_and_a_hash_of_its_own(tmp_path: Path) -> None:
    spec = JudgeSpec("judge", JudgeKind.PAIRS, model="m", url="http://127.0.0.1/v1")
    found = [(await measured(tmp_path, tokens(honest), spec, variant=name))[0] for name in variants_of(spec)]
    assert [one.name for one in found] == ["judge-careful", "judge-plain"]
    assert len({one.comparer.prompt_sha256 for one in found}) == 2


async def test_failures_are_counted_and_are_not_right(tmp_path: Path) -> None:
    found, server = await measured(tmp_path, whole(reply("I like both.")))
    assert (found.figures.failed, found.figures.right, found.figures.weight) == (COUNT, 0, 0)
    assert found.figures.unread == 4 * 2 * COUNT
    assert found.figures.orders.consistent is None
    assert len(server.requests) == 5 * 8 + (2 * COUNT - 8) * 4  # a token first, until it is known that none are given
    write_card(found, tmp_path)


async def test_half_a_calibration_gives_no_card_and_goes_on_where_it_was(tmp_path: Path) -> None:
    half, _ = await measured(tmp_path, sometimes(lambda n: n >= 50, failing(401), tokens(honest)))
    assert half.figures.unjudged >= (2 * COUNT - 50) // 2
    with pytest.raises(CardRefused, match="not calibrated"):
        write_card(half, tmp_path / "cards")
    found, server = await measured(tmp_path, tokens(honest))
    assert len(server.requests) == 2 * COUNT - 50
    write_card(found, tmp_path / "cards")


async def test_the_card_says_all_of_it(tmp_path: Path) -> None:
    found, _ = await measured(tmp_path, tokens(honest))
    file, page = write_card(found, tmp_path / "cards")
    card = json.loads(file.read_text())
    assert (card["format"], card["judge"], card["protocol"]) == ("finale-judge-card/1", "judge", "pairs")
    assert card["prompt_sha256"] == found.comparer.prompt_sha256
    assert (card["data_sha256"], card["pairs"], card["made_at"]) == ("ab" * 32, COUNT, MADE_AT)
    assert card["accuracy"] == {"value": 1.0, "low": pytest.approx(0.912, abs=1e-3), "high": 1.0, "pairs": COUNT} | {
        "right": COUNT,
        "tied": 0,
    }
    assert card["cost"]["tokens_in"] == 500 * 2 * COUNT
    assert card["cost"]["money"] is None
    read = read_card(file)
    assert (read.judge, read.accuracy, read.pairs) == ("judge", 1.0, COUNT)
    assert read.weight == Fraction(str(card["weight"])) == found.figures.weight
    text = page.read_text()
    assert "100.0 % (91.2 to 100.0 %), 40 of 40, 0 tied" in text
    assert "prefers the longer answer" in text


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "x"}', '{"format": "finale-judge-card/1"}'])
def test_what_is_no_card_is_told_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(CardRefused, match="no judge's card"):
        read_card(tmp_path / "c.json")


async def test_judges_of_marks_are_calibrated_on_pairs_too(tmp_path: Path) -> None:
    spec = JudgeSpec("finale", JudgeKind.LISTWISE, model="m", url="http://127.0.0.1/v1", orders=3)
    found, server = await measured(tmp_path, marking(by_length), spec)
    assert found.figures.longer.judge == 1.0
    assert found.figures.orders.consistent == 1.0
    assert len(server.requests) == 2 * COUNT
    assert found.name == "finale"


async def test_a_listwise_card_carries_the_hash_of_the_judge_that_marks_in_the_finale(tmp_path: Path) -> None:
    from models.judging import ListwiseJudge

    spec = JudgeSpec("finale", JudgeKind.LISTWISE, model="m", url="http://127.0.0.1/v1", orders=3)
    address = Address(spec.url)
    judge = ListwiseJudge(address, name="finale", model="m", orders=3)
    assert comparing(spec, address).comparer.prompt_sha256 == judge.prompt_sha256
    await address.close()


async def test_differences_between_judges_are_said_only_when_they_are_some(tmp_path: Path) -> None:
    good, _ = await measured(tmp_path / "1", tokens(honest))
    bad, _ = await measured(
        tmp_path / "2", tokens(length_lover), JudgeSpec("long", JudgeKind.PAIRS, model="m", url="http://h/v1")
    )
    assert differences([good, bad])[0].startswith("judge-careful is right more often than long-careful (")
    assert differences([good, good])[0].startswith("Between judge-careful and judge-careful nothing can be said")


async def test_the_demo_judge_is_seated_from_its_engine(tmp_path: Path) -> None:
    judge = demo_pairs(Scorer()).judge
    seat: Comparing = demo_comparing(judge, JudgeSpec("demo-judge", JudgeKind.DEMO))
    look = await seat.comparer.look(Pair("What?", "Laksa.", "Wok."), Order.A_FIRST, seed=1)
    assert look.preference is not None
    assert look.preference > 0.5
    assert seat.comparer.demo


async def test_written_verdicts_calibrate_as_well(tmp_path: Path) -> None:
    spec = JudgeSpec("judge", JudgeKind.PAIRS_WRITTEN, model="m", url="http://127.0.0.1/v1")
    found, server = await measured(tmp_path, written(honest), spec)
    assert (found.figures.accuracy.value, len(server.requests)) == (1.0, 2 * COUNT)


async def test_a_run_says_how_it_ended(tmp_path: Path) -> None:
    async with fake_address(failing(500)) as server:
        address = Address(server.url)
        seat = comparing(JudgeSpec("judge", JudgeKind.PAIRS, model="m", url=server.url), address)
        with Ledger(tmp_path / "l.jsonl") as ledger:
            run, found = await calibrated(DATA, seat, ledger, Plan(at_once=4), MADE_AT)
        await address.close()
    assert run.ending is Ending.UNANSWERED
    assert found.figures.unjudged == COUNT
