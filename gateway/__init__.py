"""One GraphQL API over the referral programs of several providers."""
