"""Compiles packages to bytecode without docstrings: ``python without_docstrings.py FOLDER...``.

A page would hold more than 2 MB of Streamlit's. Python's own way (-OO) takes the assertions too.
"""

import ast
import importlib.util
import sys
from importlib._bootstrap_external import _code_to_timestamp_pyc  # what py_compile itself uses
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def compile_bare(source: Path) -> None:
    """Write the .pyc that Python will find for *source*."""
    tree = ast.parse(source.read_bytes(), str(source))
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            said = node.body.pop(0)
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.copy_location(ast.Pass(), said))
    code = compile(tree, str(source), "exec", dont_inherit=True)
    was = source.stat()
    target = Path(importlib.util.cache_from_source(str(source)))
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(_code_to_timestamp_pyc(code, int(was.st_mtime), was.st_size & 0xFFFFFFFF))


for folder in sys.argv[1:]:
    for module in Path(folder).rglob("*.py"):
        compile_bare(module)
