import path from 'node:path';
import { createAccount, runProcess, scratchName, withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, SMALL_SAMPLE, type System } from './system.ts';

interface Finding {
  check: string;
  level: string;
  found: string;
  mend?: string;
}

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: { ...SMALL_SAMPLE, courses: 10, rowsPerDay: 60 } },
  );
});

afterAll(() => system?.close());

const command = (name: 'etl' | 'migrate', env: Record<string, string> = {}, ...args: string[]) =>
  runProcess(name, {
    env: { ...system.env, ...env },
    logFile: path.join(system.folder, `${scratchName(name)}.log`),
    args,
  });

/** What the doctor finds about these checks. */
async function found(checks: readonly string[], env: Record<string, string> = {}): Promise<Finding[]> {
  const { output } = await command('etl', env, 'doctor', '--json');
  const { findings } = JSON.parse(output.slice(output.indexOf('{\n'))).data as { findings: Finding[] };
  return findings.filter(({ check }) => checks.includes(check));
}

const databaseOf = () => new URL(system.warehouseUrl).pathname.slice(1);

const asAdmin = (statement: string) => withConnection(inject('mysqlUrl'), (admin) => admin.query(statement));

it('the doctor names a view that is missing, and migrate creates it again', async () => {
  expect(await found(['views'])).toMatchObject([{ level: 'ok' }]);
  await system.rows('DROP VIEW v_runs');
  expect(await found(['views'])).toMatchObject([
    { level: 'warning', found: expect.stringMatching(/^v_runs: .*v_runs/), mend: 'pnpm migrate' },
  ]);
  expect((await command('migrate')).code).toBe(0);
  expect(await found(['views'])).toMatchObject([{ level: 'ok' }]);
});

it('the doctor names the right to views that the account of the warehouse lacks', async () => {
  const user = scratchName('loader');
  const rights = 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP';
  const url = await createAccount(inject('mysqlUrl'), {
    user,
    password: 'a-secret',
    rights,
    database: databaseOf(),
  });
  const account = () => found(['warehouse account'], { ETL_DATABASE_URL: url });
  try {
    expect(await account()).toMatchObject([
      { level: 'fault', found: 'may not CREATE VIEW', mend: expect.stringMatching(/^GRANT ALL/) },
    ]);
    const { code, output } = await command('migrate', { ETL_DATABASE_URL: url });
    const [, grant = ''] = /Run: (GRANT CREATE VIEW ON .*;)/.exec(output) ?? [];
    expect(code).toBe(1);
    expect(output).toContain('Nothing is lost');
    await asAdmin(grant);
    expect(await account()).toMatchObject([{ level: 'ok' }]);
    expect((await command('migrate', { ETL_DATABASE_URL: url })).code).toBe(0);
    expect(await found(['views'])).toMatchObject([{ level: 'ok' }]);
  } finally {
    await asAdmin(`DROP USER '${user}'@'%'`);
  }
  const lost = {
    level: 'warning',
    found: expect.stringMatching(/^v_course_day: .*definer/i),
    mend: 'pnpm migrate',
  };
  expect(await found(['views'])).toMatchObject([lost]);
  // To an account without rights to all databases, the server says something else.
  const plain = {
    user: scratchName('plain'),
    password: 'a-secret',
    rights: 'ALL PRIVILEGES',
    database: databaseOf(),
  };
  const plainUrl = await createAccount(inject('mysqlUrl'), plain);
  try {
    expect(await found(['views'], { ETL_DATABASE_URL: plainUrl })).toMatchObject([lost]);
  } finally {
    await asAdmin(`DROP USER '${plain.user}'@'%'`);
  }
});
