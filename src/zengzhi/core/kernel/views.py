"""How compiled code sees the arrays: one address instead of some forty arguments.

A *directory* holds, for each array of a group (``World``, ``Batch``, ``Output``), the address of
its data and its number of rows. ``world(address)`` makes of its address a view whose attributes
are these arrays, so that the kernel reads ``w.granted[lot]`` and a call passes one word. The
owner of the arrays (Python) keeps them alive and writes a new directory when one has moved.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, models, register_model
from numba.np import arrayobj, numpy_support

from zengzhi.core.kernel.layout import DTYPES, WIDTHS, Array, Batch, Output, World

GROUPS: dict[str, type[NamedTuple]] = {"world": World, "batch": Batch, "output": Output}


class View(types.Type):
    """The compiled type of a group of arrays."""

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(name=f"View({group})")


@register_model(View)
class _ViewModel(models.PrimitiveModel):
    """One word: the address of the directory."""

    def __init__(self, manager: Any, view: Any) -> None:
        super().__init__(manager, view, ir.IntType(64))


@infer_getattr
class _ViewAttributes(AttributeTemplate):
    key = View

    def generic_resolve(self, view: Any, name: str) -> Any:  # type: ignore[override]
        """The array type of a field."""
        if name not in GROUPS[view.group]._fields:
            return None
        dtype = numpy_support.from_dtype(np.dtype(DTYPES.get(name, np.int64)))
        return types.Array(dtype, 2 if name in WIDTHS else 1, "C")


@lower_getattr_generic(View)
def _field(context: Any, builder: Any, view: Any, address: Any, name: str) -> Any:
    """An array over the data that the directory names; it owns nothing."""
    kind = _ViewAttributes(context.typing_context).generic_resolve(view, name)
    word = ir.IntType(64)
    directory = builder.inttoptr(address, word.as_pointer())
    place = 2 * GROUPS[view.group]._fields.index(name)
    data = builder.load(builder.gep(directory, [ir.Constant(word, place)]))
    shape = [builder.load(builder.gep(directory, [ir.Constant(word, place + 1)]))]
    if name in WIDTHS:
        shape.append(ir.Constant(word, WIDTHS[name]))
    itemsize = np.dtype(DTYPES.get(name, np.int64)).itemsize
    strides = [ir.Constant(word, itemsize * WIDTHS.get(name, 1)), ir.Constant(word, itemsize)]
    array = context.make_array(kind)(context, builder)
    arrayobj.populate_array(
        array,
        data=builder.inttoptr(data, context.get_value_type(kind.dtype).as_pointer()),
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides[-len(shape) :] if len(shape) == 1 else strides),
        itemsize=ir.Constant(word, itemsize),
        meminfo=None,
    )
    return array._getvalue()


def _view_of(group: str) -> Any:
    def typing(typing_context: Any, address: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return arguments[0]

        return View(group)(types.int64), build

    return intrinsic(typing)


world = cast(Any, _view_of("world"))
batch = cast(Any, _view_of("batch"))
output = cast(Any, _view_of("output"))


class Directory:
    """Address and rows of each array of a group, as long as it lives."""

    def __init__(self, arrays: Any) -> None:
        fields: Mapping[str, Array] = arrays._asdict()
        entries = []
        for name, array in fields.items():
            wanted = np.dtype(DTYPES.get(name, np.int64))
            if array.dtype != wanted or not array.flags.c_contiguous:
                raise TypeError(f"{name} must be a contiguous array of {wanted}")
            entries.append((array.__array_interface__["data"][0], len(array)))
        self.arrays = arrays
        self._table = np.array(entries, np.int64)
        self.address = int(self._table.__array_interface__["data"][0])
