"""How a picture comes about, made visible: from noise to picture and back, and the latent between them."""
