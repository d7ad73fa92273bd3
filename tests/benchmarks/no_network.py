"""Does any part of the program, C and C++ included, open a connection to a network? Prints JSON; fails if one does.

    python tests/benchmarks/no_network.py [--runs 3]

Starts `studio --smoke` (window, bundled model, a picture on the disk) and `studio generate` under strace and lists
every connect, sendto and sendmsg to an address of the internet families, this machine's own included. Needs strace.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTERNET = re.compile(r"(connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_INET6?")
STRACE = ("strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    heard = control()
    found: list[str] = []
    traced = 0
    for _ in range(runs):
        for arguments in (("--smoke",), ("generate", "a red apple", "--steps", "2")):
            lines = trace([sys.executable, "-m", "studio", *arguments], with_home=True)
            traced += len(lines)
            found += internet_calls(lines)
    print(
        json.dumps({"runs": runs, "control_heard": heard, "calls_traced": traced, "to_the_internet": found}, indent=2)
    )
    sys.exit(1 if found or not heard else 0)


def control() -> int:
    """How many of one connection made on purpose are heard: a watch that hears nothing proves nothing."""
    script = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    return len(internet_calls(trace([sys.executable, "-c", script], with_home=False)))


def trace(command: list[str], *, with_home: bool) -> list[str]:
    """The traced system calls of `command`, which must succeed."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls"
        home = ["--home", str(Path(folder) / "home")] if with_home else []
        subprocess.run(
            [*STRACE, str(log), *command, *home],
            cwd=ROOT,
            env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
            capture_output=True,
            check=True,
        )
        return log.read_text(errors="replace").splitlines()


def internet_calls(lines: list[str]) -> list[str]:
    return [line for line in lines if INTERNET.search(line)]


if __name__ == "__main__":
    main()
