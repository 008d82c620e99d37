"""`python -m scripts.scale_out`"""

import argparse
import sys

from scripts.scale_out.demonstration import demonstrate
from scripts.scale_out.processes import server_program


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts.scale_out", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=90.0, help="how long the load on the allowance lasts"
    )
    seconds: float = parser.parse_args().seconds
    program = server_program()
    if program is None:
        sys.exit("Neither valkey-server nor redis-server is installed.")
    sys.exit(not demonstrate(program, seconds).holds)


if __name__ == "__main__":
    main()
