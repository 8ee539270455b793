# Two commands: `make demo` and `make test`. Everything else is for developers.
#   PORT=8001 VAR_DIR=./var-2   a second copy beside the first
#   ARGS="…" CMD="…"            what to hand on
PYTHON ?= python3
LOCAL = $(PYTHON) -m deploy.local

.PHONY: demo test lint bench prove run clean

demo:
	@$(LOCAL) demo

test:
	@$(LOCAL) test $(ARGS)

lint:
	@$(LOCAL) lint

bench:
	@$(LOCAL) bench $(ARGS)

# make prove ARGS="crashes --seed 7"
prove:
	@$(LOCAL) prove $(ARGS)

# make run CMD="python manage.py shell"
run:
	@$(LOCAL) run $(CMD)

clean:
	@$(LOCAL) clean
