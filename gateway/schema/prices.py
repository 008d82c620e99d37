"""The rules of what fields cost, for each kind of read. See `gateway.schema.costs`.

Calls are counted as sent, without
further tries and without those for tokens.
"""

from collections.abc import Collection, Mapping
from enum import Enum, auto
from typing import Any

from adapters.capability import Capability
from adapters.provider import PersonField
from gateway import ids
from gateway.errors import GatewayError
from gateway.lists.referrals import ReferralFilter
from gateway.loaders import PersonKey
from gateway.reports.computed import EVERYTHING
from gateway.reports.timeline import DEFAULT_DAYS, MOST_POINTS
from gateway.schema.arguments import DEFAULT_PAGE, LARGEST_PAGE
from gateway.schema.costs import Asked, Calls, Many, Scope

ARGUMENTS = frozenset(
    {"combineByEmail", "filter", "first", "from", "ids", "limit", "programs", "status"}
)
"""All that rules can see of what a field is asked with; costs are kept as long as these and the
programs stay the same."""

UNBOUNDED = 50
"""The length that lists without pages are reckoned with: tiers, and what is wrong with a change.
"""


class Read(Enum):
    """What one request reads of a program once."""

    SETTINGS = auto()
    TIERS = auto()
    STATISTICS = auto()
    LEADERBOARD = auto()
    TOP_REFERRERS = auto()
    WALK_OF_REFERRALS = auto()
    WALK_OF_CLAIMS = auto()


def programs(asked: Asked) -> Many:
    """All programs, which are known without a call."""
    return Many(len(asked.scope.keys))


def settings(asked: Asked) -> Many:
    """A program's rules."""
    asked.calls.once(Read.SETTINGS, asked.times, asked.programs)
    return Many(asked.parents.objects)


def tiers(asked: Asked) -> Many:
    """Lists of tiers."""
    _read_tiers(asked)
    return asked.listing(UNBOUNDED * asked.programs_each)


def claimed_tier(asked: Asked) -> Many:
    """The tier of a claim, which the program's tiers tell."""
    _read_tiers(asked)
    return Many(asked.parents.objects)


def refetched(asked: Asked) -> Many:
    """Objects by their identifiers: programs, tiers or people."""
    number = len(asked.arguments["ids"]) if "ids" in asked.arguments else 1
    if number > LARGEST_PAGE:
        return Many(0)  # refused
    _read_tiers(asked, number)
    _read_people(number, frozenset(PersonField), asked.scope, asked.calls)
    return Many(number)


def people(asked: Asked) -> Many:
    """People by their address, at most one a program."""
    asked.calls.each(len(asked.programs) * asked.scope.bounds.address)
    return asked.listing(len(asked.programs))


def counterparts(asked: Asked) -> Many:
    """People with the same address in the other programs."""
    others = max(0, len(asked.scope.keys) - 1)
    asked.calls.each(asked.parents.objects * others * asked.scope.bounds.address)
    objects = asked.parents.objects
    return Many(objects, items=objects * others, sources=objects * max(1, others))


def referrals(asked: Asked) -> Many:
    """Pages of referrals, read as they are or found by a walk."""
    try:
        narrowed = _filter(asked.arguments.get("filter") or {})
    except GatewayError:
        return Many(0)  # refused
    programs, times = asked.programs, asked.times
    if narrowed.referrer is not None:
        programs &= {narrowed.referrer.program_key}
        times = min(times, asked.parents.objects)
    able = [p for p in asked.scope.programs if p.key in programs and narrowed.can_be_applied_to(p)]
    direct = frozenset(p.key for p in able if narrowed.is_the_providers(p))
    walked = [p for p in able if p.key not in direct]
    shared = frozenset(p.key for p in walked if narrowed.list_to_walk(p) == EVERYTHING)
    own = frozenset(p.key for p in walked) - shared
    asked.calls.once((asked.place, "page"), times, direct)
    asked.calls.once((asked.place, "walk"), times, own, asked.scope.walk_pages)
    _walk_referrals(asked, times, shared)
    return asked.listing(_length(asked, "first"))


def referrals_of_people(asked: Asked) -> Many:
    """Pages of the referrals that people made, each read or found by a walk of its own where the
    provider can narrow a list to a person, else all found by one."""
    native = asked.scope.doing(Capability.REFERRALS_BY_REFERRER)
    status = asked.arguments.get("status")
    if native:
        is_askable = status is None or all(
            status in program.provider.askable_statuses
            for program in asked.scope.programs
            if program.key in native
        )
        asked.calls.each(asked.parents.objects * (1 if is_askable else asked.scope.walk_pages))
    _walk_referrals(asked, asked.times, asked.scope.keys - native)
    return asked.listing(_length(asked, "first"))


def referred_by(asked: Asked) -> Many:
    """The referrals that brought people in: searched for, then walked for."""
    if asked.scope.doing(Capability.REFERRAL_SEARCH):
        asked.calls.each(asked.parents.objects)
    _walk_referrals(asked, asked.times, asked.scope.keys)
    return Many(asked.parents.objects)


