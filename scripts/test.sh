#!/usr/bin/env bash
# Sets everything up and runs format, lint, types, a look at the dependencies, and all the tests. Arguments are passed on to vitest.
# `--all`, as the first argument, also runs what takes longer or needs more: see test-all.sh.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
all=false
if [ "${1:-}" = --all ]; then
  all=true
  shift
fi
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=append-only
"$scripts/pnpm.sh" --silent check
"$scripts/pnpm.sh" --silent supply
"$scripts/pnpm.sh" --silent test "$@"
if [ "$all" = true ]; then exec "$scripts/test-all.sh"; fi
