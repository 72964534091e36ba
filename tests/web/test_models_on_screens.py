"""What screens say of the finalists' models, and where another one can be handed in."""

from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from server.arena.room import Model, Room
from server.web.keys import FinalistKey, OrganiserKey
from server.web.regions import changes, render
from server.web.screens import organise, play
from server.web.screens._models import model_of
from server.web.templating import draw
from server.web.uploads import PATHS
from tests.stagehand import Stagehand

ME = FinalistKey("farah")


def room(hand: Stagehand, **known: Model) -> Room:
    return Room(hand.state, models={f"{finalist}@{2:012x}": model for finalist, model in known.items()})


def desk(shown: Room) -> HTMLParser:
    return HTMLParser(str(render(organise.build(shown, OrganiserKey(), 0), draw)))


def laptop(shown: Room) -> HTMLParser:
    return HTMLParser(str(render(play.build(shown, ME, 0), draw)))


def test_a_model_is_told_by_its_name_its_hash_and_its_rank() -> None:
    hand = Stagehand()
    farah = replace(hand.state.event.finalists[2], adapter="farah@000000000002", adapter_sha256="ab12cd34" * 8)
    assert model_of(room(hand, farah=Model(8, "Kaya toast")), farah).words == "Kaya toast · ab12cd34 · rank 8"
    assert model_of(room(hand, farah=Model(8)), farah).words == "farah · ab12cd34 · rank 8"
    assert model_of(room(hand), farah).words == "farah · ab12cd34"
    assert model_of(room(hand), replace(farah, adapter="", adapter_sha256="")).words == "no model yet"


def test_every_form_of_a_model_posts_a_file_to_an_address_that_takes_one_with_and_without_scripts() -> None:
    shown = room(Stagehand())
    forms = desk(shown).css("form[hx-encoding]") + laptop(shown).css("form[hx-encoding]")
    assert len(forms) == 6
    for form in forms:
        assert PATHS.fullmatch(str(form.attributes["hx-post"]))
        assert form.attributes["hx-encoding"] == form.attributes["enctype"] == "multipart/form-data"
        assert [field.attributes["type"] for field in form.css("input[name=file]")] == ["file"]
        assert form.css("[data-error]")
    assert laptop(shown).css("form[method=post][action^='/play/adapter']")


def test_the_button_of_the_desk_is_a_link_where_no_script_runs() -> None:
    html = desk(room(Stagehand()))
    links = html.css(".person-model a")
    assert [link.attributes["href"] for link in links] == [
        f"/organise/adapters#model-{finalist.id}" for finalist in Stagehand().state.event.finalists
    ]
    opened = {str(link.attributes["data-opens"]) for link in links}
    assert opened == {str(node.attributes["id"]) for node in html.css("dialog[id^=model-dialog]")}


@pytest.mark.parametrize("reason", ["locked", "no shelf"])
def test_where_no_model_can_be_handed_in_nobody_is_asked_to(reason: str) -> None:
    shown = room(Stagehand().brief()) if reason == "locked" else Room(Stagehand().state)
    assert not desk(shown).css("[id^=model-dialog], .person-model a")
    assert not laptop(shown).css("#play-model, input[type=file]")
    assert len(desk(shown).css(".person-model .model-line")) == 5


def test_a_model_that_came_in_redraws_its_line_and_nothing_that_is_typed() -> None:
    before, after = room(Stagehand()), room(Stagehand(), farah=Model(8, "Kaya toast"))
    assert [region.id for region in changes(play.build(before, ME, 0), play.build(after, ME, 0))] == ["play-model"]
    desks = organise.build(before, OrganiserKey(), 0), organise.build(after, OrganiserKey(), 0)
    assert [region.id for region in changes(*desks)] == ["org-people"]


def test_a_models_name_is_never_taken_for_markup() -> None:
    shown = room(Stagehand(), farah=Model(8, "<img src=x onerror=alert(1)>"))
    assert not desk(shown).css("img")
    assert "<img src=x" in laptop(shown).css_first("#play-model .model-title").text()
