"""What several processes and machines share, by way of a Redis or Valkey server.

Everything here gives way: when the server cannot be used, each process goes on from its own
memory, and nobody is told of an error. Only `connection.py` knows the client; it is an extra of
the package, so that nothing imports it where nothing is shared.
"""
