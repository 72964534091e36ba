"""Answers of voices: seeded, each by its own weights, in the order of the prompts. A few seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from training.trying.errors import TryingRefused
from training.trying.prompts import Asked
from training.trying.speaking import AT_ONCE, Speakers
from training.trying.voices import Cast, cast
from training.tuning.sampling import HowToSample, Prompt

HOW = HowToSample(temperature=1.0, top_p=1.0, max_tokens=8, seed=3)
ASKED = tuple(Asked(str(n), Prompt(f"What is laksa number {n}?", "Be brief." if n % 2 else "")) for n in range(5))


@pytest.fixture(scope="module")
def two(models: Path) -> Iterator[Cast]:
    with cast(
        ["base", str(models / "adapters" / "f0"), str(models / "adapters" / "f1")], base=models / "base"
    ) as found:
        yield found


@pytest.fixture(scope="module")
def speakers(two: Cast) -> Speakers:
    return Speakers(two)


def test_the_same_seed_gives_the_same_texts_and_another_gives_others(speakers: Speakers, two: Cast) -> None:
    voice = two.voices[1]
    first = speakers.answers(voice, ASKED, HOW)
    assert len(first) == len(ASKED)
    assert speakers.answers(voice, ASKED, HOW) == first
    assert Speakers(two).answers(voice, ASKED, HOW) == first
    assert speakers.answers(voice, ASKED, HowToSample(1.0, 1.0, 8, seed=4)) != first


def test_every_voice_speaks_with_its_own_weights_whoever_spoke_before(
    speakers: Speakers, two: Cast, models: Path
) -> None:
    greedy = HowToSample(temperature=0, max_tokens=8)
    together = [speakers.answers(voice, ASKED, greedy) for voice in two.voices]
    alone = []
    for name in ("base", str(models / "adapters" / "f0"), str(models / "adapters" / "f1")):
        with cast([name], base=models / "base") as one:
            alone.append(Speakers(one).answers(one.voices[0], ASKED, greedy))
    assert together == alone
    assert len({tuple(texts) for texts in together}) == 3


def test_more_prompts_than_a_batch_come_in_their_order(speakers: Speakers, two: Cast) -> None:
    many = tuple(Asked(str(n), ASKED[n % 5].prompt) for n in range(AT_ONCE + 4))
    told: list[tuple[int, int]] = []
    texts = speakers.answers(
        two.voices[1],
        many,
        HowToSample(temperature=0, max_tokens=4),
        tell=lambda done, total: told.append((done, total)),
    )
    assert told == [(AT_ONCE, len(many)), (len(many), len(many))]
    by_question: dict[Prompt, str] = {}
    for one, text in zip(many, texts, strict=True):
        assert by_question.setdefault(one.prompt, text) == text  # greedy: the same prompt, the same answer


def test_a_prompt_without_room_for_its_answer_is_refused_before_the_first(speakers: Speakers, two: Cast) -> None:
    asked = (*ASKED, Asked("long", Prompt("laksa " * 400)))
    with pytest.raises(TryingRefused, match=r"The prompt long has [\d,]+ tokens .* reads 384 in all"):
        speakers.answers(two.voices[0], asked, HOW)


def test_the_library_stays_quiet(speakers: Speakers, two: Cast, capfd: pytest.CaptureFixture[str]) -> None:
    speakers.answers(two.voices[1], ASKED[:1], HOW)
    assert capfd.readouterr() == ("", "")
