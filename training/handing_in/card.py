"""The card of an adapter that is handed in: what it was made of and how it did, as JSON and as a page for people.

Everything comes from the run's own record and from the files; the same run gives the same card, to the byte.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.adapters import AdapterFacts
from training.runs.record import RunRecord

FORMAT = "finale-adapter-card/1"
JSON, PAGE = "card.json", "README.md"
TEMPLATE = "chat_template.jinja"


@dataclass(frozen=True, slots=True)
class Said:
    """What only the entrant can say: under which licence the adapter is handed in, and a line about it."""

    licence: str
    description: str = ""


def card(run: RunRecord, facts: AdapterFacts, settings: Mapping[str, Any], base: Path, said: Said) -> dict[str, Any]:
    """The card as JSON data. `settings` is the adapter's own adapter_config.json. Times are in seconds, UTC."""
    best = run.best
    return {
        "format": FORMAT,
        "name": run.name,
        "description": said.description,
        "licence": said.licence,
        "entrant": run.entrant,
        "base": {"name": str(settings.get("base_model_name_or_path") or ""), "sha256": run.base.sha256},
        "adapter": {
            "sha256": facts.sha256,
            "bytes": facts.bytes,
            "rank": facts.rank,
            "alpha": settings["lora_alpha"],
            "rslora": bool(settings.get("use_rslora")),
            "target_modules": list(facts.target_modules),
        },
        "chat_template": _template(base),
        "data": {
            "train": {"sha256": run.train.sha256, "rows": run.train.rows},
            "validation": {"sha256": run.validation.sha256, "rows": run.validation.rows} if run.validation else None,
        },
        "metrics": {
            "step": best.step if best else None,
            "validation_loss": best.validation_loss if best else None,
            "overfitting_since": run.overfitting_since,
        },
        "run": {
            "id": run.id,
            "status": run.status.value,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "training_seconds": run.seconds,
            "git_commit": run.git_commit,
            "settings": dict(run.settings),
        },
        "versions": dict(run.versions),
    }


def as_json(data: Mapping[str, Any]) -> str:
    """The card's file."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_page(data: Mapping[str, Any]) -> str:
    """The card in Markdown, with the head by which model hubs know a licence and a base."""
    head = {
        "license": data["licence"].lower(),  # as model hubs spell their identifiers
        "base_model": data["base"]["name"],
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["lora"],
    }
    yaml = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in head.items())
    lines = "".join(f"| {name} | {_cell(value)} |\n" for name, value in _figures(data))
    about = f"{_cell(data['description'])}\n\n" if data["description"] else ""
    return f"---\n{yaml}---\n\n# {_cell(data['name'])}\n\n{about}| | |\n|---|---|\n{lines}"


def _figures(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    adapter, metrics, run = data["adapter"], data["metrics"], data["run"]
    loss = metrics["validation_loss"]
    return [
        ("base", f"{data['base']['name']}, SHA-256 `{data['base']['sha256']}`"),
        ("weights", f"SHA-256 `{adapter['sha256']}`, {adapter['bytes']:,} bytes"),
        ("LoRA", f"rank {adapter['rank']}, alpha {adapter['alpha']:g}{', rank-stabilised' * adapter['rslora']}"),
        ("target modules", ", ".join(adapter["target_modules"])),
        ("chat template", f"SHA-256 `{data['chat_template']['sha256']}`, whole in {JSON}"),
        ("training rows", _rows(data["data"]["train"])),
        ("validation rows", _rows(data["data"]["validation"])),
        ("validation loss", "not measured" if loss is None else f"{loss:.4f} nats per token at step {metrics['step']}"),
        (
            "overfitting",
            "not seen" if metrics["overfitting_since"] is None else f"since {metrics['overfitting_since']}",
        ),
        ("training", f"{run['training_seconds']:.0f} s, run {run['id']}, {run['status']}"),
        ("licence", data["licence"]),
        ("made with", ", ".join(f"{name} {version}" for name, version in data["versions"].items())),
    ]


def _rows(data: Mapping[str, Any] | None) -> str:
    return f"{data['rows']:,}, SHA-256 `{data['sha256']}`" if data else "none"


def _cell(text: str) -> str:
    """One line that cannot break a table or begin a heading."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _template(base: Path) -> dict[str, str]:
    text = template_of(base)
    return {"sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}


def template_of(base: Path) -> str:
    """The base's chat template: a file of its own, or inside the tokenizer's settings; empty where there is none."""
    if (base / TEMPLATE).is_file():
        return (base / TEMPLATE).read_text(encoding="utf-8")
    settings = json.loads((base / "tokenizer_config.json").read_text(encoding="utf-8"))
    template = settings.get("chat_template") or ""
    return template if isinstance(template, str) else json.dumps(template, ensure_ascii=False)
