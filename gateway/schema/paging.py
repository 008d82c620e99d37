"""Where a page of a connection stands."""

import strawberry

from gateway.schema.describing import field


@strawberry.type(
    description="Information about a page of a connection. Connections go forward only."
)
class PageInfo:
    has_next_page: bool = field(
        "Whether more can be fetched with `endCursor`; also true while a program that "
        "failed keeps its place."
    )
    has_previous_page: bool = field("Whether this page was asked for with a cursor.")
    start_cursor: str | None = field("The cursor of the first item; null on an empty page.")
    end_cursor: str | None = field(
        "Where to go on. Set whenever `hasNextPage` is true, also on an empty page."
    )
