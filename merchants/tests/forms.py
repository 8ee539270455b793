from rest_framework.test import APIClient

PASSWORD = "kapal-layar-biru-7"  # noqa: S105


def a_form(**overrides) -> dict:
    form = {
        "email": "dewi@example.com",
        "password": PASSWORD,
        "companyName": "Toko Melati",
        "fullName": "Dewi Lestari",
        "city": "Bandung",
        "address": "Jl. Cempaka 12",
        "phoneNumber": "0812-3456-7890",
    }
    return form | overrides


def register(form=None, **headers):
    return APIClient().post("/api/auth/register", form or a_form(), format="json", **headers)
