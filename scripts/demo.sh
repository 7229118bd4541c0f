#!/usr/bin/env bash
# Sets everything up, builds the dashboard, and runs the pipeline on a sample Moodle. See `./scripts/demo.sh --help`.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=silent
"$scripts/pnpm.sh" --silent build
exec "$scripts/pnpm.sh" --silent demo "$@"
