"""Build the pages of `web/` into `gateway/static/`, unless what is there is up to date.

    python3 scripts/build_web.py

Takes Node.js 20.19 or newer with npm; without them it says so and leaves everything as it is, and
the gateway serves a plain page instead.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
BUILT = ROOT / "gateway" / "static"
STAMP = BUILT / "built-from"


def main() -> int:
    wanted = digest_of_sources()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return 0
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print(
            "web: not built, as there is no Node.js: /graphiql and /dashboard are a plain page",
            file=sys.stderr,
        )
        return 1
    print("web: building /graphiql and /dashboard ...", file=sys.stderr, flush=True)
    for arguments in (
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        ["run", "--silent", "build"],
    ):
        done = subprocess.run(
            [npm, *arguments],
            cwd=WEB,
            env={**os.environ, "NO_UPDATE_NOTIFIER": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout, file=sys.stderr)
            print("web: not built: /graphiql and /dashboard are a plain page", file=sys.stderr)
            return 1
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


def digest_of_sources() -> str:
    """What the built pages depend on."""
    digest = hashlib.sha256()
    for folder, folders, names in os.walk(WEB):
        folders[:] = sorted(set(folders) - {"node_modules", "gql"})
        for name in sorted(names):
            path = Path(folder, name)
            digest.update(path.relative_to(WEB).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    digest.update((ROOT / "schema.graphql").read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
