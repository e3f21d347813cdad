import subprocess
import sys

import pytest

import kpipe.data.sources as sources
from kpipe.data.sources.source import Source


def test_every_name_leads_to_its_source():
    for name in sources.__all__:
        found = getattr(sources, name)
        assert found.__name__ == name
        assert issubclass(found, Source)
        assert found.__doc__


@pytest.mark.slow
def test_importing_all_sources_loads_nothing_heavy():
    modules = [getattr(sources, name).__module__ for name in sources.__all__]
    heavy = "{'tensorflow', 'keras', 'sklearn', 'pyarrow', 'PIL', 'cv2', 'pandas'}"
    code = f"import sys, {', '.join(modules)}, kpipe.data.splits; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
