"""What the documentation says is there, is there: commands, files, make targets, settings."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from server.cli import app
from server.settings import Settings
from training.cli._tune_options import LEDGER_VARIABLE

ROOT = Path(__file__).resolve().parents[1]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = sorted({found for doc in DOCS for found in re.findall(r"`(finale [a-z][^`]*)`", doc.read_text())})


def test_there_is_something_to_check() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("line", COMMANDS)
def test_a_documented_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line.split(">")[0])[1:]
    command, rest = get_command(app), words
    while rest and hasattr(command, "commands") and rest[0] in command.commands:
        command, rest = command.commands[rest[0]], rest[1:]
    assert command is not get_command(app), f"no such command: {line}"
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in rest if word.startswith("-")} <= known, line
    assert CliRunner().invoke(app, [*words[: len(words) - len(rest)], "--help"]).exit_code == 0


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: str(doc.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(doc: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", doc.read_text()):
        if "://" not in target:
            assert (doc.parent / target).exists(), target


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for doc in DOCS:
        for block in re.findall(r"```sh\n(.*?)```|`(make [^`]+)`", doc.read_text(), re.DOTALL):
            for line in "\n".join(block).splitlines():
                if line.startswith("make "):
                    named = [word for word in line.split("#")[0].split("  ")[0].split()[1:] if "=" not in word]
                    assert set(named) <= targets, line


def test_every_setting_that_is_named_exists_and_every_setting_is_described() -> None:
    names = {f"FINALE_{name.upper()}" for name in Settings.model_fields} | {"FINALE_", LEDGER_VARIABLE}
    for doc in DOCS:
        assert set(re.findall(r"FINALE_[A-Z_]*", doc.read_text())) <= names
    assert all(field.description for field in Settings.model_fields.values())


def test_every_dependency_has_its_line_in_the_readme() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("dependencies = [")[1].split("]\n")[0]
    names = re.findall(r'"([a-z0-9-]+)', block.replace("[standard]", ""))
    table = (ROOT / "README.md").read_text()
    assert len(names) > 10
    assert [name for name in names if name not in table] == []
