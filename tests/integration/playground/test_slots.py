import pytest

from playground.errors import Unauthorized
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.slots import SlotStore


@pytest.fixture
def slots(redis: Redis, keys: Keys) -> SlotStore:
    return SlotStore(redis, keys)


async def test_a_page_s_token_leads_to_its_session_until_the_slot_is_closed(slots: SlotStore):
    slot = await slots.open("ses-1")
    assert await slots.session_of(slot.token) == "ses-1"
    await slots.close(slot.id)
    with pytest.raises(Unauthorized):
        await slots.session_of(slot.token)


async def test_only_a_digest_of_the_token_is_kept(slots: SlotStore, redis: Redis, keys: Keys):
    slot = await slots.open("ses-1")
    kept = await redis.hgetall(keys.slot(slot.id))
    assert slot.token[-20:] not in str(kept)


@pytest.mark.parametrize("change", ["", "x", "slot-x.y"])
async def test_another_token_is_worth_nothing(slots: SlotStore, change: str):
    slot = await slots.open("ses-1")
    for token in (change, slot.token + change if change else slot.id, f"{slot.id}.{change}"):
        with pytest.raises(Unauthorized):
            await slots.session_of(token)
