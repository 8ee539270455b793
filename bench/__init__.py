"""
Benchmarks. `make bench` runs them all against servers of their own; `make bench ARGS="recalculation"` one.

Each prints a table and writes JSON under VAR_DIR/bench/. Figures on shared cores are noisy: compare CPU
per request and ratios, quote medians.
"""
