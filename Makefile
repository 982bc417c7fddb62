# The work is in config/: python3 -m config COMMAND
PYTHON ?= python3
RUN = @$(PYTHON) -m config

help:  ## show this list
	@sed -n 's/^\([a-z]*\):  ## /  make \1 \t/p' $(MAKEFILE_LIST) | expand -t 16

setup:  ## install everything and build the demo, without serving it
	$(RUN) setup

demo:  ## serve the demo; PORT=8001 DATABASE_URI=postgresql://... FRESH=1
	$(RUN) demo

test:  ## run every test; PARTS="sqlite postgresql browser"
	$(RUN) test $(PARTS)

bench:  ## compare a cycle with bare Tryton, order by order
	$(RUN) bench $(ARGS)

screenshots:  ## renew the pictures of the documentation
	@.venv/bin/python -m tests.screenshots

lint:  ## check the style of the code
	@.venv/bin/flake8 && .venv/bin/isort --check .

locale:  ## renew the French translations with the strings of the sources
	@.venv/bin/python -m config.locale

lock:  ## renew requirements.lock with what .venv has
	@{ grep '^#' requirements.lock; .venv/bin/pip freeze \
	    --exclude-editable; } > lock.new && mv lock.new requirements.lock

clean:  ## remove all that these commands have made
	@rm -rf .venv .demo .cache build dist *.egg-info \
	    config/sao/node_modules .pytest_cache .hypothesis bench.json

.PHONY: help setup demo test bench screenshots lint locale lock clean
.DEFAULT_GOAL = help
