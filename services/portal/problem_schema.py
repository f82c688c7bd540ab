"""The form of problem documents as JSON Schema; `problems.py` writes them, and tests hold every one against this."""

from typing import Final

from services.portal.problems import VIOLATIONS_MAX
from services.portal.schemas import REFERENCE
from services.portal.value_schemas import Schema

PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "问题说明 (RFC 9457). Why there was no success: every rule broken, and the way out.",
    "properties": {
        "type": {
            "type": "string",
            "pattern": "^/api/v1/problems/[A-Z0-9_]+$",
            "description": "Where the code is explained.",
        },
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"$ref": f"{REFERENCE}Code", "description": "Of the first violation; programs branch on it."},
        "detail": {"type": "string", "description": "The first violation in both languages."},
        "violations": {
            "type": "array",
            "items": {"$ref": f"{REFERENCE}Violation"},
            "minItems": 1,
            "maxItems": VIOLATIONS_MAX,
        },
        "violations_total": {"type": "integer", "description": f"How many there are, when more than {VIOLATIONS_MAX}."},
    },
    "required": ["type", "title", "status", "code", "detail", "violations"],
    "additionalProperties": False,
}
VIOLATION: Final[Schema] = {
    "type": "object",
    "description": "一条不符合规定之处. One broken rule.",
    "properties": {
        "code": {"$ref": f"{REFERENCE}Code"},
        "zh": {"type": "string", "description": "中文说明。"},
        "en": {"type": "string", "description": "The same in English."},
        "params": {
            "type": "object",
            "additionalProperties": {"type": ["string", "integer"]},
            "description": "The facts in the sentences.",
        },
        "pointer": {"type": "string", "description": "Where in the request, as a JSON pointer or a parameter's name."},
    },
    "required": ["code", "zh", "en", "params"],
    "additionalProperties": False,
}
CODE: Final[Schema] = {
    "type": "string",
    "pattern": "^[A-Z][A-Z0-9_]*$",
    "description": "A stable name of a rule.",
    "examples": ["STALE_VERSION"],
}
