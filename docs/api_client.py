"""Order a month by machine: who can be paid, a draft, submit, wait for the bureau, and print what to transfer.

    python docs/api_client.py https://fund.example token.txt 2020-04

An employer's user makes the token by POST /api/v1/tokens, with the scopes orders:read, orders:write, orders:submit,
notices:read and events:read. It may be run again after a failure: under the same
Idempotency-Key the draft is made once.
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

origin, token_file, month = sys.argv[1:]
token = Path(token_file).read_text(encoding="utf-8").strip()


def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
    headers |= {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        return urlopen(Request(f"{origin}/api/v1{path}", data, headers, method=method), timeout=60)
    except HTTPError as error:
        sys.exit("\n".join(f"{each['code']} {each['zh']} {each['en']}" for each in json.load(error)["violations"]))


def ask(*request: Any, **headers: str) -> Any:
    with send(*request, **headers) as answer:
        return json.load(answer)


wanted = {"kind": "regular", "months": {"first": month, "last": month}}
made = ask("POST", "/orders", wanted, **{"Idempotency-Key": f"order-of-{month}"})
order = ask("GET", f"/orders/{made['id']}")
pages = [""]
for page in pages:
    sheet = ask("POST", f"/orders/preview{page}", wanted)
    lines = [{"employee_id": row["employee_id"], "amount": row["amount"]} for row in sheet["items"] if row["amount"]]
    order = ask("PUT", f"/orders/{order['id']}/lines", {"version": order["version"], "lines": lines})
    pages += [f"?cursor={sheet['next']}"] if sheet["next"] else []
with send("GET", "/events") as events:
    order = ask("POST", f"/orders/{order['id']}/submit", {"version": order["version"], "total": order["total"]})
    for event in events:
        if event.startswith(b"event: order"):
            order = ask("GET", f"/orders/{order['id']}")
        if order["state"] != "submitted":
            break
notice = ask("GET", f"/notices/{order['notice_id']}") if order["notice_id"] else sys.exit(order["remark"])
print(notice["memo"], notice["amount"])
