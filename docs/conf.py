"""How Sphinx makes the site; docs/make_site.py prepares the pages and calls it."""

from reference_pages import about

project = "GPT-2 by hand"
html_title = project
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
extensions += ["sphinx_codeautolink"]  # from names in code to the reference
exclude_patterns = ["_static"]

# Lessons come executed, and what they say is what the tests compared.
nb_execution_mode = "off"

# A page is one program: what its first cell imports is known in all of them.
codeautolink_concat_default = True
# MyST-NB calls the language of a cell so, where the file does not say it.
codeautolink_custom_blocks = {"python": "reference_pages.code_to_link"}

# Docstrings are plain text, in which `a name` is code.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
add_module_names = False
toc_object_entries_show_parents = "hide"

# The setting above is a name, which codeautolink makes a function of.
suppress_warnings = ["config.cache"]

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["theme.js", ("site.js", {"defer": "defer"})]
html_favicon = "_static/favicon.svg"
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "use_download_button": False,  # a page is not the notebook to work in
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navbar_persistent": [],  # the side has a search field
    "footer_content_items": [],  # it would name no author
    "logo": {"text": project},
}
if tags.has("print"):  # noqa: F821 - Sphinx brings it
    html_sidebars = {"**": []}
    html_theme_options["secondary_sidebar_items"] = []
# The theme reads it before its own script has set it.
html_context = {"default_mode": "auto"}


def setup(app):
    """An entry of the reference says which lessons build and use it."""

    def say(app, what, name, it, options, lines):
        if said := about(name):
            lines.extend(["", " ".join(said)])

    app.connect("autodoc-process-docstring", say)
