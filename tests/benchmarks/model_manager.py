"""How long the page of the models takes with 2,000 of them. Prints JSON.

QT_QPA_PLATFORM=offscreen python tests/benchmarks/model_manager.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from studio.ui.model_manager.model_list_model import ModelListModel
from studio.ui.model_manager.model_row import ModelAction, ModelRow, RowState
from studio.ui.model_manager.models_page import ModelsPage

MODELS = 2000
OPENED_MS, FILTERED_MS = 300, 50


def main() -> None:
    application = QApplication([])
    rows = [make_row(number) for number in range(MODELS)]
    model = ModelListModel()
    page = ModelsPage(model)
    page.resize(792, 760)

    def open_page() -> None:
        model.set_rows(rows)
        page.show()
        page.repaint()
        application.sendPostedEvents()

    opened = milliseconds(open_page)
    filtered = max(milliseconds(lambda text=text: model.set_search(text)) for text in ("m", "model 19", "lora", ""))
    print(json.dumps({"models": MODELS, "opened_ms": opened, "filtered_ms": filtered, "met": met(opened, filtered)}))


def met(opened: float, filtered: float) -> bool:
    return opened <= OPENED_MS and filtered <= FILTERED_MS


def make_row(number: int) -> ModelRow:
    return ModelRow(
        key=str(number),
        name=f"Model number {number}",
        kind="LoRA" if number % 3 else "Model",
        family="SDXL",
        size=number * 1_000_000,
        state=RowState.INSTALLED,
        actions=(ModelAction.USE, ModelAction.REMOVE),
        sentence="Photographs of people and places with much light, and a few words more.",
    )


def milliseconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return round((time.perf_counter() - started) * 1000, 1)


if __name__ == "__main__":
    main()
