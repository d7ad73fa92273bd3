"""The only place of torch, diffusers and transformers. Its one public class is `DiffusersSession`."""
