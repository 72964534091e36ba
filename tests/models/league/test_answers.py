"""Answers that the league generates: once per model, prompt, sampling and question."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.judging.league import Question
from models.judging.league.answers import Author, Sampling, answered
from models.protocol import EngineUnavailable
from models.scripted import Script, ScriptedEngine

QUESTIONS = tuple(Question(f"q{n}", f"What is {n}?") for n in range(6))


class Counting(ScriptedEngine):
    """Counts what it is asked, and fails on the questions named."""

    def __init__(self, failing: tuple[str, ...] = ()) -> None:
        super().__init__({"mei": Script("A fixed answer.")})
        self.asked: list[str] = []
        self.failing = failing

    async def stream(self, **given):  # type: ignore[no-untyped-def, override]
        self.asked.append(given["question"])
        if given["question"] in self.failing:
            raise EngineUnavailable("The engine died.")
        async for piece in super().stream(**given):
            yield piece


async def author(engine: Counting) -> Author:
    await engine.start()
    return Author(engine, "mei", "base-hash/mei@1", "mei")


async def test_a_question_is_answered_once(tmp_path: Path) -> None:
    engine = Counting()
    told: list[tuple[int, int]] = []
    mei = await author(engine)
    first = await answered(mei, QUESTIONS, Sampling(), tmp_path / "a.jsonl", tell=lambda *now: told.append(now))
    again = await answered(mei, QUESTIONS, Sampling(), tmp_path / "a.jsonl")
    assert first == again
    assert first.by_question == {question.id: "A fixed answer." for question in QUESTIONS}
    assert sorted(engine.asked) == sorted(question.text for question in QUESTIONS)
    assert (told[0], told[-1]) == ((0, 6), (6, 6))


@pytest.mark.parametrize("sampling", [Sampling(seed=1), Sampling(system_prompt="Be brief."), Sampling(temperature=0.1)])
async def test_another_setting_is_another_answer(tmp_path: Path, sampling: Sampling) -> None:
    engine = Counting()
    mei = await author(engine)
    await answered(mei, QUESTIONS, Sampling(), tmp_path / "a.jsonl")
    await answered(mei, QUESTIONS, sampling, tmp_path / "a.jsonl")
    await answered(replace(mei, identity="base-hash/mei@2"), QUESTIONS, Sampling(), tmp_path / "a.jsonl")
    assert len(engine.asked) == 18


async def test_a_question_that_failed_is_left_out_and_asked_again_next_time(tmp_path: Path) -> None:
    engine = Counting(failing=("What is 3?",))
    first = await answered(await author(engine), QUESTIONS, Sampling(), tmp_path / "a.jsonl")
    assert "q3" not in first.by_question
    engine.failing = ()
    assert len((await answered(await author(engine), QUESTIONS, Sampling(), tmp_path / "a.jsonl")).by_question) == 6
    assert len(engine.asked) == 7


async def test_an_engine_that_is_dead_ends_it_with_its_own_words(tmp_path: Path) -> None:
    engine = Counting(failing=tuple(question.text for question in QUESTIONS))
    with pytest.raises(EngineUnavailable, match="The engine died"):
        await answered(await author(engine), QUESTIONS, Sampling(), tmp_path / "a.jsonl", at_once=1)
    assert len(engine.asked) == 5
