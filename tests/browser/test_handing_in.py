"""Handing in a model with real browsers: the organiser's dialog, the finalist's form, what is refused, what plays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hall import Hall
from tests.live.server import LiveServer
from tests.live.taking_in import a_zip_of, hall, models_folder, plays
from tests.models import tiny

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models_folder(tmp_path_factory.mktemp("models"))


@pytest.fixture
def server(tmp_path: Path, models: Path) -> Iterator[LiveServer]:
    running = hall(tmp_path, models).start()
    yield running
    running.stop()


@pytest.fixture
def show(browser: Browser, server: LiveServer) -> Iterator[Hall]:
    made = Hall(browser, server)
    yield made
    for context in made.contexts:
        context.close()
    refusals = [complaint for complaint in made.complaints if "422" in complaint]
    assert made.complaints == refusals  # a browser counts a refused form as an error


def test_a_refused_model_is_told_where_one_looks_and_a_sound_one_plays(
    show: Hall, server: LiveServer, models: Path, tmp_path: Path
) -> None:
    new = models / "adapters" / "f5"
    sound, bad = tmp_path / "kaya.zip", tmp_path / "bad.zip"
    sound.write_bytes(a_zip_of(new, **{"card.json": b'{"name": "Kaya toast"}'}))
    bad.write_bytes(a_zip_of(new, **{"notes.pkl": b"x"}))
    organiser, play = show.organiser(), show.finalist("farah")

    organiser.get_by_role("link", name="Replace the model of Farah").click()
    dialog = organiser.locator("#model-dialog-farah")
    dialog.locator("input[type=file]").set_input_files(bad)
    dialog.get_by_role("button", name="Hand in").click()
    expect(dialog.get_by_role("alert")).to_have_text(
        "'notes.pkl' is a pickle, which could run code; export as safetensors."
    )
    dialog.locator("input[type=file]").set_input_files(sound)
    dialog.get_by_role("button", name="Hand in").click()
    expect(dialog).not_to_be_visible()
    for page in (organiser, play):
        expect(page.locator(".model-line", has_text="Kaya toast").first).to_contain_text(tiny.sha256_of(new)[:8])
    assert plays(server).adapter == f"farah@{tiny.sha256_of(new)[:12]}"

    play.locator("#play-model summary").click()
    play.locator("#play-model input[type=file]").set_input_files(bad)
    play.get_by_role("button", name="Hand in").click()
    expect(play.locator("#play-model").get_by_role("alert")).to_contain_text("is a pickle")
    play.locator("#play-model input[type=file]").set_input_files(sound)
    play.get_by_role("button", name="Hand in").click()
    expect(play.locator("#model-said").get_by_role("status")).to_contain_text("Kaya toast is in")
    expect(play.locator("#play-model [role=alert]")).to_have_count(0)
