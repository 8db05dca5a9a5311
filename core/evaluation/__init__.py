"""Figures that say how good a finished job is, measured on its own files, and how true reconstructions are."""

from .report import evaluate_job, format_table

__all__ = ["evaluate_job", "format_table"]
