"""Serves Piggy's sandbox with as many referrals as wanted and without a limit.

python -m benchmarks.upstream.sandbox PORT REFERRALS
"""

import sys

import uvicorn

from adapters.piggy.sandbox import PiggySandbox

if __name__ == "__main__":
    port, referrals = map(int, sys.argv[1:])
    application = PiggySandbox(referrals=referrals, calls_per_minute=None)
    uvicorn.run(application, port=port, log_level="warning", access_log=False, lifespan="off")
