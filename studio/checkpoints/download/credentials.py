"""Tokens for servers, in the system's keyring: never in a file of ours, a plan or a log."""

from __future__ import annotations

from urllib.parse import urlsplit

from studio.core.errors import AccessGated, KeyringUnusable, LoginNeeded, StudioError

_SERVICE = "Latent Studio"


class KeyringTokens:
    """One token for each server. Every call may wait for the user to unlock the keyring."""

    def token(self, server: str) -> str | None:
        """The token for `server` (host, with the port where it is not the usual one); None when there is none.

        Raises:
            KeyringUnusable.
        """
        import keyring
        import keyring.errors

        try:
            return keyring.get_password(_SERVICE, server)
        except keyring.errors.NoKeyringError:
            return None
        except keyring.errors.KeyringError as error:
            raise KeyringUnusable(str(error) or type(error).__name__) from error

    def store(self, server: str, token: str) -> None:
        """Keep `token` for `server`; an empty one forgets it. Raises KeyringUnusable."""
        import keyring
        import keyring.errors

        try:
            if token:
                keyring.set_password(_SERVICE, server, token)
            elif keyring.get_password(_SERVICE, server) is not None:
                keyring.delete_password(_SERVICE, server)
        except keyring.errors.NoKeyringError:
            raise KeyringUnusable("there is none on this computer") from None
        except keyring.errors.KeyringError as error:
            raise KeyringUnusable(str(error) or type(error).__name__) from error

    async def token_for(self, server: str) -> str | None:
        """`token`, beside the event loop. Raises KeyringUnusable."""
        import asyncio

        return await asyncio.to_thread(self.token, server)


def server_of(endpoint: str) -> str:
    """The name under which the token for an endpoint is kept."""
    return urlsplit(endpoint).netloc


def server_asking(error: StudioError) -> str:
    """The server that would do what it refused if it saw a token; empty where no token would help."""
    if isinstance(error, LoginNeeded):
        return server_of(error.url)
    return server_of(error.page) if isinstance(error, AccessGated) else ""
