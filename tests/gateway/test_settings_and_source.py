"""A program's settings as the schema shows them: with where they come from."""

from typing import Any, cast

from adapters.model import ProgramSettings
from gateway.merge import SourceReport
from gateway.schema.program import SourcedSettings


def test_nothing_is_lost_of_what_a_program_tells() -> None:
    told: dict[str, Any] = {name: object() for name in ProgramSettings.__struct_fields__}
    source = cast(SourceReport, object())
    sourced = SourcedSettings.of(ProgramSettings(**told), source)
    assert {name: getattr(sourced, name) for name in sourced.__struct_fields__} == {
        **told,
        "source": source,
    }
