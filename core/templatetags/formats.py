"""Values in templates, as people read them: `{{ amount|rupiah }}`."""

from django import template

from core.formats import (
    angka,
    baris,
    dalam,
    dalam_singkat,
    jam,
    kapan,
    persen,
    rupiah,
    rupiah_singkat,
    sumbu,
    tanggal,
)

register = template.Library()
for written in (
    angka,
    baris,
    dalam,
    dalam_singkat,
    jam,
    kapan,
    persen,
    rupiah,
    rupiah_singkat,
    sumbu,
    tanggal,
):
    register.filter(written)
