"""A finalist at a laptop: types, generates, tries again, chooses."""

import secrets

from server.players.character import Plan, Try, plan
from server.players.frames import Frame
from server.players.screen import Screen
from server.players.session import Session
from server.players.sightings import Sightings
from server.players.stage import StageWatcher

TOKENS_PER_SECOND = 5
FEWEST_TOKENS, MOST_TOKENS = 40, 160
SAVES_PER_TRY = 3


class FinalistPlayer:
    """Plays every round that begins while it runs. `link`: the finalist's own link; `lane`: 0 for A."""

    def __init__(
        self,
        session: Session,
        link: str,
        finalist: str,
        sightings: Sightings,
        *,
        seed: object = 0,
        lane: int = 0,
        watcher: StageWatcher | None = None,
    ) -> None:
        self._session, self._link, self._finalist, self._sightings = session, link, finalist, sightings
        self._seed, self._lane, self._watcher = seed, lane, watcher
        self._screen = Screen(session, "/live/play", sightings)
        self._played: set[str] = set()

    async def run(self) -> None:
        """Take the seat and play until cancelled. Raises Turned if the link does not work."""
        await self._session.enter(self._link)
        async with self._screen.open():
            while True:
                frame = await self._screen.until(self._is_new)
                self._played.add(frame.round)
                await self._play(frame)

    def _is_new(self, frame: Frame) -> bool:
        return frame.is_in("prompting") and frame.round not in self._played

    async def _play(self, frame: Frame) -> None:
        chosen = plan(self._finalist, frame.round, self._seed)
        begins, ends = self._screen.now(), frame.ends_at or self._screen.now()
        length = max(0.0, ends - begins) / 1000
        made: list[str] = []
        for attempt in chosen.tries:
            if not await self._type(attempt, frame.round, begins, length):
                return
            if not chosen.draft_only:
                made.append(await self._generate(attempt, frame.round, length, first=not made))
        await self._return_to_first(chosen, made, frame.round, begins, length)

    async def _type(self, attempt: Try, round_: str, begins: float, length: float) -> bool:
        """Type the prompt up to the moment of the attempt, saved in parts as a browser does; false if too late."""
        for part in range(1, SAVES_PER_TRY + 1):
            share = attempt.at * (1 - 0.25 * (SAVES_PER_TRY - part) / SAVES_PER_TRY)
            if not await self._wait(round_, begins + share * length * 1000):
                return False
            typed = attempt.system_prompt[: len(attempt.system_prompt) * part // SAVES_PER_TRY]
            await self._post("draft", {**_settings(attempt, length), "system_prompt": typed})
        return True

    async def _generate(self, attempt: Try, round_: str, length: float, first: bool) -> str:
        """Press Generate; gives the id under which the show knows the attempt."""
        own_id = secrets.token_hex(8)
        attempt_id = f"{self._finalist}-{own_id}"
        if first and self._watcher is not None:
            self._watcher.expect(self._lane)
        if await self._post("generate", {**_settings(attempt, length), "attempt_id": own_id}):
            self._sightings.attempts[attempt_id] = round_
        return attempt_id

    async def _return_to_first(self, chosen: Plan, made: list[str], round_: str, begins: float, length: float) -> None:
        if chosen.returns_at is None or len(made) < 2:
            return
        if await self._wait(round_, begins + chosen.returns_at * length * 1000):
            await self._post("pin", {"attempt_id": made[0]})

    async def _wait(self, round_: str, at_ms: float) -> bool:
        """Until the server's clock shows `at_ms`; a pause of the show is waited out. False if the bell came first."""

        def goes_on(frame: Frame) -> bool:
            return frame.round == round_ and frame.phase == "prompting"

        if not await self._screen.pause((at_ms - self._screen.now()) / 1000, goes_on):
            return False
        frame = await self._screen.until(lambda f: not f.paused or not goes_on(f))
        return goes_on(frame)

    async def _post(self, what: str, form: dict[str, str]) -> bool:
        return await self._sightings.acknowledged(self._finalist, what, self._session.post(f"/play/{what}", form))


def _settings(attempt: Try, length: float) -> dict[str, str]:
    """The form of an attempt; answers are short enough to end before the bell of a short round."""
    tokens = min(MOST_TOKENS, max(FEWEST_TOKENS, int(TOKENS_PER_SECOND * length)))
    return {
        "system_prompt": attempt.system_prompt,
        "temperature": str(attempt.temperature),
        "top_p": str(attempt.top_p),
        "max_tokens": str(tokens),
        "seed": str(attempt.seed),
    }
