"""`finale rehearse --fault …`: the real local engine with the demo models dies, stalls, slows down or is cut off."""

import pytest

from server.app import create_app
from server.cli.rehearse import Fault
from server.domain.errors import Refused
from server.settings import DEMO_MODELS, Settings
from tests.cli.conftest import Finale, failed
from tests.live.server import make_event
from tests.stagehand import event

QUICKLY = ("--phones", 4, "--round-seconds", 10, "--voting-seconds", 5, "--rounds", 1, "--seed", 2, "--experts", 2)
TOLD = {
    Fault.ENGINE_DIES: "outage:",
    Fault.ENGINE_STALLS: "no text for 4 s",
    Fault.ENGINE_SLOW: "tokens per second on local",
    Fault.NETWORK_DROP: "is cut for a rehearsal",
}


@pytest.mark.parametrize("fault", list(Fault))
def test_the_show_goes_on_and_every_lane_is_explained(
    fault: Fault, finale: Finale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("FINALE_MODELS_DIR", str(DEMO_MODELS))
    result = finale("rehearse", *QUICKLY, "--fault", fault.value)
    assert result.exit_code == 0, result.output
    assert TOLD[fault] in result.stdout
    assert "entries in 5 lanes" in result.stdout
    assert "no reason" not in result.stdout
    assert "Nothing was lost: 0 losses" in result.stdout


def test_a_fault_is_for_a_server_of_the_rehearsals_own(finale: Finale) -> None:
    where = ("--server", "http://127.0.0.1:9", "--token", "x")
    assert "server of the rehearsal's own" in failed(finale("rehearse", *where, "--fault", "engine-dies"))


def test_nothing_is_broken_on_purpose_in_a_real_event(tmp_path) -> None:  # type: ignore[no-untyped-def]
    url = f"sqlite:///{tmp_path}/finale.db"
    make_event(url, event(rehearsal=False))
    settings = Settings(database=url, secret_file=tmp_path / "secret", fault="engine-dies")
    with pytest.raises(Refused, match="is no rehearsal"):
        create_app(settings)


def test_an_unknown_fault_is_named_with_the_known_ones(tmp_path) -> None:  # type: ignore[no-untyped-def]
    url = f"sqlite:///{tmp_path}/finale.db"
    make_event(url, event())
    with pytest.raises(Refused, match="choose one of engine-dies"):
        create_app(Settings(database=url, secret_file=tmp_path / "secret", fault="flood"))
