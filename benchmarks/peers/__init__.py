"""What a user would pick instead, answering the same questions over the same upstream."""
