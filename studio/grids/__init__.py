"""Grids of pictures: what can be varied, how its values are typed, and the requests that come of it. No Qt."""
