"""The GraphQL schema: types over the model, and the resolvers that fill them."""

import strawberry
from graphql import GraphQLError, GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gateway.schema.incentives import INCENTIVES
from gateway.schema.mutation import Mutation
from gateway.schema.query import Query
from gateway.schema.scalars import SCALARS
from gateway.schema.user_errors import USER_ERRORS


class Schema(strawberry.Schema):
    """Strawberry's, but silent: errors are told to the caller and logged by the endpoint, which
    knows what may be told."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing: a message could hold a secret."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    types=[*INCENTIVES, *USER_ERRORS],
    config=StrawberryConfig(scalar_map=SCALARS),
)

# Strawberry checks @oneOf by a rule of its own executor, which does not run here; the engine has
# its own, for the types that say so.
for _type in schema._schema.type_map.values():
    if isinstance(_type, GraphQLInputObjectType):
        _type.is_one_of = _type.extensions["strawberry-definition"].is_one_of
