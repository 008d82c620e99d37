"""Running GraphQL operations: text in, data and errors out. No HTTP in here."""
