#!/usr/bin/env bash
# Sets everything up and runs the pipeline on a sample Moodle. See `./scripts/demo.sh --help`.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
"$scripts/pnpm.sh" install --frozen-lockfile --reporter=silent
exec "$scripts/pnpm.sh" --silent demo "$@"
