"""What picture files of other programs tell, one module per dialect; `dialects.py` lists them."""
