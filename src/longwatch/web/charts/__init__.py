"""Pictures of the pages: SVG made here, no script, colors by class, words for those who hear."""
