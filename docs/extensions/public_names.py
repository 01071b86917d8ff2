"""What the template of the reference asks, and links to public names by their ends."""

from __future__ import annotations

import inspect
from typing import Any

from docutils import nodes
from shown import parameters, public_names
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def of_the_constructor(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str] | None:
    """The arguments of ``__init__``, where ``__new__`` takes whatever comes."""
    if what != "class" or signature is None or not signature.startswith("(*args, **kwargs)"):
        return None
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters(obj)]
    return str(inspect.Signature(plain)), ""


def by_its_end(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement) -> Any:
    """A link from ``Network.fit``, wherever it is said, to the one public name that ends so."""
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    domain = env.domains.python_domain
    end = f".{node['reftarget']}"
    ends = [name for name, entry in domain.objects.items() if name.endswith(end) and not entry.aliased]
    if len(ends) != 1:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", ends[0], node, content)


def setup(app: Sphinx) -> dict[str, Any]:
    """Hand the function to the template, and find names by their ends."""
    app.config.autosummary_context = {"public_names": public_names}
    app.connect("autodoc-process-signature", of_the_constructor)
    app.connect("missing-reference", by_its_end)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
