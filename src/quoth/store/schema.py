"""The tables of the store.

`live` is 1 for what readers see, 0 for a file that is staged whole, -1 for one that is not whole
yet or of no more use. A file's articles, and an article's passages, go with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from quoth.database import Types

FORMAT = "4"
"""Counts up when an index of an older quoth can no longer be used."""
LIVE, STAGED, UNFINISHED = 1, 0, -1
SEAL = "seal"
"""The setting that holds the checksum of all others."""
_SEALED_SINCE = 4

TABLES = ("setting", "file", "article", "passage", "vector", "kept")


def schema(types: Types) -> str:
    """The statements that make the tables, in the words of a database."""
    text, number, data = f"{types.text} not null", f"{types.number} not null", types.data
    return f"""
create table setting (name {types.text} primary key, value {text});
create table file (
    id {types.id}, path {text}, source {text}, stamp {text},
    sha256 {text}, options {text}, live {number});
{types.one_each("file_path", "file", "path", "live = 1")}
create index file_waiting on file (live) where live < 1;
create table article (
    id {types.id}, source {text}, title {text},
    characters {number}, sha256 {text}, metadata {text},
    passages {number}, seal {number},
    file {types.number} references file (id) on delete cascade, live {number},
    blocks {data} not null, text {data} not null);
{types.one_each("article_source", "article", "source", "live = 1")}
create index article_passages on article (passages) where live = 1;
create index article_file on article (file);
create table passage (
    id {types.new_id},
    article {number} references article (id) on delete cascade,
    start {number}, "end" {number}, place {number}, size {number},
    section {text}, sentences {data} not null, headings {number},
    boilerplate {number}, key {data} not null, seal {number});
create index passage_article on passage (article, start);
create index passage_key on passage (key);
create table vector (key {data} primary key, data {data} not null);
create table kept (
    file {number} references file (id) on delete cascade,
    article {number} references article (id) on delete cascade);
create index kept_file on kept (file);
create index kept_article on kept (article);
insert into setting values ('identity', '{uuid4().hex}');
{types.also}
"""


def is_unsealed(settings: Mapping[str, str]) -> bool:
    """Whether these are settings that nothing was set in, or of a format without a seal."""
    made = settings.get("format", "")
    return settings.keys() <= {"identity"} or (made.isdigit() and int(made) < _SEALED_SINCE)
