"""Files from the network onto the disk: resumable, verified, and only when the user asked for them. asyncio, no Qt."""
