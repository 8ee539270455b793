"""The words and formats of the tester's pages."""

from django import template

register = template.Library()
