# Every target is a command of scripts/dev.py, so without make: python3 scripts/dev.py run
# Arguments: make run ARGS="--port 9000"    Another Python: make run PYTHON=python3.12
PYTHON ?= python3

.PHONY: help run test soak check docs renew bench scale-out dist audit format lock clean

help:
	@$(PYTHON) scripts/dev.py --help

run test soak check docs renew bench scale-out dist audit format lock clean:
	@$(PYTHON) scripts/dev.py $@ $(ARGS)
