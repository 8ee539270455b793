"""
The door to the AI. It words facts that the product computed; it decides nothing and invents nothing.

`words` returns a text that passed every check, or none yet, and asks for it then; it never calls anybody.
A worker asks (`writing`), through a client that ends in time (`client`) and a breaker that spares a sick
server (`breaker`). `checks` and `numbers` read each answer before anybody else does.
"""

from core.ai.texts import OFF, Words, is_on, opine, words

__all__ = ["OFF", "Words", "is_on", "opine", "words"]
