"""What every provider must keep to, as tests over its own sandbox; needs pytest.

`pytest --pyargs adapters.contract -k acme` runs them over the installed provider `acme`, in this
repository or in the environment of a package of its own.
"""
