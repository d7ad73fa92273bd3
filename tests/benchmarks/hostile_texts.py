"""What the worst of many hostile texts costs to read: the processor's time, and memory (Linux). Prints JSON.

    python tests/benchmarks/hostile_texts.py [--cases 1000000]

The texts are those of `tests/unit/imaging/metadata/test_hostile_texts.py`, which says whether they are answered
rightly: a case that is not ends this with its traceback. A million take most of an hour. The collector of garbage rests
meanwhile: it would walk through all that hypothesis keeps.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PEAK = re.compile(r"VmHWM:\s+(\d+)")


@dataclass
class Readings:
    """Counts what the tests read, and keeps the most that one took."""

    count: int = 0
    milliseconds: float = 0.0
    megabytes: float = 0.0
    longest: Mapping[str, str] | None = None

    def add(self, milliseconds: float, megabytes: float, texts: Mapping[str, str]) -> None:
        self.count += 1
        self.megabytes = max(self.megabytes, megabytes)
        if milliseconds > self.milliseconds:
            self.milliseconds, self.longest = milliseconds, dict(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    # The tests read it while they are imported.
    os.environ["METADATA_CASES"] = str(parser.parse_args().cases)
    from tests.unit.imaging.metadata import test_hostile_texts

    readings = read_all(test_hostile_texts)
    print(
        json.dumps(
            {
                "cases": readings.count,
                "longest_ms": round(readings.milliseconds, 1),
                "most_MB": round(readings.megabytes, 1),
                "begin_of_the_longest": {key: text[:200] for key, text in (readings.longest or {}).items()},
            },
            indent=2,
        )
    )


def read_all(tests: ModuleType) -> Readings:
    """Every reading is measured."""
    readings = Readings()
    read = tests.read_foreign

    def measured(texts: Mapping[str, str]) -> object:
        gc.disable()
        before = forget_peak()
        began = time.thread_time()
        found = read(texts)
        readings.add((time.thread_time() - began) * 1000, peak() - before, texts)
        gc.enable()
        return found

    tests.read_foreign = measured
    tests.test_texts_that_were_edited_anywhere()
    tests.test_documents_with_a_strange_value_anywhere()
    tests.test_any_texts_at_all()
    return readings


def forget_peak() -> float:
    """The highest memory of this process is from now on what it is now, in MB (see proc_pid_clear_refs(5))."""
    CLEAR.write_text("5")
    return peak()


def peak() -> float:
    return int(PEAK.search(STATUS.read_text())[1]) / 1024


if __name__ == "__main__":
    main()
