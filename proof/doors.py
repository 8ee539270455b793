"""Every door of the product as a target: of the API by its document, of the pages by walking through them."""

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from proof.caller import Caller, Shop, sign_in
from proof.hostile import Target
from proof.schema import (
    KOPERASI_ROLES,
    RESULTS,
    ROLES,
    home_of,
    place_of,
    sample_for,
    samples_of,
)

PEOPLE = {**ROLES, "operator": Shop("operator@saksama.example", "OperatorPass123")}
# Values that a door wants beyond what the document says of them.
WANTED = {
    "email": "nobody@example.com",
    "password": "kapal-layar-biru-7",
    "phoneNumber": "+6281234567890",
    "amount": 15000,
    "type": "CASH",
    "price": 1000,
    "unitPrice": 1000,
}
# Nobody links to these.
LINKS_OF_MAILS = [("accounts/password/reset/key/1-abc-def/", ("password1", "password2"))]
_MOST_PAGES = 40
_CODE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{32}\b|\b[0-9]+\b")


# ── The API ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Known:
    """What makes doors open: codes of what is there, tokens by role, and where a koperasi's people stand."""

    samples: dict[str, str | int]
    tokens: dict[str, str]
    place: dict[str, str]

    @classmethod
    def at(cls, address: str) -> "Known":
        return cls(samples_of(address), tokens_of(address), place_of(address))

    def credentials(self, role: str) -> tuple[tuple[str, bytes], ...]:
        if role not in self.tokens:
            return ()
        place = self.place if role in KOPERASI_ROLES else {}
        said = {"Authorization": f"Bearer {self.tokens[role]}", **place}
        return tuple((name, value.encode()) for name, value in said.items())


