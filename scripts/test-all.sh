#!/usr/bin/env bash
# What `./scripts/test.sh --all` adds to the tests on MariaDB. Each addition is a function below, and `additions` lists them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly additions=(mysql galera)

# Tests whose result depends on the database server.
readonly sql_tests=(
  packages/{moodle,pipeline,warehouse,queue}
  packages/gateway/test/{cursors,export,results,scope,summary}.test.ts
  packages/acceptance/test/{a-run,doctor,doctor-statements,foreign-moodle,killed-workers,nightly,once-per-date,php-takeover,re-runs}.test.ts
)

# The SQL tests on a private MySQL of Debian's unstable suite, which is downloaded into .local/programs.
mysql() {
  env -u LOCAL_STACK_MYSQL_URL LOCAL_STACK_SERVER=mysql \
    ./scripts/pnpm.sh exec vitest run --project stack "${sql_tests[@]}"
}

# A cluster of three MariaDB nodes as the warehouse. The packages mariadb-server and haproxy are installed if they are missing.
galera() {
  ./scripts/pnpm.sh exec vitest run --project all packages/acceptance/test/galera.all.test.ts
}

# A test that was renamed must not vanish from the list in silence.
ls -d "${sql_tests[@]}" >/dev/null
for addition in "${additions[@]}"; do
  echo "== test.sh --all: $addition"
  "$addition"
done
echo "All tests passed: the usual ones, and those of ${additions[*]}."
