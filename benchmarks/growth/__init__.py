"""How the gateway's cost grows with what it is given."""