def of_the_api(document: dict, known: Known) -> list[Target]:
    """Turn each operation of the OpenAPI document into a target, with a body that it would take."""
    return [
        _operation(document, path, method, operation, known)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def _operation(document: dict, path: str, method: str, operation: dict, known: Known) -> Target:
    role = home_of(path, operation)
    sample = str(sample_for(path, known.samples) or "x")
    body = operation.get("requestBody", {}).get("content", {})
    kind = "multipart" if "multipart/form-data" in body else "json"
    drawn = body.get("application/json", {}).get("schema", {})
    fields = _example(document, drawn, "") if drawn else {}
    if "member_id" in fields:
        fields["member_id"] = known.samples[RESULTS]
    return Target(
        method=method.upper(),
        path=re.sub(r"\{\w+\}", sample, path),
        holes=(sample,) if "{" in path else (),
        query=tuple(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"),
        fields=fields,
        kind=kind,
        enveloped=_is_enveloped(operation),
        bare=_is_bare(document, operation),
        credentials=known.credentials(role),
        role=role,
    )


def _is_enveloped(operation: dict) -> bool:
    """A gateway is answered in its own words."""
    contents = [answer.get("content", {}) for answer in operation["responses"].values()]
    drawn = [each["application/json"]["schema"] for each in contents if "application/json" in each]
    return not any("Acknowledgement" in schema.get("$ref", "") for schema in drawn)


def _is_bare(document: dict, operation: dict) -> bool:
    """Some answer what they found as it is, and refusals in the envelope."""
    found = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    contents = [answer.get("content", {}).get("application/json") for answer in found]
    drawn = [_found(document, content["schema"]) for content in contents if content]
    return any("success" not in schema.get("properties", {}) for schema in drawn)


def _found(document: dict, schema: dict) -> dict:
    if "$ref" not in schema:
        return schema
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _example(document: dict, schema: dict, name: str):
    """Return a value that a schema allows."""
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            schema = schema[several][0]
    schema = _found(document, schema)
    if name in WANTED:
        return WANTED[name]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        members = schema.get("properties", {})
        return {each: _example(document, drawn, each) for each, drawn in members.items()}
    if kind == "array":
        return [_example(document, schema["items"], "")]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return {"date": "2026-03-02", "uuid": "00000000-0000-4000-8000-000000000000"}.get(
        schema.get("format"), "contoh"
    )


# ── The pages ──────────────────────────────────────────────────────────────────────────


def of_the_pages(address: str) -> list[Target]:
    """Walk through the pages as each role and turn pages and forms into targets."""
    found: dict[tuple, Target] = {}
    for role, person in PEOPLE.items():
        visitor = Visitor(address, role)
        visitor.enter(person)
        for target in visitor.walk():
            found.setdefault((target.method, _CODE.sub("#", target.path), target.role), target)
    return list(found.values())


class Visitor:
    """Somebody with a browser's cookies."""

    def __init__(self, address: str, role: str):
        self.place, self.role = urlsplit(address).netloc, role
        self.cookies: dict[str, str] = {}

    def enter(self, person: Shop | None) -> None:
        """Take a cookie for forms, and sign in. Raises RuntimeError when the door stays shut."""
        self.ask("GET", "/accounts/login/")
        if person is None:
            return
        fields = {"login": person.email, "password": person.password} | self._proof()
        self.ask("POST", "/accounts/login/", urlencode(fields))
        if "sessionid" not in self.cookies:
            raise RuntimeError(f"no session for the {self.role}")

    def walk(self) -> Iterator[Target]:
        """Yield a target for each page that can be reached from the start, and for each form on it."""
        waiting, seen = ["/", "/accounts/login/", "/accounts/password/reset/"], set()
        for link, names in LINKS_OF_MAILS:
            yield self._target("POST", f"/{link}", dict.fromkeys(names, "x"), ())
        while waiting and len(seen) < _MOST_PAGES:
            path, _, query = waiting.pop(0).partition("?")
            if (shape := _CODE.sub("#", path)) in seen or "logout" in path:
                continue
            seen.add(shape)
            status, kind, text = self.ask("GET", path + (f"?{query}" if query else ""))
            if kind.startswith("redirect "):
                waiting.append(kind.removeprefix("redirect "))
            if status != 200 or "html" not in kind:
                continue
            page = _Page(path)
            page.feed(text)
            waiting += page.links
            asked = {name for each in (query, *page.queries) for name, _ in parse_qsl(each)}
            yield self._target("GET", path, {}, tuple(sorted(asked | page.asked())))
            for action, fields in page.posted():
                if "logout" not in action:
                    yield self._target("POST", action, fields, ())

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Ask for a page; keep its cookies. Returns status, content type or redirect, and text."""
        connection = http.client.HTTPConnection(self.place, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self._cookie()}
        connection.request(method, quote(path, safe="/?=&%:#;,+@~-._"), body, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        for header in answer.headers.get_all("Set-Cookie", []):
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        if location := answer.headers.get("Location"):
            return answer.status, f"redirect {location}", text
        return answer.status, answer.headers.get("Content-Type", ""), text

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _proof(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}

    def _target(self, method: str, path: str, fields: dict, query: tuple) -> Target:
        parts = [part for part in path.split("/") if part]
        return Target(
            method=method,
            path=path,
            holes=tuple(parts[-1:]),
            query=query,
            fields=fields | self._proof() if method == "POST" else {},
            kind="form",
            credentials=(("Cookie", self._cookie().encode()),),
            role=self.role,
        )


class _Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.queries: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "a" and (link := said.get("href")):
            self._link(link)
        elif tag == "form":
            action = urljoin(self.path, said.get("action") or self.path)
            self.forms.append((said.get("method", "get").lower(), action, {}))
        elif tag in ("input", "select", "textarea", "button") and self.forms and said.get("name"):
            self.forms[-1][2].setdefault(said["name"], said.get("value") or "x")

    def _link(self, link: str) -> None:
        place = urlsplit(urljoin(self.path, link))
        if place.netloc or not place.path.startswith("/") or place.path.startswith("/static/"):
            return
        if place.path == self.path:
            self.queries.append(place.query)
        self.links.append(place.path + (f"?{place.query}" if place.query else ""))

    def asked(self) -> set[str]:
        return {name for method, _, fields in self.forms if method == "get" for name in fields}

    def posted(self) -> list[tuple[str, dict[str, str]]]:
        return [
            (action.partition("?")[0], {n: v for n, v in fields.items() if "csrf" not in n})
            for method, action, fields in self.forms
            if method == "post"
        ]


def tokens_of(address: str) -> dict[str, str]:
    """Sign everybody in to the API."""
    return {role: sign_in(Caller(address), person) for role, person in ROLES.items() if person}
