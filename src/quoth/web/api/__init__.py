"""The JSON API beside the browser app, below `/api/v1/`: the four operations of `quoth.services`.

app.py          its routes, and what every answer has
requests.py     a request → an operation's arguments
streaming.py    an answer as server-sent events
openapi.py      all of it described in OpenAPI; page.py: the same as a page
"""

from quoth.web.api.app import create_api

__all__ = ["create_api"]
