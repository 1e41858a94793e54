"""The OpenAPI description as one page that loads nothing: no script, no other host."""

from __future__ import annotations

import json
from html import escape

from quoth.services.arguments import Schema

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; } h2 code { font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
th small { display: block; font-weight: normal; white-space: nowrap; }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 1rem;
  background: color-mix(in srgb, currentColor 7%, transparent); }
""".strip()


def openapi_html(described: Schema) -> str:
    """The page. described: as `openapi` gives it; every word of it is escaped."""
    info, address = described["info"], described["servers"][0]["url"]
    operations = [
        _operation_html(method, f"{address}{path}", one, described)
        for path, methods in described["paths"].items()
        for method, one in methods.items()
    ]
    title = escape(f"{info['title']} {info['version']}: the API")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n<p>{_text(info['description'])}</p>\n"
        '<p>For programs: <a href="openapi.json">openapi.json</a></p>\n'
        f"{''.join(operations)}</main>\n</body>\n</html>\n"
    )


def _operation_html(method: str, address: str, one: Schema, described: Schema) -> str:
    answers = one["responses"]
    result = _resolved(answers["200"]["content"]["application/json"]["schema"], described)
    events = answers["200"]["content"].get("text/event-stream")
    streamed = f"<p>{_text(events['schema']['description'])}</p>\n" if events else ""
    return (
        f'<section id="{escape(one["operationId"])}">\n'
        f"<h2>{escape(one['summary'])} <code>{method.upper()} {escape(address)}</code></h2>\n"
        f"<p>{_text(one['description'])}</p>\n"
        f"<h3>{'In the body, as JSON' if 'requestBody' in one else 'In the address'}</h3>\n"
        f"{_table(_arguments(one))}"
        f"<h3>Gives</h3>\n{_table(_rows(result))}{streamed}"
        f"<details><summary>Its whole schema</summary><pre>{_code(result)}</pre></details>\n"
        f"<h3>Errors</h3>\n{_table(_errors(answers))}</section>\n"
    )


def _arguments(one: Schema) -> list[tuple[str, str]]:
    if "requestBody" in one:
        return _rows(one["requestBody"]["content"]["application/json"]["schema"])
    return [
        (_name(each["name"], is_required=each["required"]), _tells(each["schema"]))
        for each in one["parameters"]
    ]


def _rows(schema: Schema) -> list[tuple[str, str]]:
    required = schema.get("required", [])
    return [
        (_name(name, is_required=name in required), _tells(each))
        for name, each in schema["properties"].items()
    ]


def _errors(answers: Schema) -> list[tuple[str, str]]:
    return [
        (escape(status), _text(each["description"]))
        for status, each in answers.items()
        if status != "200"
    ]


def _name(name: str, *, is_required: bool) -> str:
    return f"<code>{escape(name)}</code>{'' if is_required else ' <small>may be absent</small>'}"


def _tells(schema: Schema) -> str:
    """What it means, then its limits as they stand in the schema."""
    limits = {
        name: value
        for name, value in schema.items()
        if name not in ("description", "items", "properties", "required", "additionalProperties")
    }
    return f"{_text(schema.get('description', ''))} <code>{_code(limits, indent=None)}</code>"


def _table(rows: list[tuple[str, str]]) -> str:
    """rows: HTML of both cells."""
    body = "".join(f'<tr><th scope="row">{one}</th><td>{two}</td></tr>\n' for one, two in rows)
    return f"<table>\n{body}</table>\n"


def _resolved(schema: Schema, described: Schema) -> Schema:
    name = schema["$ref"].rpartition("/")[2]
    found: Schema = described["components"]["schemas"][name]
    return found


def _text(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)
    )


def _code(value: object, indent: int | None = 2) -> str:
    return escape(json.dumps(value, ensure_ascii=False, indent=indent))
