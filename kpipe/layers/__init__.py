"""kpipe's own layers. Importing this makes them known to `keras.saving.load_model`."""

from kpipe.layers.local_response_norm import LocalResponseNorm

COMPONENTS: dict[str, str] = {
    "LocalResponseNorm": "kpipe.layers.local_response_norm:LocalResponseNorm",
}

__all__ = ["COMPONENTS", "LocalResponseNorm"]
