"""One picture of the gallery, as large as the window, with its neighbours below it."""
