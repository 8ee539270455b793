"""
Paylabs, played: a real HTTP server that speaks the gateway's wire, and pages on which a tester pays.

`wire` is what the product calls, `pages` what a tester sees, `control` what a test drives; all three
act through `orders`, which keeps them in `store`. `callbacks` are written here and sent by `sender`;
`faults` and `behaviours` make both directions go wrong on purpose. State outlives a restart.
"""
