#!/usr/bin/env bash
# Sets everything up and runs format, lint, types, a look at the dependencies, and all the tests. Arguments are passed on to vitest.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=append-only
"$scripts/pnpm.sh" --silent check
"$scripts/pnpm.sh" --silent supply
exec "$scripts/pnpm.sh" --silent test "$@"
