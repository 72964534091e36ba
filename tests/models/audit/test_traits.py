"""What an entry looks like, and its language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judging.audit import Language, Trait, language, traits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain words, 3 * 4 * 5 and snake_case_names.", set()),
        ("# Title\nText", {Trait.HEADINGS}),
        ("#hashtag and C# code", set()),
        ("Some **bold** words", {Trait.BOLD}),
        ("Some __bold__ words", {Trait.BOLD}),
        ("2 ** 3 ** 4 is no bold", set()),
        ("- one\n- two", {Trait.LISTS}),
        ("1. one\n2) two", {Trait.LISTS}),
        ("- a single dash is no list", set()),
        ("## A\n\n* **b**\n* c", set(Trait)),
        ("", set()),
    ],
)
def test_markdown_is_seen_as_a_reader_sees_it(text: str, expected: set[Trait]) -> None:
    assert traits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hawker centres are where the whole island eats together.", Language.ENGLISH),
        ("Wah, the queue at this stall is damn long, but worth it lah!", Language.ENGLISH),
        ("Pusat penjaja ialah tempat yang sangat digemari oleh semua orang di negara ini.", Language.MALAY),
        ("小贩中心是新加坡人最喜欢的地方，便宜又好吃。", Language.CHINESE),
        ("小贩中心 hawker centre 是新加坡人最喜欢的地方，便宜又好吃，大家都爱去。", Language.CHINESE),
        ("உணவங்காடிகள் சிங்கப்பூர் மக்களின் வாழ்வில் ஒரு முக்கிய இடம்.", Language.TAMIL),
        ("The stall is famous for its noodles and the people love it. 这家面摊很有名，大家都喜欢。", Language.MIXED),
        ("The food is good and it is cheap, tetapi orang yang datang di sini tidak ramai", Language.MIXED),
        ("Это предложение написано кириллицей.", Language.OTHER),
        ("Chilli crab!", Language.OTHER),
        ("1234 :-) 🦀", Language.OTHER),
        ("", Language.OTHER),
    ],
)
def test_the_language_is_told_by_script_and_common_words(text: str, expected: Language) -> None:
    assert language(text) is expected


@given(st.text(max_size=200))
def test_any_text_has_a_language_and_traits(text: str) -> None:
    assert language(text) in Language
    assert traits(text) <= set(Trait)
