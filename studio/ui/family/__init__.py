"""What the gallery's pictures were made from, and what was made from them."""
