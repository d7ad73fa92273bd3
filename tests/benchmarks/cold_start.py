"""How long a person waits: process start to painted window, and to the first picture on disk. Prints JSON.

    python tests/benchmarks/cold_start.py [--runs 5]

Starts `studio --smoke` again and again with a home that is not new. The first start, which compiles Python's caches, is
not counted; they are written even where the environment forbids it, because an installed program has them. The
interpreter's own start and an empty Qt window are timed beside it in the same run, because machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMPTY_WINDOW = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.show()
QTimer.singleShot(0, application.quit)
application.exec()
print(time.time())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as home:
        smoke(Path(home))
        measured = [{**smoke(Path(home)), "empty_qt_window": empty_window()} for _ in range(runs)]
    medians = {name: round(statistics.median(run[name] for run in measured), 3) for name in measured[0]}
    print(json.dumps({"runs": runs, "median_seconds": medians, "all": measured}, indent=2))


def smoke(home: Path) -> dict[str, float]:
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--home", str(home), "--smoke"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    return {
        "window_painted": report["window_painted_at"] - started,
        "engine_ready": report["engine_ready_at"] - started,
        "first_picture_saved": report["picture_saved_at"] - started,
    }


def empty_window() -> float:
    started = time.time()
    done = subprocess.run([sys.executable, "-c", EMPTY_WINDOW], capture_output=True, text=True, check=True)
    return float(done.stdout) - started


if __name__ == "__main__":
    main()
