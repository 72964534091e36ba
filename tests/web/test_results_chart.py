"""The chart's geometry: plain numbers in, coordinates out."""

import pytest

from server.web.screens._results_chart import NARROW, WIDE, Chart, Course, Look, chart, wrapped

NAMES = ("Mei Ling", "Arjun", "Farah")
PLACES = ((1, 2, 3), (2, 1, 1), (3, 3, 2))
LOOKS = pytest.mark.parametrize("look", [WIDE, NARROW], ids=lambda look: look.key)


def drawn(look: Look, names: tuple[str, ...] = NAMES) -> Chart:
    courses = [
        Course(lane, name, places, tuple(f"{name} {p}" for p in places), "12.345")
        for lane, (name, places) in enumerate(zip(names, PLACES, strict=True))
    ]
    return chart(courses, ("1", "2", "3 ×2"), look)


@LOOKS
def test_lines_stand_in_the_order_of_the_last_place(look: Look) -> None:
    assert [line.lane for line in drawn(look).lines] == [1, 2, 0]


@LOOKS
def test_a_better_place_is_higher_and_a_later_round_further_right(look: Look) -> None:
    for line in drawn(look).lines:
        heights = {place: point.y for place, point in zip(PLACES[line.lane], line.points, strict=True)}
        assert sorted(heights) == sorted(heights, key=heights.__getitem__)
        assert [p.x for p in line.points] == sorted(p.x for p in line.points)


@LOOKS
def test_everything_lies_inside_the_drawing(look: Look) -> None:
    made = drawn(
        look, ("Nur Farah Aisyah binte Muhammad Hafiz Al-Rashid", "Arjun", "陈美玲陈美玲陈美玲陈美玲陈美玲陈美玲陈美玲")
    )
    for line in made.lines:
        assert all(0 < p.x < made.width and 0 < p.y < made.height for p in line.points)
        assert line.label_x + look.letter * look.units <= made.width
        assert len(line.label) <= 2


@LOOKS
def test_longer_names_leave_less_room_for_the_rounds(look: Look) -> None:
    short, long = drawn(look), drawn(look, ("Mei Ling Jacqueline Tan", "Arjun", "Farah"))
    assert long.rounds[-1].at < short.rounds[-1].at


def test_the_multiplier_is_named_where_there_is_room() -> None:
    assert [tick.words for tick in drawn(WIDE).rounds] == ["1", "2", "3 ×2"]
    assert [tick.words for tick in drawn(NARROW).rounds] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Arjun", ("Arjun",)),
        ("Mei Ling Tan", ("Mei Ling", "Tan")),
        ("Abdul Rahman Muhammad Hafiz", ("Abdul", "Rahman Mu…")),
        ("Supercalifragilisticexpialidocious", ("Supercalif", "ragilisti…")),
        ("", ("",)),
    ],
)
def test_a_name_takes_two_lines_at_most(name: str, lines: tuple[str, ...]) -> None:
    assert wrapped(name, 10) == lines
