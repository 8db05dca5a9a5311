"""How an operator tells the user about an error."""

import bpy

from ..core.errors import RestageError


def report(operator: bpy.types.Operator, error: RestageError) -> set[str]:
    """Report an error by its first line, print what follows it (a log's end), and cancel the operator."""
    headline, _, details = str(error).partition("\n")
    if details:
        print(f"{headline}\n{details}")
    operator.report({"ERROR"}, headline)
    return {"CANCELLED"}
