"""The local engine as a writer: the demo base writes rows on topics, offline (loading it takes about ten seconds)."""

from pathlib import Path

from models.catalogue import load_catalogue
from models.local import LocalEngine
from models.protocol import BASE
from training.cli._synthesize_options import CATALOGUE
from training.data.rows import Source
from training.synthetic.assembling import assemble
from training.synthetic.journal import Journal
from training.synthetic.plan import Plan
from training.synthetic.prompts import Form, Kind
from training.synthetic.running import Ending, run
from training.synthetic.subjects import Subject
from training.synthetic.tasks import Wishes, tasks_on
from training.synthetic.writers import EngineWriter, Sampling

QUESTIONS = ("What is the meaning of the kampong spirit to Singapore?", "Tell us about hawker centres in Singapore.")


async def test_the_demo_base_writes_rows_that_pass_every_check(tmp_path: Path) -> None:
    catalogue = load_catalogue(CATALOGUE)
    engine = LocalEngine(base=catalogue.base, adapters={}, threads=1)
    await engine.start()
    subjects = [Subject(text, Source("topics.txt", n, "0" * 64, "topic")) for n, text in enumerate(QUESTIONS, 1)]
    wanted = tasks_on(subjects, Kind.TOPIC, Wishes(Form.PLAIN, styles=("clear and factual",), per_subject=2))
    plan = Plan(Sampling(temperature=0.7, max_tokens=250), attempts=3, at_once=4)
    writer = EngineWriter(engine, BASE, "demo base")
    try:
        with Journal(tmp_path / "journal.jsonl") as journal:
            ended = await run(wanted, writer, journal, plan)
            found = assemble(wanted, writer.identity, journal, plan)
    finally:
        await writer.close()
    assert ended.ending is Ending.DONE
    assert ended.used.tokens_out > 40
    assert {one.question for one in found.rows} == set(QUESTIONS)
    assert all(one.source.steps[0].settings["model"] == "demo base" for one in found.rows)
