"""Promise 1: what got its receipt survives `kill -9`, ten times in a row at random instants."""

import random
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.bench.driving import Server

KILLS, PHONES = 10, 24
FINALISTS = ("mei-ling", "arjun", "farah", "wei-jie", "priya")


class Voter(threading.Thread):
    """A phone that changes its mind until the server dies; it knows what was acknowledged and what was sent."""

    def __init__(self, port: int, cookie: str, number: int, draw: random.Random) -> None:
        super().__init__(daemon=True)
        self.voter, self.acknowledged, self.sent = f"phone-{number}", "", ""
        self._port, self._cookie, self._draw = port, cookie, draw

    def run(self) -> None:
        base = f"http://127.0.0.1:{self._port}"
        headers = {"origin": base, "cookie": f"finale_audience={self._cookie}"}
        with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
            while True:
                self.sent = self._draw.choice(FINALISTS)
                try:
                    answer = client.post("/vote/ballot", data={"round": "1.1", "choice": self.sent})
                except httpx.HTTPError:
                    return
                assert answer.status_code == 200
                self.acknowledged = self.sent


@pytest.mark.parametrize("seed", [7])
def test_nothing_acknowledged_is_lost_when_the_server_is_killed_ten_times(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    known: dict[str, str] = {}
    server = Server("scripted", tmp_path)
    server.ask("judging")
    cookies = server.ask("phones", count=PHONES)
    entries = server.ask("clock")["entries"]
    for _ in range(KILLS):
        left_before = server.ask("clock")["left_ms"]
        began = time.monotonic()
        voters = [Voter(server.port, cookie, n, random.Random(draw.random())) for n, cookie in enumerate(cookies)]
        for voter in voters:
            voter.start()
        while sum(bool(v.acknowledged) for v in voters) < draw.randrange(1, PHONES):
            time.sleep(0.001)
        server.kill()
        lived_ms = (time.monotonic() - began) * 1000
        for voter in voters:
            voter.join(10)
        server = Server("scripted", tmp_path)
        clock, stored = server.ask("clock"), server.ask("choices")
        assert clock["phase"] == "judging"
        assert clock["entries"] == entries
        assert clock["left_ms"] >= left_before - lived_ms - 3000  # the time it was down does not count
        for voter in voters:
            expected = {voter.acknowledged or known.get(voter.voter, ""), voter.sent}
            assert stored.get(voter.voter, "") in expected, voter.voter
        known = stored
    server.kill()
