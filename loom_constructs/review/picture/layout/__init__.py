"""Where things stand: columns from callers to servers, their order, and coordinates.

Namespaces stand in bands from left to right, the peers of a namespace in columns inside its band. An edge that passes a
column gets a place of its own there (a bend), so that it runs between the nodes and never through one.
"""

from .arrange import Layout, arrange
from .box import Box

__all__ = ["Box", "Layout", "arrange"]
