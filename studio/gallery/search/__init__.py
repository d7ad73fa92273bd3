"""The language in which pictures are looked for: read (`reader`), as data (`query`), and as SQL (`sql`)."""
