import importlib
import subprocess
import sys

from kpipe.data.sources import COMPONENTS
from kpipe.data.sources.source import Source


def test_every_name_leads_to_its_source():
    assert list(COMPONENTS) == sorted(COMPONENTS)
    for name, target in COMPONENTS.items():
        module, attribute = target.split(":")
        found = getattr(importlib.import_module(module), attribute)
        assert attribute == name
        assert issubclass(found, Source)
        assert found.__doc__


def test_importing_all_sources_loads_nothing_heavy():
    modules = [target.split(":")[0] for target in COMPONENTS.values()]
    heavy = "{'tensorflow', 'keras', 'sklearn', 'pyarrow', 'PIL', 'cv2', 'pandas'}"
    code = f"import sys, {', '.join(modules)}, kpipe.data.splits; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