def claims(asked: Asked) -> Many:
    """Pages of claims."""
    able = asked.programs & asked.scope.doing(Capability.CLAIMS)
    asked.calls.once((asked.place, "page"), asked.times, able)
    return asked.listing(_length(asked, "first"))


def claims_of(asked: Asked) -> Many:
    """Pages of the claims of a tier or a person, found by a walk."""
    able = asked.scope.doing(Capability.CLAIMS)
    asked.calls.once(Read.WALK_OF_CLAIMS, asked.times, able, asked.scope.walk_pages)
    return asked.listing(_length(asked, "first"))


def statistics(asked: Asked) -> Many:
    """Figures, with an amount a currency."""
    _read_or_walk(asked, Read.STATISTICS, Capability.STATISTICS)
    return asked.listing(asked.programs_each)


def timeline(asked: Asked) -> Many:
    """Points, a day each unless there are fewer."""
    able = asked.programs & asked.scope.having(Capability.TIMELINE)
    _walk_referrals(asked, asked.times, able)
    is_default = asked.arguments.get("from") is None
    return asked.listing(DEFAULT_DAYS + 1 if is_default else MOST_POINTS)


def leaderboard(asked: Asked) -> Many:
    """Boards."""
    _read_or_walk(asked, Read.LEADERBOARD, Capability.LEADERBOARD)
    return asked.listing(_length(asked, "limit"))


def top_referrers(asked: Asked) -> Many:
    """Boards in detail, whose entries are one person each, or one a program."""
    _read_or_walk(asked, Read.TOP_REFERRERS, Capability.TOP_REFERRERS)
    is_combined = asked.arguments.get("combineByEmail", False)
    return asked.listing(_length(asked, "limit"), asked.programs_each if is_combined else 1)


def tier_progress(asked: Asked) -> Many:
    """Where people stand among the tiers."""
    able = asked.scope.having(Capability.TIER_PROGRESS)
    asked.calls.once(Read.TIERS, asked.times, able)
    asked.calls.once(
        Read.TOP_REFERRERS, asked.times, able & asked.scope.doing(Capability.TOP_REFERRERS)
    )
    _walk_referrals(asked, asked.times, able)
    return Many(asked.parents.objects)


def code_validations(asked: Asked) -> Many:
    """What programs say of a code."""
    able = asked.programs & asked.scope.doing(Capability.CODE_VALIDATION)
    asked.calls.once((asked.place, "code"), asked.times, able)
    return asked.listing(asked.programs_each)


def change(asked: Asked) -> Many:
    """A change, with what went wrong."""
    asked.calls.each(asked.scope.bounds.change)
    return asked.listing(UNBOUNDED)


def look_up(number: int, fields: Collection[PersonField], scope: Scope, calls: Calls) -> None:
    """Adds what it costs to tell these fields of so many people, whom no answer told whole."""
    _read_people(number, fields, scope, calls)
    if PersonField.REFERRAL_CODE in fields:
        calls.once(Read.TOP_REFERRERS, number, scope.doing(Capability.TOP_REFERRERS))


def _read_people(number: int, fields: Collection[PersonField], scope: Scope, calls: Calls) -> None:
    asked = [p for p in scope.programs if not p.provider.profile.isdisjoint(fields)]
    calls.each(number * max((p.provider.most_calls.person for p in asked), default=0))
    boards = frozenset(p.key for p in asked if p.provider.board_tells_profiles)
    calls.once(Read.TOP_REFERRERS, number, boards)


def _read_tiers(asked: Asked, number: int = 1) -> None:
    able = asked.programs & asked.scope.having(Capability.TIERS)
    asked.calls.once(Read.TIERS, asked.times * number, able)


def _read_or_walk(asked: Asked, read: Read, capability: Capability) -> None:
    native = asked.programs & asked.scope.doing(capability)
    asked.calls.once(read, asked.times, native)
    _walk_referrals(asked, asked.times, asked.programs - native)


def _walk_referrals(asked: Asked, times: int, programs: frozenset[str]) -> None:
    asked.calls.once(Read.WALK_OF_REFERRALS, times, programs, asked.scope.walk_pages)


def _length(asked: Asked, argument: str) -> int:
    """How many are asked for; none where that is refused."""
    length = asked.arguments.get(argument)
    if length is None:
        return DEFAULT_PAGE
    return length if 0 <= length <= LARGEST_PAGE else 0


def _filter(given: Mapping[str, Any]) -> ReferralFilter:
    """The conditions as the list takes them. Raises GatewayError for those that it refuses."""
    referrer = given.get("referrerId")
    search = given.get("search") or ""
    return ReferralFilter(
        status=given.get("status"),
        search=search.strip() or None,
        referred_from=given.get("referredFrom"),
        referred_to=given.get("referredTo"),
        referrer=None if referrer is None else PersonKey(*ids.decode(referrer)[1:]),
    )
