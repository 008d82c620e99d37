"""What the emulated vendor APIs share: people, faults, throttling and serving over real HTTP.

For demonstrations and tests. Nothing here knows the adapters proper: a sandbox is an independent
opinion of what its vendor answers.
"""
