"""What is known of people, and where to look for what is not. No GraphQL in here."""
