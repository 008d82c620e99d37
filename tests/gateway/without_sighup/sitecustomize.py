"""For a process with this folder in PYTHONPATH there is no SIGHUP, as on Windows."""

import signal

del signal.SIGHUP
