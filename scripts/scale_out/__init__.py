"""Shows what several gateways share: two of them, one server, a sandbox a vendor, and a load.

It prints that the allowance they share held, that a change through one is seen through the other,
and that one of them can be killed. See docs/sharing.md.
"""
