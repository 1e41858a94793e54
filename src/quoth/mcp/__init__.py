"""The Model Context Protocol: an assistant searches, asks and reads a library, and changes nothing.

    serving.py   over standard input and output, and over HTTP
    server.py    the four operations of `quoth.services` as its tools

The protocol is the official package's (https://modelcontextprotocol.io), which is an extra.
"""

from quoth.mcp.serving import serve_http, serve_stdio

__all__ = ["serve_http", "serve_stdio"]
