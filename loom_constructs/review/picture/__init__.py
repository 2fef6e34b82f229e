"""Who calls whom, drawn: for Markdown (`mermaid.py`), and as a page for a browser (`page.py`)."""
