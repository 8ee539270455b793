"""Somebody with a browser, and everything that is wrong with what they see."""

import gzip
import re
from functools import cache
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from config.tests.messages import PLACEHOLDER
from config.tests.test_language import catalogue

CHROMIUM = Path("/usr/bin/chromium")
# Every module of browser tests is marked so.
IN_A_BROWSER = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
    pytest.mark.django_db(transaction=True),
]
WIDTHS = [1366, 768, 360]
# One after another, for pages of which none needs them all.
LOOKS = [
    ("light", 1366),
    ("dark", 360),
    ("light", 768),
    ("dark", 1366),
    ("light", 360),
    ("dark", 768),
]
PASSWORD = "kuda-laut-berjemur-42-kali"
PAGE_BYTES = 120_000
HEAR_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""
# What people read or hear; what others wrote, names and codes are nobody's to translate.
READ_TEXTS = """() => {
  const foreign = "script, style, code, .code, textarea, [lang]:not(html):not([lang=id]), [data-theirs], .material-symbols-outlined";
  const texts = [document.title.split(" · ")[0]];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest(foreign)) texts.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (element.closest(foreign)) continue;
    texts.push(...["aria-label", "title", "placeholder", "alt"].map((name) => element.getAttribute(name)));
  }
  return [...new Set(texts.filter(Boolean).map((text) => text.replace(/\\s+/g, " ").trim()))].filter(Boolean);
}"""
# Words that no Indonesian sentence holds; several of our terms (status, total, data) are the same in both.
ENGLISH = re.compile(
    r"\b(the|and|of|is|are|was|were|has|have|your|you|with|from|not|this|that|for|will|by|yet|new"
    r"|loan|loans|amount|since|until|days|month|months|show|save|submit|search|sales|next)\b",
    re.IGNORECASE,
)
# Labels of others' that stay as they are, and the name of the language.
AS_IN_ENGLISH = {"Email", "English"}
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# The size of what can be pressed is the back office's theme's.
AXE_OF_THE_THEME = AXE | {"runOnly": AXE["runOnly"][:-1]}
SCROLL = "document.documentElement.scrollWidth - innerWidth"
SCROLL_SOON = f"""() => new Promise((tell) => {{
  requestAnimationFrame(() => requestAnimationFrame(() => tell({SCROLL})));
}})"""
TOO_WIDE = """
[...document.body.querySelectorAll("*")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map((each) => each.outerHTML.slice(0, 160))
"""
CONTRAST = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations"],
}


class Visitor:
    """Somebody with a browser, and everything that went wrong in it."""

    def __init__(self, context, address: str):
        self.address = address
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.add_init_script(HEAR_VIOLATIONS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._watch)

    def _hear(self, message) -> None:
        # The browser also reports the status of a refused page, which is not an error of ours.
        if message.type == "error" and message.location.get("url") != self.page.url:
            self.complaints.append(f"{self.page.url} console: {message.text}")

    def _watch(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"http://{parts.netloc}" != self.address:
            self.complaints.append(f"asked {request.url}")

    def open(self, path: str, *, scheme: str = "light", width: int = 1366):
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        return self.page.goto(self.address + path)

    def come_in(self, person: User) -> None:
        """Be signed in already, without the form."""
        client = Client()
        client.force_login(person)
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": self.address}
        self.page.context.add_cookies([cookie])

    def sign_in(self, person: User) -> None:
        person.set_password(PASSWORD)
        person.save()
        self.open("/accounts/login/")
        self.page.fill("[name=login]", person.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main form button.primary")
        self.page.wait_for_url(lambda url: "/accounts/" not in url)

    def inspect(self, paths: list[str], *, rules: dict = AXE) -> None:
        """Look at each page, light and dark and in each width, and note what is wrong."""
        for path in paths:
            self.open(path)
            self._judge(f"{path} light 1366", rules)
            self._read(path)
            for width in WIDTHS:
                self._measure(f"{path} light {width}", width=width)
            self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            # Colours that fade over would be judged halfway.
            self.page.evaluate("document.getAnimations().forEach((each) => each.finish())")
            self._judge(f"{path} dark 360", CONTRAST)

    def glance(self, paths: list[str]) -> None:
        """Look at pages in the form that goes wrong first: on a phone, in the dark."""
        for path in paths:
            self.open(path, scheme="dark", width=360)
            self._measure(f"{path} dark 360", width=360)
            self._judge(f"{path} dark 360", AXE)
            self._read(path)

    def stroll(self, paths: list[str], *, rules: dict = AXE) -> None:
        """Look at pages once, each in another light and width than the one before."""
        for path, (scheme, width) in zip(paths, cycle(LOOKS), strict=False):
            self.open(path, scheme=scheme, width=width)
            self.look(f"{path} {scheme}", rules=rules)

    def look(self, where: str, *, rules: dict = AXE) -> None:
        """Note what is wrong with the page as it stands, in each width."""
        # What it asks for by itself belongs to it.
        self.page.wait_for_selector(".htmx-request", state="detached")
        width = self.page.viewport_size["width"]
        self._judge(f"{where} {width}", rules)
        self._read(where)
        for each in [*WIDTHS, width]:
            self._measure(f"{where} {each}", width=each)

    def _measure(self, where: str, *, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})
        scroll = self.page.evaluate(SCROLL)
        # The theme folds what does not fit when it hears of the new size, which is a frame later.
        if scroll > 0 and (scroll := self.page.evaluate(SCROLL_SOON)) > 0:
            wide = " | ".join(self.page.evaluate(TOO_WIDE))
            self.complaints.append(f"{where}: scrolls {scroll} pixels sideways: {wide}")
        violations = self.page.evaluate("window.violations.splice(0)")
        self.complaints += [f"{where}: policy {violation}" for violation in violations]

    def _judge(self, where: str, rules: dict) -> None:
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page, options=rules).response["violations"]
        for violation in found:
            if violation["impact"] in ("serious", "critical"):
                nodes = " | ".join(node["html"][:160] for node in violation["nodes"][:3])
                self.complaints.append(f"{where}: {violation['id']}: {nodes}")

    def _read(self, path: str) -> None:
        if self.page.get_attribute("html", "lang") != "id":
            self.complaints.append(f"{path}: does not speak Indonesian")
        for text in self.page.evaluate(READ_TEXTS):
            if why := english_in(text):
                self.complaints.append(f"{path}: English ({why}): {text[:120]!r}")

    def weigh(self, path: str) -> int:
        """Return how many bytes a first visit takes over the wire, compressed."""
        responses = []
        self.page.on("response", lambda response: responses.append(response))
        self.open(path)
        self.page.wait_for_load_state("networkidle")
        return sum(
            len(gzip.compress(response.body())) for response in responses if response.status == 200
        )


def english_in(text: str) -> str:
    """
    Say why a text is English: it is a source string of ours, or holds a word of that language.

    >>> english_in("Belum ada skor"), english_in("No score yet"), english_in("Score of 7 as of Monday")
    ('', 'No score yet', 'of')
    """
    if text in untranslated():
        return text
    # A word alone may be a code, such as `loan.made`.
    found = ENGLISH.search(text) if " " in text else None
    return found.group() if found else ""


@cache
def untranslated() -> frozenset[str]:
    """Return our source strings that read otherwise in Indonesian, without those that have holes."""
    found, indonesian = set(), set()
    for entry in catalogue():
        sources = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        words = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        indonesian |= set(words)
        found |= {text for text in sources if text and not PLACEHOLDER.search(text)}
    # Some are translations of others: "Limit" and "Status" are Indonesian, too.
    return frozenset(found - indonesian - AS_IN_ENGLISH)
