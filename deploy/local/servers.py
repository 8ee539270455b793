"""PostgreSQL, Redis, Paylabs and Qwen around a piece of work, each unless the environment names another."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from deploy.local import paylabs, postgres, processes, qwen, redis
from deploy.local.environment import (
    LOCAL_ENV,
    Copy,
    Problem,
    for_children,
    given,
    hold,
    read_env,
    write_local_env,
)

LOCK, GUESTS = "launcher.lock", "guests.lock"


@contextmanager
def servers(
    copy: Copy, *, durable: bool = True, gateway: bool = False
) -> Iterator[tuple[dict, list[processes.Child]]]:
    """
    Run the copy's servers and give the children's environment and the servers started.

    With `gateway`, the simulators of Paylabs and Qwen are among them. They leave in the reverse of the order in which
    they came, all after everything that the caller started and stopped.
    """
    own_postgres = None if "DATABASE_URL" in given() else postgres.prepare(copy)
    own_redis = None if "REDIS_URL" in given() else redis.prepare(copy)
    addresses = {}
    if own_postgres:
        addresses["DATABASE_URL"] = own_postgres.url(postgres.APP)
        addresses["MIGRATION_DATABASE_URL"] = own_postgres.url(postgres.OWNER)
    if own_redis:
        addresses["REDIS_URL"] = own_redis
    own_paylabs = paylabs.prepare(copy) if gateway else {}
    own_qwen = qwen.prepare(copy) if gateway else {}
    environment = for_children(copy, write_local_env(copy, addresses | own_paylabs | own_qwen))
    with ExitStack() as stack:
        started = []
        if own_paylabs:
            started.append(paylabs.start(copy, environment))
            stack.callback(processes.stop, [started[-1]])
        if own_qwen:
            started.append(qwen.start(copy, environment))
            stack.callback(processes.stop, [started[-1]])
        if own_postgres:
            started.append(postgres.start(own_postgres, durable=durable))
            stack.callback(processes.stop, [started[-1]])
        if own_redis:
            started.append(redis.start(copy, own_redis))
            stack.callback(processes.stop, [started[-1]])
        if own_paylabs:
            paylabs.wait(own_paylabs["PAYLABS_BASE_URL"], started[0])
        yield environment, started


@contextmanager
def shared_servers(copy: Copy) -> Iterator[dict]:
    """
    Give the environment of the copy's servers: those that run already, or new ones.

    Whoever started them stays until the last guest has left.
    """
    lock = hold(copy.var_dir / LOCK)
    if lock is None:
        with hold(copy.var_dir / GUESTS, shared=True, wait=True):
            yield _environment_of_running(copy)
        return
    with lock, servers(copy, gateway=True) as (environment, _):
        yield environment
        if not (alone := hold(copy.var_dir / GUESTS)):
            print("Others still use these servers; waiting for them.", flush=True)
            alone = hold(copy.var_dir / GUESTS, wait=True)
        alone.close()


def _environment_of_running(copy: Copy) -> dict:
    """Read what the running launcher wrote; it may still be starting its servers."""
    import psycopg

    deadline = time.monotonic() + postgres.START_SECONDS
    while True:
        environment = for_children(copy, read_env(copy.var_dir / LOCAL_ENV))
        with suppress(KeyError, psycopg.OperationalError):
            psycopg.connect(environment["DATABASE_URL"], connect_timeout=3).close()
            return environment
        if time.monotonic() > deadline:
            raise Problem(
                f"The copy in {copy.var_dir} is running, but its PostgreSQL does not answer."
            )
        time.sleep(0.2)
