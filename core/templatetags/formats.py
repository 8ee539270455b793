"""Values in templates, as people read them: `{{ amount|rupiah }}`."""

from django import template

from core.formats import angka, jam, kapan, persen, rupiah, tanggal

register = template.Library()
for written in (angka, jam, kapan, persen, rupiah, tanggal):
    register.filter(written)
