"""Running a compiled operation: waiting together, and ending together."""

import asyncio
import gc

import pytest

from adapters.errors import ProviderError
from gateway.execution.engine import Engine
from gateway.execution.run import Run
from tests.gateway.execution.shops import Shop, ask, engine

pytestmark = pytest.mark.anyio

PEOPLE = "{ name referralCode loyaltyPoints }"
NAMES = f"""{{
  referrals(programs: ["a"]) {{ nodes {{ referrer {PEOPLE} }} }}
}}"""


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
def engine_(request: pytest.FixtureRequest) -> Engine:
    return engine(compiled=request.param)


async def test_people_of_a_page_are_looked_up_together(engine_: Engine) -> None:
    shop = Shop("a", size=20, people=4, ticks=3)
    answer = await ask(engine_, [shop], NAMES)
    assert len(answer["data"]["referrals"]["nodes"]) == 20
    assert shop.calls == {"referrals": 1, "people": 4, "people at once": 1}


async def test_fields_of_the_root_do_not_wait_for_each_other(engine_: Engine) -> None:
    slow, fast = Shop("a", ticks=200), Shop("b", people=4, size=20)
    query = """{
      statistics(programs: ["a"]) { totalReferrals }
      referrals(programs: ["b"]) { nodes { referrer { name } } }
    }"""
    asked = asyncio.ensure_future(ask(engine_, [slow, fast], query))
    for _ in range(100):
        await asyncio.sleep(0)
    assert fast.calls["people"] == 4
    assert not asked.done()
    assert (await asked)["data"]["statistics"] == {"totalReferrals": 7}


async def test_whoever_hangs_up_ends_what_was_begun(engine_: Engine) -> None:
    before = asyncio.all_tasks()
    shop = Shop("a", ticks=10**9)
    query = """{
      tiers { nodes { name } }
      statistics { totalReferrals }
      programs { settings { isEnabled } }
    }"""
    asked = asyncio.ensure_future(ask(engine_, [shop], query))
    for _ in range(100):
        await asyncio.sleep(0)
    assert shop.calls == {"tiers": 1, "statistics": 1, "settings": 1}
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    for _ in range(10):
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before if not task.done()]
    # The reads, which loaders began, are shared, and theirs to end.
    assert [task for task in left if "Shop." not in repr(task)] == []


async def test_an_answer_that_is_null_is_not_kept_waiting(engine_: Engine) -> None:
    shop = Shop("a", ticks=10**9)
    query = "{ tiers { nodes { name } } referrals(first: 0) { totalCount } }"
    answer = await asyncio.wait_for(ask(engine_, [shop], query), 30)
    assert answer["data"] is None
    assert [error["path"] for error in answer["errors"]] == [["referrals"]]


@pytest.mark.parametrize("failing", ["people", "tiers", "settings", "referrals", "statistics"])
async def test_what_failed_is_let_go(engine_: Engine, failing: str) -> None:
    """Errors lead to frames, and these to what was awaited: nothing on the way may be hidden from
    the collector."""
    query = f"""{{
      programs {{
        settings {{ isEnabled }} tiers {{ nodes {{ name }} }}
        referrals {{ nodes {{ referrer {PEOPLE} }} }}
      }}
      tiers {{ nodes {{ name }} }}
      statistics {{ totalReferrals }}
      referrals {{ nodes {{ referrer {PEOPLE} }} }}
    }}"""
    before = runs_and_errors()
    for ticks in (0, 3):
        shops = [Shop("a", failing=frozenset({failing}), ticks=ticks), Shop("b", ticks=ticks)]
        assert (await ask(engine_, shops, query))["data"]
    known = set(map(id, before))
    assert [one for one in runs_and_errors() if id(one) not in known] == []


def runs_and_errors() -> list[Run | ProviderError]:
    """Those that are in memory. Other tests keep some: an error in the place of a person, say."""
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Run | ProviderError)]
