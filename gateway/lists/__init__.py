"""Lists over several programs: asked in turns, paged by one cursor. No GraphQL in here."""
