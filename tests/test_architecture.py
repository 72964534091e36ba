"""The one direction of imports, and the size that keeps the tree habitable."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = {
    "server.domain": ("server.domain",),
    "server.arena": ("server.domain", "server.arena"),
    "server.store": ("server.domain", "server.arena.archive", "server.store"),
    "server.web": ("server",),
    "models": ("models",),
    "training": ("models", "training"),
}
JOINTS = {
    "server/engines.py",
    "server/engine_choice.py",
    "server/vllm_choice.py",
    "server/intake.py",
    "server/judge_seats.py",
    "server/cli/_models.py",
    "server/cli/_judging.py",
    "server/cli/judge.py",
    "server/cli/train.py",
}
MOST_LINES = 250
LISTS = {"server/domain/commands.py", "server/domain/events.py"}  # a table of contents is read, not worked through


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package.replace(".", "/")).rglob("*.py"))


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: imports are absolute"
            names |= {node.module}
    return names


def ours(name: str) -> bool:
    return name.split(".")[0] in ("server", "models", "training", "tests")


@pytest.mark.parametrize("package", LAYERS)
def test_imports_go_one_way(package: str) -> None:
    for file in modules(package):
        for name in filter(ours, imported(file)):
            allowed = any(name == layer or name.startswith(f"{layer}.") for layer in LAYERS[package])
            assert allowed, f"{file.relative_to(ROOT)} imports {name}"


def test_the_domain_uses_the_standard_library_alone() -> None:
    for file in modules("server.domain"):
        for name in imported(file) - {"__future__"}:
            assert ours(name) or name.split(".")[0] in sys.stdlib_module_names, f"{file.name} imports {name}"


def test_the_domain_reads_no_clock_and_no_chance() -> None:
    for file in modules("server.domain"):
        assert not imported(file) & {"time", "datetime.datetime", "random", "os", "asyncio", "socket"}, file.name


def test_server_touches_models_at_its_joints_alone() -> None:
    for file in modules("server"):
        if str(file.relative_to(ROOT)) in JOINTS:
            continue
        touched = {name for name in imported(file) if name.split(".")[0] in ("models", "training")}
        assert not touched, f"{file.relative_to(ROOT)} imports {touched}"


@pytest.mark.parametrize("package", ["server", "models", "training"])
def test_no_file_outgrows_its_reader(package: str) -> None:
    sizes = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in modules(package)}
    assert not {file: lines for file, lines in sizes.items() if lines > MOST_LINES and file not in LISTS}
