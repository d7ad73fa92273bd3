"""Two to four pictures compared: side by side, with a slider, in turn, and by their difference."""
