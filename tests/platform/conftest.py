import functools
from collections.abc import Iterator

import pytest
from kubernetes_validate import utils


@pytest.fixture(scope="package", autouse=True)
def schemas_are_read_once() -> Iterator[None]:
    """The validator reads two megabytes for every object, and that takes most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("schema_contents", "all_versions", "latest_version"):
            patch.setattr(utils, name, functools.cache(getattr(utils, name)))
        yield
