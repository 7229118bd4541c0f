#!/usr/bin/env bash
# Installs the dependencies and checks format, lint, types and dependencies. Then runs the test projects `unit` and `stack`.
# `--all`, as the first argument, adds the project `long` and the tests on MySQL. Other arguments are passed on to vitest.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
projects=(--project stack)
all=false
if [ "${1:-}" = --all ]; then
  all=true
  projects+=(--project long)
  shift
fi
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=append-only
# `check` runs the project `unit`.
"$scripts/pnpm.sh" --silent check
"$scripts/pnpm.sh" --silent supply
"$scripts/pnpm.sh" exec vitest run "${projects[@]}" "$@"
if [ "$all" = true ]; then "$scripts/test-mysql.sh"; fi
