"""Long lists: any page of a million sales, and the streamed export."""

import time

from bench import data
from bench.report import Table
from bench.servers import call, sign_in, web_server


def million_sales(sales: int = 1_000_000) -> Table:
    """Time first, middle and last page, and the export, of one merchant's `sales` sales."""
    shop = data.merchant_with_sales(sales)
    table = Table("long-lists", ["what", "ms", "bytes"])
    with web_server() as server:
        token = sign_in(server, email=shop.owner.email, password=data.PASSWORD)
        pages = sales // 20
        paths = {
            "page 1": "/api/transactions?page=1",
            "middle page": f"/api/transactions?page={pages // 2}",
            "last page": f"/api/transactions?page={pages}",
            "last page, filtered": f"/api/transactions?status=Success&page={pages}",
            "search": "/api/transactions?search=kopi",
            "export": "/api/transactions/export.csv",
        }
        for name, path in paths.items():
            line = server.connect()
            call(line, "GET", "/api/transactions", token=token)
            started = time.perf_counter()
            status, body = call(line, "GET", path, token=token)
            milliseconds = (time.perf_counter() - started) * 1000
            table.add(what=f"{name} ({status})", ms=milliseconds, bytes=len(body))
        table.notes.append(
            f"web processes' memory after the export: {_memory(server):.0f} MB in all"
        )
    return table


def _memory(server) -> float:
    import psutil

    first = psutil.Process(server.process.pid)
    return sum(p.memory_info().rss for p in [first, *first.children(recursive=True)]) / 2**20
