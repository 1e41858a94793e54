"""The tables of the store.

`live` is 1 for what readers see, 0 for a file that is staged whole, -1 for one that is not whole
yet or of no more use. A file's articles, and an article's passages, go with it.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMAT = "4"
"""Counts up when an index of an older quoth can no longer be used."""
LIVE, STAGED, UNFINISHED = 1, 0, -1
SEAL = "seal"
"""The setting that holds the checksum of all others."""
_SEALED_SINCE = 4

SCHEMA = """
create table setting (name text primary key, value text not null) without rowid;
create table file (
    id integer primary key, path text not null, source text not null, stamp text not null,
    sha256 text not null, options text not null, live integer not null);
create unique index file_path on file (path) where live = 1;
create index file_waiting on file (live) where live < 1;
create table article (
    id integer primary key, source text not null, title text not null,
    characters integer not null, sha256 text not null, metadata text not null,
    passages integer not null, seal integer not null,
    file integer references file (id) on delete cascade, live integer not null,
    blocks blob not null, text blob not null);
create unique index article_source on article (source) where live = 1;
create index article_passages on article (passages) where live = 1;
create index article_file on article (file);
create table passage (
    id integer primary key autoincrement,
    article integer not null references article (id) on delete cascade,
    start integer not null, end integer not null, place integer not null, size integer not null,
    section text not null, sentences blob not null, headings integer not null,
    boilerplate integer not null, key blob not null, seal integer not null);
create index passage_article on passage (article, start);
create index passage_key on passage (key);
create table vector (key blob primary key, data blob not null);
create table kept (
    file integer not null references file (id) on delete cascade,
    article integer not null references article (id) on delete cascade);
create index kept_file on kept (file);
create index kept_article on kept (article);
insert into setting values ('identity', lower(hex(randomblob(16))));
"""


def is_unsealed(settings: Mapping[str, str]) -> bool:
    """Whether these are settings that nothing was set in, or of a format without a seal."""
    made = settings.get("format", "")
    return settings.keys() <= {"identity"} or (made.isdigit() and int(made) < _SEALED_SINCE)
