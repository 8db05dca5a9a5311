"""How an operator tells the user about an error."""

import sys

import bpy

from ..core.errors import RestageError
from ..scene.wording import panel_words


def report(operator: bpy.types.Operator, error: RestageError) -> set[str]:
    """Report an error by its first line, write the rest (a log's end) to the console, and cancel the operator."""
    headline, _, details = panel_words(str(error)).partition("\n")
    if details:
        sys.stderr.write(f"{headline}\n{details}\n")
    operator.report({"ERROR"}, headline)
    return {"CANCELLED"}
