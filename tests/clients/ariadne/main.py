"""What ariadne-codegen made of `operations.graphql`, against the server at that address.

Prints what came of the tour.
"""

import json
import sys

from graphql_client import Client
from graphql_client.input_types import DiscountInput, TierCreateInput, TierUpdateInput

client = Client(sys.argv[1])

programs = client.programs().programs
referrals = []
after = None
pages = 0
has_more = True
while has_more:
    page = client.referrals(first=64, after=after).referrals
    referrals += [(edge.node.program.key, edge.node.provider_id) for edge in page.edges]
    after, has_more = page.page_info.end_cursor, page.page_info.has_next_page
    pages += 1

program_id = next(program.id for program in programs if program.provider.name == "Pixlpay")
gold = TierCreateInput(name="Gold", referralsRequired=25, reward=DiscountInput(percent="12.50"))
created = client.create_tier(program_id, gold).tier_create
changes = TierUpdateInput(name="Golden", isActive=False)
updated = client.update_tier(created.tier.id, changes).tier_update
wrong = gold.model_copy(update={"coupon_validity_days": 400})
refused = client.create_tier(program_id, wrong).tier_create
print(
    json.dumps(
        {
            "programs": [program.key for program in programs],
            "referrals": referrals,
            "pages": pages,
            "reward": created.tier.reward.model_dump(mode="json", by_alias=True),
            "name": updated.tier.name,
            "errors": [
                {"__typename": error.typename__, "field": error.field} for error in refused.errors
            ],
        }
    )
)
