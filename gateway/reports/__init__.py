"""Figures over several programs: added up, ranked, laid out by day. No GraphQL in here."""
