"""Which statuses a call may answer with, and what each one means: derived from what the call takes and who may make it."""

from collections.abc import Mapping
from typing import Final, get_args, get_type_hints

from services.portal.endpoints import Endpoint, Streamed
from services.portal.wire import Id

# In both languages; the codes are examples, `violations` in the answer tells which one it is.
MEANINGS: Final[Mapping[int, tuple[str, str]]] = {
    304: ("没有变化", "Not changed since the ETag that was sent."),
    400: ("请求的形式不对，或有未知字段", "The request has not the right form, or a field that is not known."),
    401: ("没有登录，或令牌无效", "Not logged in, or the token is not valid."),
    403: ("没有权限，或请求来自其他网站", "Not allowed to this role or token, or sent by another site."),
    404: (
        "没有这一项；别人的编号也是同样的回答",
        "There is no such thing; what belongs to others gets the same answer.",
    ),
    408: ("请求没有及时收完", "The request did not arrive in time."),
    409: ("状态已经改变，或被别人占用", "The state has changed meanwhile, or somebody else was first."),
    410: ("太旧，已经不再保存", "Too old, and no longer kept."),
    413: ("正文太大", "The body is too large."),
    415: ("正文类型不对", "The body is of another kind than this call takes."),
    422: ("内容不符合规定，逐条列出", "The content breaks rules; each one is listed."),
    429: ("太频繁，请稍后重试", "Too often, or too many connections; try again later."),
    431: ("请求头太长", "The header of the request is too long."),
    500: ("系统出错，没有任何改动", "Our fault; nothing was changed."),
    503: ("暂时不可用，没有任何改动", "Not available at this moment; nothing was changed."),
}
# Whatever is asked: of the wire, of whoever asks, and of the server.
ANY_CALL: Final = frozenset({400, 401, 408, 413, 429, 431, 500, 503})


def success_of(endpoint: Endpoint) -> int:
    """Give the status of a call that succeeded."""
    return 204 if endpoint.gives is None and not endpoint.writes_itself else endpoint.status


def problems_of(endpoint: Endpoint) -> tuple[int, ...]:
    """Give the statuses of the problems that a call may answer with, in order."""
    statuses = set(ANY_CALL) | {status for status in endpoint.also if status >= 400}  # noqa: PLR2004 - RFC 9110: errors.
    changes, takes_json = endpoint.method != "GET", endpoint.body not in {None, Streamed}
    if endpoint.who is not None or changes:
        statuses.add(403)
    if endpoint.path_names or _names_an_id(endpoint.query) or endpoint.body is not None:
        statuses.add(404)
    if changes and endpoint.who is not None:
        statuses |= {404, 409, 422}
    if endpoint.query is not None:
        statuses.add(422)
    if endpoint.body is not None:
        statuses.add(422)
    if takes_json or endpoint.body is Streamed:
        statuses.add(415)
    return tuple(sorted(statuses))


def _names_an_id(query: type | None) -> bool:
    hints = {} if query is None else get_type_hints(query)
    return any(hint is Id or Id in get_args(hint) for hint in hints.values())
