"""What the worst of many hostile texts costs to read: its processor time, and the memory of all. Prints JSON.

    python tests/benchmarks/hostile_texts.py [--cases 1000000]

The texts are those of `tests/unit/imaging/metadata/test_hostile_texts.py`, which says whether they are answered
rightly: a case that is not ends this with its traceback. A million take most of an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


@dataclass
class Readings:
    """Counts what the tests read, and keeps the longest."""

    count: int = 0
    longest: float = 0.0
    texts: Mapping[str, str] | None = None

    def add(self, seconds: float, texts: Mapping[str, str]) -> None:
        self.count += 1
        if seconds > self.longest:
            self.longest, self.texts = seconds, dict(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    # The tests read it while they are imported.
    os.environ["METADATA_CASES"] = str(parser.parse_args().cases)
    from tests.unit.imaging.metadata import test_hostile_texts

    before = peak_megabytes()
    readings = read_all(test_hostile_texts)
    longest = {key: text[:200] for key, text in (readings.texts or {}).items()}
    print(
        json.dumps(
            {
                "cases": readings.count,
                "longest_ms": round(readings.longest * 1000, 1),
                "begin_of_the_longest": longest,
                "process_MB": {"before": before, "peak": peak_megabytes()},
            },
            indent=2,
        )
    )


def peak_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def read_all(tests: ModuleType) -> Readings:
    """Every reading is timed."""
    readings = Readings()
    read = tests.read_foreign

    def timed(texts: Mapping[str, str]) -> object:
        began = time.thread_time()
        found = read(texts)
        readings.add(time.thread_time() - began, texts)
        return found

    tests.read_foreign = timed
    tests.test_texts_that_were_edited_anywhere()
    tests.test_documents_with_a_strange_value_anywhere()
    tests.test_any_texts_at_all()
    return readings


if __name__ == "__main__":
    main()
