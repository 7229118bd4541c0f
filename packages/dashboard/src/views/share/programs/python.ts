import { inPython } from './quoted.ts';
import { linesOf, type RowsRequest } from './request.ts';

const NEXT = { cursor: '{"cursor": page["next_cursor"]}', offset: '{"offset": len(rows)}' };

export function pythonProgram({ address, query, next }: RowsRequest): string {
  return `# Reads rows from the User Activity ETL. Needs Python 3.8 or newer, and no packages.
import http.client
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

ADDRESS = ${inPython(address)}
QUERY = {
${linesOf(query, (name, value) => `    ${inPython(name)}: ${inPython(value)},`)}
}
TOKEN = os.environ.get("TOKEN") or sys.exit("Set TOKEN to an API token.")


class RefuseRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would send the token to another address. It becomes an HTTPError."""

    def redirect_request(self, *_):
        return None


opener = urllib.request.build_opener(RefuseRedirects)


def read_page(place):
    url = ADDRESS + "?" + urllib.parse.urlencode({**QUERY, **place})
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + TOKEN})
    try:
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"HTTP {error.code}: {error.read().decode(errors='replace')}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.exit(f"{ADDRESS} cannot be read: {error}")


rows = []
place = {}
while True:
    page = read_page(place)
    rows += page["data"]
    if not page["has_next"]:
        break
    place = ${NEXT[next]}

# Each row is a dictionary. With pandas: table = pandas.json_normalize(rows)
print(len(rows), "rows")
`;
}
