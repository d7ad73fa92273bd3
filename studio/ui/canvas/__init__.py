"""The canvas: a picture, tools to paint a mask or colour over it, and the bar that offers them."""
