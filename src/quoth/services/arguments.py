"""Kinds of arguments: the JSON Schema that callers are told, and the same as a check that holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Protocol

from quoth.errors import UsageError

Schema = dict[str, Any]
"""A JSON Schema (draft 2020-12)."""

_DIGITS = re.compile(r"-?[0-9]{1,9}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class ArgumentError(UsageError):
    """An argument that is not what its schema asks for."""


class Argument(Protocol):
    """One argument of an operation. is_required: it has no default."""

    @property
    def is_required(self) -> bool: ...
    @property
    def default(self) -> Any: ...
    def schema(self) -> Schema: ...
    def checked(self, name: str, value: object) -> Any:
        """The value. Raises ArgumentError."""
        ...

    def parsed(self, text: str) -> object:
        """What a query parameter's text says, to be checked; the text where it says nothing."""
        ...


Arguments = Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Text:
    """A string of `shortest` to `longest` code points; null too where that is the default.

    pattern: what the whole of it must match; form: the same in words.
    """

    tells: str
    _: KW_ONLY
    longest: int
    shortest: int = 1
    pattern: str = ""
    form: str = ""
    is_required: bool = False
    default: str | None = None

    def schema(self) -> Schema:
        """Its JSON Schema."""
        is_optional = not self.is_required and self.default is None
        kind: Any = ["string", "null"] if is_optional else "string"
        limits: Schema = {"maxLength": self.longest}
        limits |= {"minLength": self.shortest} if self.shortest else {}
        limits |= {"pattern": f"^{self.pattern}$"} if self.pattern else {}
        default = {} if self.is_required else {"default": self.default}
        return {"type": kind, "description": self.tells, **limits, **default}

    def checked(self, name: str, value: object) -> str | None:
        """The string. Raises ArgumentError."""
        if value is None and not self.is_required and self.default is None:
            return None
        if not isinstance(value, str):
            raise _wrong(name, value, "give a string")
        if not self.shortest <= len(value) <= self.longest:
            raise ArgumentError(
                f"{name} has {len(value):,} characters: give {self.shortest} to {self.longest:,}"
            )
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise _wrong(name, value, f"give {self.form}")
        if _LONE_SURROGATE.search(value):
            raise _wrong(name, value, "it holds half of a character (a lone surrogate)")
        return value

    def parsed(self, text: str) -> object:
        """The text itself."""
        return text


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of at most `most` strings."""

    tells: str
    _: KW_ONLY
    most: int
    longest: int

    is_required = False

    @property
    def default(self) -> list[str]:
        """No strings."""
        return []

    def schema(self) -> Schema:
        """Its JSON Schema."""
        item = {"type": "string", "minLength": 1, "maxLength": self.longest}
        return {
            "type": "array",
            "description": self.tells,
            "items": item,
            "maxItems": self.most,
            "default": [],
        }

    def checked(self, name: str, value: object) -> list[str]:
        """The strings. Raises ArgumentError."""
        if not isinstance(value, list):
            raise _wrong(name, value, "give a list of strings")
        if len(value) > self.most:
            raise ArgumentError(f"{name} has {len(value):,} entries: give at most {self.most}")
        one = Text("", longest=self.longest, is_required=True)
        return [str(one.checked(f"{name}[{place}]", each)) for place, each in enumerate(value)]

    def parsed(self, text: str) -> object:
        """A list of one."""
        return [text]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    tells: str
    _: KW_ONLY
    low: int
    high: int
    default: int

    is_required = False

    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {
            "type": "integer",
            "description": self.tells,
            "minimum": self.low,
            "maximum": self.high,
            "default": self.default,
        }

    def checked(self, name: str, value: object) -> int:
        """The number; JSON knows one kind, so that 3.0 is 3. Raises ArgumentError."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.low <= value <= self.high or value != int(value):  # type: ignore[operator,call-overload]
            raise _wrong(name, value, f"give a whole number from {self.low} to {self.high:,}")
        return int(value)  # type: ignore[call-overload,no-any-return]

    def parsed(self, text: str) -> object:
        """The number that the digits say."""
        return int(text) if _DIGITS.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words."""

    tells: str
    _: KW_ONLY
    choices: tuple[str, ...]
    default: str

    is_required = False

    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {
            "type": "string",
            "description": self.tells,
            "enum": list(self.choices),
            "default": self.default,
        }

    def checked(self, name: str, value: object) -> str:
        """The word. Raises ArgumentError."""
        if not isinstance(value, str) or value not in self.choices:
            raise _wrong(name, value, f"choose {', '.join(self.choices)}")
        return value

    def parsed(self, text: str) -> object:
        """The text itself."""
        return text


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no; no if it is not given."""

    tells: str

    is_required = False
    default = False

    def schema(self) -> Schema:
        """Its JSON Schema."""
        return {"type": "boolean", "description": self.tells, "default": False}

    def checked(self, name: str, value: object) -> bool:
        """True or False. Raises ArgumentError."""
        if not isinstance(value, bool):
            raise _wrong(name, value, "give true or false")
        return value

    def parsed(self, text: str) -> object:
        """What `true` and `false` say."""
        return {"true": True, "false": False}.get(text, text)


def arguments_schema(arguments: Arguments) -> Schema:
    """The JSON Schema of an object that holds these arguments and nothing else."""
    return {
        "type": "object",
        "properties": {name: one.schema() for name, one in arguments.items()},
        "required": [name for name, one in arguments.items() if one.is_required],
        "additionalProperties": False,
    }


def checked_arguments(arguments: Arguments, given: Mapping[str, object]) -> dict[str, Any]:
    """All arguments, the defaults for those that were not given. Raises ArgumentError."""
    for name in given:
        if name not in arguments:
            raise ArgumentError(f"unknown argument {_shown(name)}: there are {_listed(arguments)}")
    for name, one in arguments.items():
        if one.is_required and name not in given:
            raise ArgumentError(f"{name} is missing: it is needed")
    return {
        name: one.checked(name, given[name]) if name in given else one.default
        for name, one in arguments.items()
    }


def _listed(arguments: Arguments) -> str:
    return ", ".join(arguments)


def _wrong(name: str, value: object, remedy: str) -> ArgumentError:
    return ArgumentError(f"{name} is {_shown(value)}: {remedy}")


def _shown(value: object) -> str:
    """The value as JSON, cut short."""
    text = json.dumps(value, default=repr)
    return text if len(text) <= 80 else f"{text[:79]}…"
