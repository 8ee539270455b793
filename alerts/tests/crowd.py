"""Many at once: threads that start together, each with a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(count: int, deed: Callable[[int], object]) -> list:
    """Call `deed(number)` in so many threads at once; return what each returned or raised."""
    together = threading.Barrier(count)

    def run(number: int):
        together.wait()
        try:
            return deed(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as people:
        return list(people.map(run, range(count)))
