#!/usr/bin/env bash
# Installs the dependencies, builds the dashboard, and checks format, lint, types and dependencies. Then runs the test projects
# `unit`, `stack` and `browser`.
# `--all`, as the first argument, adds the project `long` and the tests on MySQL. Other arguments are passed on to vitest.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
tests='vitest run --project stack --project browser "$@"'
if [ "${1:-}" = --all ]; then
  tests='vitest run --project stack --project browser --project long "$@" && scripts/test-mysql.sh'
  shift
fi
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=append-only
"$scripts/pnpm.sh" --silent build
# `check` runs the project `unit`.
"$scripts/pnpm.sh" --silent check
"$scripts/pnpm.sh" --silent supply
# pnpm replaces this shell: a signal to this process ends the tests too.
exec "$scripts/pnpm.sh" exec sh -c "$tests" sh "$@"
