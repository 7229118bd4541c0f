import { existsSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from './options.ts';
import { DEMO_TOKEN } from './system.ts';

/** A container has no scripts and runs the right Node already. */
const ETL = existsSync(path.join(REPOSITORY, 'scripts/pnpm.sh'))
  ? './scripts/pnpm.sh etl'
  : 'node packages/cli/src/main.ts';

/** What to open and to try next. */
export function addresses(demo: {
  port: number;
  folder: string;
  env: Record<string, string>;
  envFile: string;
  dashboard: string;
}): string {
  const { port, folder, env, envFile, dashboard } = demo;
  const site = `http://127.0.0.1:${port}`;
  return `
Dashboard   ${dashboard}
            This address works once, for 60 s. Afterwards sign in at ${site}/app
            with the token ${DEMO_TOKEN}
API docs    ${site}/docs
API         ${site}/api/user_activity_etl
            Authorization: Bearer ${DEMO_TOKEN}
Bull Board  ${site}/admin/queues  user ${env.BULL_BOARD_USER}, password ${env.BULL_BOARD_PASSWORD}
Logs        ${folder}/*.log

In another terminal, the courses that fell silent in January, and its directorates:
  curl -H "Authorization: Bearer ${DEMO_TOKEN}" \\
    "${site}/api/user_activity_etl/courses?filter=silent"
  set -a; . ${path.relative(process.cwd(), envFile)}; set +a
  ${ETL} summary 2024-01-01 2024-01-28 --by directorate
Where a figure comes from, why it changed later, and whether Moodle still gives the same counts:
  ${ETL} explain 2024-01-18 5 total_views
  ${ETL} prove 2024-01-18
Ctrl-C stops everything.`;
}
