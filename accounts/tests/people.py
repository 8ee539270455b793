"""What the tests of accounts share."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from rest_framework.test import APIClient

PASSWORD = "kapal-layar-biru-7"  # noqa: S105
NEW_PASSWORD = "gunung-hijau-tinggi-9"  # noqa: S105


def with_password(user, password=PASSWORD):
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def login(email, password=PASSWORD, **headers):
    return APIClient().post(
        "/api/auth/login", {"email": email, "password": password}, format="json", **headers
    )


def bearer(token) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def insist(call):
    """Call until the door is free, as somebody does who is told to try again; return the answer."""
    while (answer := call()).status_code == 429 and answer.json()["code"] == "too_many_requests":
        time.sleep(0.02)
    return answer


def at_once(call, inputs) -> list:
    """Call `call` with each input from its own thread, all starting together."""
    inputs = list(inputs)
    together = threading.Barrier(len(inputs))

    def run(value):
        try:
            connection.ensure_connection()
            together.wait(timeout=60)
            return call(value)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(inputs)) as crowd:
        return list(crowd.map(run, inputs))
