"""Output of the messages of callbacks."""

from __future__ import annotations

import logging

import keras


def print_or_log(text: str) -> None:
    """Print a line, or send it to the logger `kpipe_callbacks` if Keras' interactive logging is disabled."""
    if keras.config.is_interactive_logging_enabled():
        print(text, flush=True)
    else:
        logging.getLogger("kpipe_callbacks").info(text)
