"""What nobody foresaw: masked for the caller, told to the log by a reference, and alone."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from adapters.errors import ProviderErrorCode
from adapters.model import Page, Person, ProgramSettings, Referral, ReferralStatus, Tier
from adapters.provider import Outcome, Profiles, Provider, Reading
from gateway.caller import ANYBODY
from gateway.config import GraphQLConfig, LimitsConfig
from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution.engine import Engine, Request
from gateway.ids import Kind, encode
from gateway.programs import Program, Programs
from gateway.walks import WalkLimits, Walks
from tests.running import program as program_config

pytestmark = pytest.mark.anyio

NOW = datetime(2025, 1, 20, tzinfo=UTC)
SECRET = "secret of victim@example.com"


class Sound(Provider):
    """A provider whose every answer is fine."""

    key: ClassVar[str] = "sound"
    name: ClassVar[str] = "Sound"
    statuses: ClassVar[frozenset[ReferralStatus]] = frozenset()

    async def settings(self) -> Reading[ProgramSettings | None]:
        return Reading(ProgramSettings(is_enabled=True), NOW)

    async def referrals(self, status: ReferralStatus | None, page: int) -> Reading[Page[Referral]]:
        return Reading(Page((), has_next=False, total=0), NOW)

    async def people(self, ids: Sequence[str]) -> Profiles:
        key = self.config.key
        return {
            id_: Reading(Person(program_key=key, provider_id=id_, name=id_), NOW) for id_ in ids
        }


class Broken(Sound):
    """A provider that an adapter's author got wrong."""

    async def settings(self) -> Reading[ProgramSettings | None]:
        raise RuntimeError(SECRET)

    async def people(self, ids: Sequence[str]) -> Profiles:
        raise KeyError(SECRET)

    async def toggle_tier(self, tier_id: str) -> Outcome[Tier | None]:
        raise KeyError(SECRET)


def request() -> Context:
    """A request to a broken program and a sound one."""
    programs = Programs(
        Program.of(kind(program_config(kind.__name__.lower(), kind.key, "", "")))
        for kind in (Broken, Sound)
    )
    return Context(programs, Walks(WalkLimits(), time.monotonic), NOW, ANYBODY)


async def run(query: str, context: Context | None = None, **variables: Any) -> dict[str, Any]:
    """What comes back."""
    context = context or request()
    engine = Engine(LimitsConfig(), GraphQLConfig(), walk_pages=50)
    asked = Request(query, None, variables)
    operation = await engine.prepare(asked, context.caller, context.programs)
    return (await engine.run(operation, context)).content


async def test_the_caller_gets_a_reference_that_the_log_explains(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await run('{ program(key: "broken") { key settings { isEnabled } } }')
    assert answer["data"] == {"program": {"key": "broken", "settings": None}}
    (error,) = answer["errors"]
    reference = error["extensions"]["reference"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "reference": reference}
    assert error["message"] == f"Internal error. Quote the reference {reference}."
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert reference in record.getMessage()
    assert "RuntimeError in settings (" in record.getMessage()
    assert "victim" not in caplog.text
    assert "victim" not in str(answer)


async def test_the_other_programs_objects_are_complete() -> None:
    answer = await run("{ programs { key settings { isEnabled } } }")
    assert answer["data"]["programs"] == [
        {"key": "broken", "settings": None},
        {"key": "sound", "settings": {"isEnabled": True}},
    ]
    assert [error["path"] for error in answer["errors"]] == [["programs", 0, "settings"]]


async def test_the_other_programs_people_are_complete() -> None:
    ids = [encode(Kind.PERSON, key, "7") for key in ("broken", "sound")]
    answer = await run(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Person { name } } }", ids=ids
    )
    assert answer["data"]["nodes"] == [None, {"name": "7"}]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 0]]


async def test_a_change_that_ended_so_may_have_been_sent() -> None:
    context = request()
    known = context.loaders.settings_by_program
    answer = await run(
        "mutation ($id: ID!) { tierToggle(id: $id) { tier { id } } }",
        context,
        id=encode(Kind.TIER, "broken", "7"),
    )
    assert answer["data"] == {"tierToggle": None}
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert context.has_sent_changes
    assert context.loaders.settings_by_program is not known


async def test_each_failure_has_a_reference_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    broken = 'program(key: "broken") { settings { isEnabled } }'
    answer = await run(f"{{ one: {broken} two: {broken} }}")
    references = {error["extensions"]["reference"] for error in answer["errors"]}
    assert len(references) == 2
    assert all(reference in caplog.text for reference in references)


def test_one_enum_lists_every_code() -> None:
    assert {code.value for code in ProviderErrorCode} <= {code.value for code in ErrorCode}
