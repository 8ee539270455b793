"""
Qwen, played: a real HTTP server that speaks the chat API's wire and words the facts it is sent.

`server` listens, `behaviours` make it go wrong on purpose, `wording` writes the answers. Nothing outlives
the process.
"""
