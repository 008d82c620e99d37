"""The GraphQL schema: types over the model, and the resolvers that fill them."""

from functools import cache

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig

from gateway.schema.incentives import INCENTIVES
from gateway.schema.mutation import Mutation
from gateway.schema.query import Query
from gateway.schema.scalars import SCALARS
from gateway.schema.user_errors import USER_ERRORS

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[*INCENTIVES, *USER_ERRORS],
    # @defer and @stream.
    config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
)

# Strawberry checks @oneOf by a rule of its own executor, which does not run here; the engine has
# its own, for the types that say so.
for _type in schema._schema.type_map.values():
    if isinstance(_type, GraphQLInputObjectType):
        _type.is_one_of = _type.extensions["strawberry-definition"].is_one_of


@cache
def schema_text() -> str:
    """The schema in the schema definition language, as it stands in `schema.graphql`."""
    return schema.as_str() + "\n"
