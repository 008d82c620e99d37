"""What the gateway costs, beside others that answer the same questions: `make bench`."""
