"""D9: keys change while people read and write, and a stored value with one bit changed is no value."""

import base64
import json
import random
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from proof.arena import Arena
from proof.caller import BROKEN, Caller, Shop, new_shop, sign_in
from proof.ledger import cash_sale
from proof.report import Report

NAME = "rotation"
GOAL = "keys change while people read and write: no read fails, every value ends under the new key"
SIZES = {
    "small": {"rows": 300, "shops": 2, "flips": 2_000},
    "large": {"rows": 100_000, "shops": 12, "flips": 20_000},
}
ROTATION_SECONDS = 600


def run(arena: Arena, *, seed: int, rows: int, shops: int, flips: int) -> Report:
    begun = time.monotonic()
    report = Report(NAME, GOAL, seed, {"rows": rows, "shops": shops, "flips": flips})
    inside(arena, f"fill({rows})")
    done = arena.copy.var_dir / "rotation.done"
    done.unlink(missing_ok=True)
    people = People(arena, random.Random(seed), shops)
    with ThreadPoolExecutor(shops + 3) as pool:
        reader = pool.submit(inside, arena, f"read({rows}, {seed}, {str(done)!r})")
        writer = pool.submit(inside, arena, f"write({rows}, {seed}, {str(done)!r})")
        visits = [pool.submit(people.go_on, shop) for shop in people.shops]
        try:
            _change_data_key(arena, report)
            # They know the wrapping keys that they began with.
            done.touch()
            read, saved = reader.result(), writer.result()["saved"]
            _change_wrapping_key(arena)
        finally:
            done.touch()
            people.closing.set()
        for visit in visits:
            visit.result()
    report.figures |= {
        "rows": rows,
        "reads beside it": read["reads"] + people.reads,
        "saves beside it": len(saved) + people.writes,
    }
    report.expect(not read["errors"], f"readers stumbled: {read['errors']}")
    report.expect(not read["wrong"], f"{read['wrong']} reads said something else")
    report.failures += people.failures[:10]
    _judge(arena, saved, report)
    tampered = inside(arena, f"tamper({flips}, {seed})")
    report.figures["flips refused"] = flips - tampered["read"] - len(tampered["errors"])
    report.expect(not tampered["read"], f"{tampered['read']} changed values were read")
    report.expect(not tampered["errors"], f"changed values broke the reader: {tampered['errors']}")
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def inside(arena: Arena, call: str) -> dict:
    """Run one function of `proof.sealed` in a process of the product; return what it says."""
    name = call.partition("(")[0]
    result = arena.manage("shell", "-v", "0", "-c", f"from proof.sealed import {name}; {call}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def _change_data_key(arena: Arena, report: Report) -> None:
    """Make a new data key and put every value under it."""
    time.sleep(2)
    started = time.monotonic()
    words = arena.manage("rotate_keys").stdout
    seconds = time.monotonic() - started
    report.figures["rotation, s"] = round(seconds, 1)
    report.expect(seconds < ROTATION_SECONDS, f"rotate_keys took {seconds:.0f} s: {words[-300:]}")
    # Whoever wrote under the old key before it heard of the new one.
    heard = int(arena.env.get("DATA_KEY_REFRESH_SECONDS", 30)) + 1
    time.sleep(max(0.0, heard - seconds))
    arena.manage("rotate_keys", "--resume")


def _change_wrapping_key(arena: Arena) -> None:
    """Give every process the new key beside the old one, wrap anew, take the old one away."""
    old = arena.env["ENCRYPTION_KEYS"]
    new = f"k{secrets.token_hex(3)}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    for keys in (f"{new},{old}", new):
        arena.env["ENCRYPTION_KEYS"] = keys
        for name in ("web", "worker"):
            arena.restart(name)
        arena.wait_until_ready()
        arena.manage("rotate_keys", "--wrapping")


def _judge(arena: Arena, saved: list[int], report: Report) -> None:
    path = arena.copy.var_dir / "rotation.saved"
    path.write_text(json.dumps(saved))
    judged = inside(arena, f"judge({str(path)!r})")
    report.figures |= {"values under old keys": judged["left"], "read errors": judged["errors"]}
    report.expect(not judged["errors"], f"{judged['errors']} rows cannot be read")
    report.expect(not judged["wrong"], f"{judged['wrong']} rows lost what was saved last")
    report.expect(not judged["left"], f"{judged['left']} values still lie under an old key")


class People:
    """Merchants who look at their profile and repeat their calls, all the time."""

    def __init__(self, arena: Arena, rng: random.Random, count: int):
        self.arena, self.rng = arena, rng
        self.closing, self._lock = threading.Event(), threading.Lock()
        self.reads = self.writes = 0
        self.failures: list[str] = []
        self.shops = [new_shop(rng) for _ in range(count)]
        caller = Caller(arena.address)
        for shop in self.shops:
            caller.call("POST", "/api/auth/register", shop.registration())
        caller.close()

    def go_on(self, shop: Shop) -> None:
        caller, rng = Caller(self.arena.address), random.Random(shop.password)
        caller.token = sign_in(caller, shop)
        wanted = shop.registration()
        while not self.closing.is_set():
            self._read(caller, wanted)
            self._sell_twice(caller, cash_sale(rng, shop))
            time.sleep(0.05)
        caller.close()

    def _read(self, caller: Caller, wanted: dict) -> None:
        answer = caller.call("GET", "/api/merchant/profile")
        if answer.status == BROKEN:
            return
        said = answer.json["data"]["user"] if answer.status == 200 else {}
        own = (said.get("phoneNumber"), said.get("address"))
        self._note(
            own == (wanted["phoneNumber"], wanted["address"]), f"profile: {answer.status} {own}"
        )

    def _sell_twice(self, caller: Caller, sale) -> None:
        """The answer is stored encrypted; a repeat is the same bytes."""
        first = caller.call("POST", sale.path, sale.body, key=sale.key)
        again = caller.call("POST", sale.path, sale.body, key=sale.key)
        if BROKEN in (first.status, again.status) or 409 in (first.status, again.status):
            return
        with self._lock:
            self.writes += 1
        text = f"sale: {first.status}, again {again.status} {again.body[:200]!r}"
        self._note(first.status == again.status == 201 and first.body == again.body, text)

    def _note(self, is_right: bool, failure: str) -> None:
        with self._lock:
            self.reads += 1
            if not is_right:
                self.failures.append(failure)
