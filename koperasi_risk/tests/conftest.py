"""Callers of the risk engine over HTTP and people at their desks, as its tests speak to them."""

import json
from dataclasses import dataclass, field

import pytest
from rest_framework.test import APIClient

from koperasi_risk.tests.factories import a_person

PREFIX = "/api/koperasi/risk/"


@dataclass
class Engine:
    """One caller: `engine.post("score", {"member_id": 1})`. Headers are given as `client` wants them."""

    client: APIClient
    tenant: int | str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more):
        return self.call("GET", path, **more)

    def post(self, path: str, body, **more):
        return self.call("POST", path, body, **more)

    def delete(self, path: str, **more):
        return self.call("DELETE", path, **more)

    def call(self, method: str, path: str, body=b"", *, prefix=PREFIX, content_type=None, **more):
        """Call with a body that is sent as it is, or written as JSON."""
        said = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {"X-Tenant-ID": str(self.tenant)} if self.tenant is not None else {}
        kind = content_type if content_type is not None else "application/json" if said else ""
        headers = own | self.headers | more.pop("headers", {})
        return self.client.generic(method, prefix + path, said, kind, headers=headers, **more)


@pytest.fixture
def engine(api, wayan, mekar) -> Engine:
    """Wayan, who has every role in `mekar`, calls."""
    return Engine(api(wayan), mekar.pk)


@pytest.fixture
def caller(api):
    """Return a function that makes somebody a caller: `caller(person, tenant)`."""

    def as_person(person=None, tenant=None) -> Engine:
        return Engine(api(person), getattr(tenant, "pk", tenant))

    return as_person


@pytest.fixture
def at(client, mekar):
    """Return a browser of somebody who has these roles in Mekar."""

    def signed_in(*roles):
        client.force_login(a_person("Tono", mekar, *roles))
        return client

    return signed_in
