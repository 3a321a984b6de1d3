"""How Sphinx makes the site; docs/make_site.py prepares the pages and calls it."""

project = "GPT-2 by hand"
html_title = project
extensions = ["myst_nb"]
exclude_patterns = ["_static", "new_torch.md"]  # the latter is for who keeps this

# Lessons come executed, and what they say is what the tests compared.
nb_execution_mode = "off"

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_show_sourcelink = False
html_use_index = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "use_download_button": False,  # a page is not the notebook to work in
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navbar_persistent": [],  # the side has a search field
    "footer_content_items": [],  # it would name no author
}
# The theme reads it before its own script has set it.
html_context = {"default_mode": "auto"}
