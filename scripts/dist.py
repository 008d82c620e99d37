"""Build what is published into `dist/`: the wheel, the source archive, and what is in them.

    python3 scripts/dev.py dist

The same sources make the same wheel and archive, whatever the folder and the time: what is in them
has the date of the commit. The bills of materials are CycloneDX, one of the Python packages that
deploy/requirements.lock pins and one of the JavaScript packages in the pages.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"

ONLY_BUILDS = {"name": "cdx:npm:package:development", "value": "true"}


def main() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    run("-m", "hatchling", "build", "--directory", DIST, environment=dates())
    list_python_packages(DIST / "python.cdx.json")
    list_javascript_packages(DIST / "web.cdx.json")
    for path in sorted(DIST.iterdir()):
        print(path.relative_to(ROOT))


def dates() -> dict[str, str]:
    """The time of the commit for all files; where there is no git, hatchling's own."""
    if "SOURCE_DATE_EPOCH" in os.environ or not (ROOT / ".git").exists():
        return {}
    command = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {"SOURCE_DATE_EPOCH": told.strip()}


def list_python_packages(file: Path) -> None:
    """Those of an installation with all extras."""
    options = ["--pyproject", "pyproject.toml", "--mc-type", "application", "--output-reproducible"]
    options += ["--no-validate"]  # which takes longer than all the rest
    lock = "deploy/requirements.lock"
    run("-W", "ignore", "-m", "cyclonedx_py", "requirements", lock, *options, "-o", file)


def list_javascript_packages(file: Path) -> None:
    """Those in the pages, and not what builds them. Takes npm, which wants a version to name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            content = json.loads((ROOT / "web" / name).read_text(encoding="utf-8"))
            content["version"] = project["version"]
            Path(folder, name).write_text(json.dumps(content), encoding="utf-8")
        npm = shutil.which("npm") or sys.exit("npm is needed to list what is in the pages.")
        command = [npm, "sbom", "--sbom-format=cyclonedx", "--package-lock-only"]
        listed = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    bill = json.loads(listed)
    # npm's own --omit=dev leaves out what is also a peer of something.
    bill["components"] = [
        part for part in bill["components"] if ONLY_BUILDS not in part["properties"]
    ]
    kept = {bill["metadata"]["component"]["bom-ref"]} | {p["bom-ref"] for p in bill["components"]}
    bill["dependencies"] = [
        {"ref": part["ref"], "dependsOn": [ref for ref in part["dependsOn"] if ref in kept]}
        for part in bill["dependencies"]
        if part["ref"] in kept
    ]
    file.write_text(json.dumps(bill, indent=2), encoding="utf-8")


def run(*arguments: str | Path, environment: dict[str, str] | None = None) -> None:
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, check=True)


if __name__ == "__main__":
    main()
