"""The ballot box: one voter one ballot, the last valid one before the close, a receipt after the commit."""

import asyncio

import pytest

from server.domain import commands as c
from server.domain.errors import NotWritten, Refused, TooLate
from server.domain.state import Phase
from server.store.errors import StoreFull
from tests.arena.conftest import Bench


async def tally_of(bench: Bench) -> dict[str, int]:
    await bench.do(c.CloseJudging())
    await bench.phase(Phase.SEALED)
    return dict(bench.round.tally.favourites)


async def test_the_last_ballot_of_a_voter_counts_and_repeats_change_nothing(bench: Bench) -> None:
    await bench.judging()
    key = bench.round.key
    for choice in ("arjun", "farah", "farah"):
        await bench.arena.ballots.cast("phone-1", key, choice)
    await bench.arena.ballots.cast("phone-2", key, "priya")
    tally = await tally_of(bench)
    assert (tally["arjun"], tally["farah"], tally["priya"]) == (0, 1, 1)
    assert bench.round.tally.counted == 2


async def test_a_ballot_at_the_closing_bell_is_refused_and_one_before_it_counts(bench: Bench) -> None:
    await bench.judging()
    end = bench.round.voting_ends_at or 0
    bench.clock._now = end - 1
    await bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
    bench.clock._now = end
    with pytest.raises(TooLate, match="bell"):
        bench.arena.ballots.cast("phone-2", bench.round.key, "farah")
    assert (await tally_of(bench))["farah"] == 1


async def test_every_ballot_taken_before_the_close_is_in_the_count(bench: Bench) -> None:
    await bench.judging()
    receipts = [bench.arena.ballots.cast(f"phone-{i}", bench.round.key, "farah") for i in range(500)]
    tally = await tally_of(bench)
    await asyncio.gather(*receipts)
    assert tally["farah"] == 500


async def test_five_hundred_ballots_share_few_commits(bench: Bench) -> None:
    await bench.judging()
    batches: list[int] = []
    put = bench.arena._archive.put_votes

    async def counted(votes):  # type: ignore[no-untyped-def]
        batches.append(len(votes))
        await put(votes)

    bench.arena._archive.put_votes = counted  # type: ignore[method-assign]
    await asyncio.gather(*(bench.arena.ballots.cast(f"phone-{i}", bench.round.key, "farah") for i in range(500)))
    assert sum(batches) == 500
    assert len(batches) <= 3


async def test_a_full_disk_is_told_to_every_voter_of_the_batch_and_they_may_vote_again(bench: Bench) -> None:
    await bench.judging()
    put = bench.arena._archive.put_votes

    async def full(votes):  # type: ignore[no-untyped-def]
        raise StoreFull("The disk is full.")

    bench.arena._archive.put_votes = full  # type: ignore[method-assign]
    with pytest.raises(NotWritten, match="full"):
        await bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
    assert bench.arena.ballots.choices == {}
    bench.arena._archive.put_votes = put  # type: ignore[method-assign]
    await bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
    assert bench.arena.ballots.choices == {"phone-1": "farah"}


async def test_a_vote_for_nobody_is_refused(bench: Bench) -> None:
    await bench.judging()
    with pytest.raises(Refused, match="not in this round"):
        bench.arena.ballots.cast("phone-1", bench.round.key, "somebody")


async def test_a_vote_for_an_older_round_is_too_late(bench: Bench) -> None:
    await bench.judging()
    with pytest.raises(TooLate):
        bench.arena.ballots.cast("phone-1", "0.1", "farah")


async def test_a_paused_vote_takes_no_ballots_and_goes_on_with_the_same_time_left(bench: Bench) -> None:
    await bench.judging()
    left = (bench.round.voting_ends_at or 0) - bench.clock.now()
    await bench.do(c.Pause("Sound check"))
    with pytest.raises(TooLate, match="paused"):
        bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
    bench.clock.pass_(120)
    await bench.do(c.Resume())
    assert (bench.round.voting_ends_at or 0) - bench.clock.now() == left
    await bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
