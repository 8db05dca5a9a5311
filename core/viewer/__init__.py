"""The result page: one job as a web page that works from disk, without a network."""

from .page import write_page

__all__ = ["write_page"]
