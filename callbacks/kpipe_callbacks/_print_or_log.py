"""Messages of callbacks for the user."""

from __future__ import annotations

import logging

import keras


def print_or_log(text: str) -> None:
    """Prints a line, or sends it to the logger `kpipe_callbacks` where Keras' interactive logging is switched off."""
    if keras.config.is_interactive_logging_enabled():
        print(text, flush=True)
    else:
        logging.getLogger("kpipe_callbacks").info(text)
