"""Sphinx's configuration: ``make docs`` builds build/docs/html, with warnings as errors."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "fastsamplers"
author = "fastsamplers developers"
project_copyright = author
version = release = version_of("fastsamplers")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
root_doc = "index"
# The list of pages that GitHub shows; index.md includes it.
exclude_patterns = ["README.md"]

html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
# Prompts are no part of a command.
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# Links to headings, as GitHub makes them: #the-same.
myst_heading_anchors = 3

# What a docstring says of types is more than annotations can: shapes, dtypes, choices.
autodoc_typehints = "none"
autodoc_typehints_format = "fully-qualified"  # bases: torch.utils.data.sampler.RandomSampler
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_param = True
napoleon_use_rtype = False

# Types in docstrings that are not ours are words, not links: other projects' lists of names would
# have to be fetched.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!fastsamplers\.).*")]
