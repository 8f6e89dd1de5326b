"""Building an ONNX graph node by node.

Torch's own converter isn't used: it traces networks by switches that belong to the whole process, and a training that
goes on in another thread meanwhile is no longer the same, or ends. It would also take seconds instead of moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import onnx

OPSET, FORMAT = 18, 8
"""Set of operators and format of the file: what programs have read since 2022."""
Name: TypeAlias = str
"""A value that passes through the graph."""
_ITEMS = "n"


class OnnxGraph:
    """A graph that grows: each method adds a node and returns the name of what it gives."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._count = 0

    def input(self, name: str, *shape: int, whole: bool = False) -> Name:
        """Add an input of so many items, each of a shape: numbers, or whole numbers of 64 bits."""
        self._inputs.append(_value(name, shape, whole=whole))
        return name

    def output(self, value: Name, name: str, *shape: int) -> None:
        """Let the graph give a value under a name."""
        self._add("Identity", (value,), name)
        self._outputs.append(_value(name, shape))

    def op(self, kind: str, *values: Name, **attributes: object) -> Name:
        """Add a node with an operator of ONNX."""
        self._count += 1
        name = f"{kind.lower()}_{self._count}"
        self._add(kind, values, name, **attributes)
        return name

    def constant(self, values: npt.ArrayLike, name: str = "") -> Name:
        """Add values that stay as they are."""
        from onnx import numpy_helper

        self._count += 1
        name = name or f"constant_{self._count}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def number(self, value: float, kind: type[np.floating] = np.float32) -> Name:
        """Add a single number."""
        return self.constant(np.asarray(value, dtype=kind))

    def columns(self, value: Name, first: int, last: int, axis: int) -> Name:
        """Take a part along an axis, from `first` up to but without `last`."""
        bounds = (self.constant(np.array([bound], dtype=np.int64)) for bound in (first, last, axis))
        return self.op("Slice", value, *bounds)

    def shaped(self, value: Name, *shape: int) -> Name:
        """Bring each item to a shape."""
        return self.op("Reshape", value, self.constant(np.array([-1, *shape], dtype=np.int64)))

    def model(self, name: str) -> onnx.ModelProto:
        """Return all that was added as a model."""
        from onnx import helper

        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._constants)
        opset = helper.make_operatorsetid("", OPSET)
        made: onnx.ModelProto = helper.make_model(graph, opset_imports=[opset], ir_version=FORMAT)
        return made

    def _add(self, kind: str, values: tuple[Name, ...], name: Name, **attributes: object) -> None:
        from onnx import helper

        given: dict[str, Any] = attributes
        self._nodes.append(helper.make_node(kind, list(values), [name], **given))


def _value(name: str, shape: tuple[int, ...], *, whole: bool = False) -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    kind = TensorProto.INT64 if whole else TensorProto.FLOAT
    made: onnx.ValueInfoProto = helper.make_tensor_value_info(name, kind, [_ITEMS, *shape])
    return made
