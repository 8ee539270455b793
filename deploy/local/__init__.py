"""
One copy of the product on one machine: `make demo`, `make test` and their neighbours.

`__main__` reads the command, `install` makes `.venv`, `environment` keeps the copy's secrets and
addresses, `postgres`, `redis` and `paylabs` are its private servers, `product` is the product itself, and
`processes` starts and stops all of them. Until `.venv` exists only the standard library is used.
"""
