"""The health check of the image: exits with 0 when the gateway answers.

    python healthcheck.py PID

PID is the container's first process: the gateway, or an init that was given its command. That tells
the port.
"""

import re
import sys
from http.client import HTTPConnection
from pathlib import Path

DEFAULT_PORT = 8000

command = Path("/proc", sys.argv[1], "cmdline").read_bytes()
*_, port = DEFAULT_PORT, *map(int, re.findall(rb"\0--port[=\0](\d+)", command))
connection = HTTPConnection("127.0.0.1", port, timeout=2)
connection.request("GET", "/healthz")
sys.exit(connection.getresponse().status != 200)
