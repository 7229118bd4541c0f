#!/usr/bin/env bash
# Runs the project's own pnpm (installed into .local/ on first use) in the project's folder,
# so that a machine needs nothing but Node and npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly version=12.21.0
readonly home=.local/pnpm-$version
readonly pnpm=$home/node_modules/.bin/pnpm

if ! command -v npm >/dev/null; then
  echo "npm is missing. Install Node.js with npm (any version from 18 on), then run this again." >&2
  exit 1
fi
if [ ! -x "$pnpm" ]; then
  echo "Installing pnpm $version into $home …" >&2
  mkdir -p "$home"
  npm install --prefix "$home" --no-audit --no-fund --loglevel=error "pnpm@$version" >&2
fi
# What a script starts finds the same pnpm.
export PATH="$PWD/$home/node_modules/.bin:$PATH"
export TURBO_TELEMETRY_DISABLED=1
exec pnpm "$@"
