#!/usr/bin/env bash
# Runs the tests whose result depends on the database server on a private MySQL, which is downloaded into .local/programs.
# Arguments are passed on to vitest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly sql_tests=(
  packages/{moodle,pipeline,warehouse,queue}
  packages/gateway/test/{conditional-reads,cursors,export,ledger,results,scope,series,states-of-dates,summary,views-equal-answers,withheld-rows}.test.ts
  packages/acceptance/test/{a-run,doctor,doctor-statements,doctor-views,foreign-moodle,once-per-date,php-takeover,re-runs}.test.ts
  packages/acceptance/test/{killed-workers,nightly}.long.test.ts
)

# A renamed test must not vanish from the list in silence.
ls -d "${sql_tests[@]}" >/dev/null
exec env -u LOCAL_STACK_MYSQL_URL LOCAL_STACK_SERVER=mysql \
  ./scripts/pnpm.sh exec vitest run --project stack --project long "${sql_tests[@]}" "$@"
