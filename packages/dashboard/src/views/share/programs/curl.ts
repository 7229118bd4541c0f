import { inShell } from './quoted.ts';
import type { RowsRequest } from './request.ts';

/**
 * Shells that people type into do not know comments (zsh), and `exit` would close them: a subshell ends in their place.
 * zsh refuses a variable `status`. The token comes by standard input, because the list of processes shows arguments.
 */
export function curlProgram({ file }: RowsRequest): string {
  return `(
  set -eu
  : "\${TOKEN:?Set TOKEN to an API token.}"
  address=${inShell(file.address)}
  file=${inShell(file.name)}
  trap 'rm -f "$file.part"' EXIT
  code=$(printf 'Authorization: Bearer %s\\n' "$TOKEN" |
    curl --silent --show-error --connect-timeout 20 --header @- \\
      --output "$file.part" --write-out '%{http_code}' "$address")
  if [ "$code" -ne 200 ]; then
    printf 'HTTP %s: %s\\n' "$code" "$(cat "$file.part")" >&2
    exit 1
  fi
  mv "$file.part" "$file"
  echo "The rows are in $file"
)
`;
}
