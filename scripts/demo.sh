#!/usr/bin/env bash
# Sets everything up, builds the dashboard, and runs the pipeline on a sample Moodle. See `./scripts/demo.sh --help`.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=silent
echo 'Building the dashboard …'
built=$("$scripts/pnpm.sh" --silent build 2>&1) || { printf '%s\n' "$built" >&2; exit 1; }
exec "$scripts/pnpm.sh" --silent demo "$@"
