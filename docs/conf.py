"""The documentation site; `docs/build.py` makes it, in English and in Japanese."""

import sys
from importlib.util import find_spec
from pathlib import Path

import mlp

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

project = "mlp"
author = "the mlp maintainers"
copyright = "the mlp maintainers, MIT licence"
release = mlp.__version__
language = "en"

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "checked_commands",
    "checked_links",
    "checked_names",
    "checked_numbers",
    "japanese",
    "public_names",
    "whole_lines",
]
exclude_patterns = ["_build", "ja"]
nitpicky = True
nitpick_ignore = [("py:class", "collections.abc.Callable"), ("py:class", "collections.abc.Sequence")]
show_warning_types = True
suppress_warnings = ["config.cache"]  # functions for templates cannot be kept from one build to the next

# Pages.  Every cell is run when the site is made, and one that fails or warns fails the build.
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 120
nb_output_stderr = "error"
nb_merge_streams = True

# Reference.
autosummary_generate = True
templates_path = ["templates"]
autodoc_typehints = "none"
default_role = "py:obj"  # a name in single backticks is a link, and must be right
numpydoc_show_class_members = False

# Looks.  Nothing is fetched from elsewhere: the site can be read without a network.
html_theme = "furo"
html_title = "mlp"
pygments_dark_style = "github-dark"
mathjax = find_spec("sphinx-mathjax-offline").submodule_search_locations[
    0
]  # as an extension it forbids parallel builds
html_static_path = ["static", str(Path(mathjax) / "static")]
html_css_files = ["site.css"]
smartquotes_action = "D"  # dashes alone: quotation marks in types are those of Python
highlight_language = "none"
html_show_sphinx = False
html_copy_source = False
mathjax_path = "mathjax/tex-chtml.js"
copybutton_exclude = ".linenos, .gp, .go"
