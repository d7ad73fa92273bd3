"""The page of the models: what is on this machine, what can be had, what is on its way."""
