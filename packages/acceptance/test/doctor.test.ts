import path from 'node:path';
import { perReason } from '@etl/core';
import {
  createAccount,
  runProcess,
  type Scratch,
  scratchFolder,
  scratchName,
  startRedis,
  withConnection,
} from '@etl/local-stack';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openSystem, SMALL_SAMPLE, type System, TOKEN } from './system.ts';

interface Finding {
  check: string;
  level: string;
  found: string;
  means?: string;
  mend?: string;
}

let system: System;
let folder: Scratch<string>;
/** A correct set-up: an account for Moodle, one zone, and a board. */
let good: Record<string, string>;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => folder?.remove());

beforeEach(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: { ...SMALL_SAMPLE, courses: 10, rowsPerDay: 60 } },
  );
  const reader = await createAccount(inject('mysqlUrl'), {
    user: scratchName('reader'),
    password: 'reader-secret',
    rights: 'SELECT',
    database: new URL(system.sourceUrl).pathname.slice(1),
  });
  good = {
    ...system.env,
    MOODLE_DATABASE_URL: new URL(new URL(system.sourceUrl).pathname, reader).href,
    BULL_BOARD_PASSWORD: 'a-long-board-password',
  };
  return () => system.close();
});

async function doctor(env: Record<string, string>, ...args: string[]) {
  const logFile = path.join(folder.value, `${scratchName('doctor')}.log`);
  const { code, output } = await runProcess('etl', { env, logFile, args: ['doctor', ...args] });
  return { code, output };
}

async function findings(
  env: Record<string, string>,
): Promise<{ code: number | null; all: Finding[]; output: string }> {
  const { code, output } = await doctor(env, '--json');
  return { code, all: JSON.parse(output).data.findings, output };
}

const onMoodle = (...statements: string[]) =>
  withConnection(system.sourceUrl, async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });

it('the doctor names categories without an idnumber if they cost more than a tenth of the views', async () => {
  const ledgerOf = async () => (await findings(good)).all.find(({ check }) => check === 'ledger');
  expect(await ledgerOf()).toMatchObject({ level: 'ok', found: 'no date has final figures yet' });
  const ledger = (lost: number) => ({
    read: 1000,
    counted: 90,
    left_out: { ...perReason(() => 0), not_an_activity_view: 910 - lost, category_without_idnumber: lost },
  });
  const write = async (lost: number) => {
    await system.rows("DELETE FROM log_scheduler WHERE run_id = 'ledger'");
    await system.rows(
      `INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
         trigger_type, requested_by, details, finished_at)
       VALUES ('ledger', 'ledger', 'main_etl', '2024-01-15', 1, 1, '2024-01-15', '2024-01-15', 'cli', 'test', ?, NOW())`,
      [JSON.stringify({ time_zone: 'UTC', ledger: ledger(lost) })],
    );
  };
  await system.rows(
    `INSERT INTO left_out_courses (extraction_date, moodle_course_id, reason, views, category_id) VALUES
       ('2024-01-15', 1, 'category_without_idnumber', 3, 901), ('2024-01-15', 2, 'category_without_idnumber', 8, 902),
       ('2024-01-15', 3, 'course_hidden', 5, 903)`,
  );
  await system.rows(
    "INSERT INTO course_categories_etl (id, parent, depth, path, name) VALUES (902, 0, 1, '/902', 'Evening school')",
  );
  try {
    await write(10);
    expect(await ledgerOf()).toMatchObject({
      level: 'ok',
      found: expect.stringContaining('10 of 100 views'),
    });
    await write(11);
    expect(await ledgerOf()).toMatchObject({
      level: 'warning',
      found:
        '11 of 101 views of 2024-01-15 (10.9 %) are in categories without an idnumber: Evening school (8), 901 (3)',
      mend: expect.stringContaining('an idnumber in Moodle'),
    });
  } finally {
    await system.rows("DELETE FROM log_scheduler WHERE run_id = 'ledger'");
    await system.rows('DELETE FROM left_out_courses');
    await system.rows('DELETE FROM course_categories_etl WHERE id = 902');
  }
});

it('the doctor finds no fault in a correct set-up', async () => {
  const { code, all, output } = await findings(good);
  expect(all.filter(({ level }) => level === 'fault' || level === 'warning')).toEqual([]);
  expect(code).toBe(0);
  expect(all.length).toBeGreaterThan(15);
  expect(JSON.parse(output)).toMatchObject({ status: true, timestamp: expect.any(String) });
  const printed = await doctor(good);
  expect(printed).toMatchObject({ code: 0, output: expect.stringMatching(/All good\.\n$/) });
  expect(printed.output).not.toContain('\u001b');
});

/** What is broken, how, and the doctor's answer. */
interface Broken {
  how: () => Promise<Record<string, string>> | Record<string, string>;
  check: string;
  found: RegExp;
  mend: RegExp;
  level?: string;
}

const SET_UPS: Record<string, Broken> = {
  'a variable that is not set': {
    how: () => ({ MOODLE_DATABASE_URL: '' }),
    check: 'configuration',
    found: /^MOODLE_DATABASE_URL is not set$/,
    mend: /Set MOODLE_DATABASE_URL/,
  },
  'a variable with an invalid value': {
    how: () => ({ ETL_BATCH_SIZE: 'many' }),
    check: 'configuration',
    found: /ETL_BATCH_SIZE: "many" is not allowed/,
    mend: /\.env\.example/,
  },
  'a variable that nothing reads': {
    how: () => ({ ETL_TZ: 'Asia/Jakarta' }),
    check: 'configuration',
    found: /^nothing reads ETL_TZ$/,
    mend: /\.env\.example/,
    level: 'warning',
  },
  'a wrong password': {
    how: () => ({
      ETL_DATABASE_URL: `mysql://nobody:board-secret@127.0.0.1:${new URL(good.ETL_DATABASE_URL ?? '').port}/celoeapi`,
    }),
    check: 'warehouse',
    found: /Access denied for user 'nobody'/,
    mend: /ETL_DATABASE_URL/,
  },
  'a Redis that does not answer': {
    how: () => ({ REDIS_URL: 'redis://:board-secret@127.0.0.1:1' }),
    check: 'redis',
    found: /ECONNREFUSED/,
    mend: /REDIS_URL/,
  },
  'a Moodle that does not answer': {
    how: () => ({ MOODLE_DATABASE_URL: 'mysql://etl:board-secret@127.0.0.1:1/moodle' }),
    check: 'moodle database',
    found: /ECONNREFUSED/,
    mend: /MOODLE_DATABASE_URL/,
  },
  'an account that may write': {
    how: () => ({ MOODLE_DATABASE_URL: system.sourceUrl }),
    check: 'moodle account',
    found: /may do more than read: (ALL PRIVILEGES$|INSERT, UPDATE, DELETE, .* and \d+ others$)/,
    mend: /GRANT SELECT ON/,
    level: 'warning',
  },
  'another prefix': {
    how: () => ({ MOODLE_TABLE_PREFIX: 'moodle_' }),
    check: 'moodle tables',
    found: /moodle_logstore_standard_log/,
    mend: /set MOODLE_TABLE_PREFIX=mdl_/,
  },
  'a table that is missing': {
    how: () => onMoodle('DROP TABLE mdl_context').then(() => ({})),
    check: 'moodle tables',
    found: /missing or unreadable: mdl_context$/,
    mend: /GRANT SELECT ON/,
  },
  'the log without its index': {
    how: () =>
      onMoodle('ALTER TABLE mdl_logstore_standard_log DROP INDEX mdl_logsstanlog_tim_ix').then(() => ({})),
    check: 'log index',
    found: /none on timecreated/,
    mend: /CREATE INDEX mdl_logsstanlog_tim_ix ON mdl_logstore_standard_log \(timecreated\)/,
  },
  'the roles without their index': {
    how: () =>
      onMoodle('ALTER TABLE mdl_role_assignments DROP INDEX mdl_roleassi_useconrol_ix').then(() => ({})),
    check: 'roles index',
    found: /none on \(userid, contextid, roleid\)/,
    mend: /CREATE INDEX mdl_roleassi_useconrol_ix/,
    level: 'warning',
  },
  'another time zone': {
    how: () => ({ ETL_TIMEZONE: 'Asia/Jakarta' }),
    check: 'time zone',
    found: /Moodle uses UTC; ETL_TIMEZONE is Asia\/Jakarta/,
    mend: /ETL_TIMEZONE=UTC/,
    level: 'warning',
  },
  'a role that does not exist': {
    how: () => ({ ETL_STUDENT_ROLE_IDS: '17' }),
    check: 'roles of students',
    found: /there is no role 17; role 5 \(student\) is left out/,
    mend: /ETL_STUDENT_ROLE_IDS=5/,
  },
  'a role of another kind': {
    how: () => ({ ETL_TEACHER_ROLE_IDS: '3,5' }),
    check: 'roles of teachers',
    found: /role 5 \(student\) is not one of teachers; role 4 \(teacher\) is left out/,
    mend: /ETL_TEACHER_ROLE_IDS=3,4/,
    level: 'warning',
  },
  'a log store that is off': {
    how: () =>
      onMoodle(
        "UPDATE mdl_config_plugins SET value = 'logstore_database' WHERE name = 'enabled_stores'",
      ).then(() => ({})),
    check: 'log store',
    found: /is off/,
    mend: /Manage log stores/,
  },
  'a log that Moodle deletes too soon': {
    how: () =>
      onMoodle("UPDATE mdl_config_plugins SET value = '2' WHERE name = 'loglifetime'").then(() => ({})),
    check: 'log retention',
    found: /^2 days$/,
    mend: /8 days or more, or set ETL_CATCH_UP_DAYS=1/,
    level: 'warning',
  },
  'a log without new rows': {
    how: () => ({ ETL_SCHEDULE: '0 2 * * *' }),
    check: 'log',
    found: /to 2024-01-/,
    mend: /MOODLE_DATABASE_URL/,
    level: 'warning',
  },
  'no category with an idnumber': {
    how: () => onMoodle('UPDATE mdl_course_categories SET idnumber = NULL').then(() => ({})),
    check: 'courses',
    found: /\(100 %\) are left out/,
    mend: /idnumber/,
  },
  'migrations that are pending': {
    how: async () => {
      await system.rows('DROP TABLE kysely_migration');
      return {};
    },
    check: 'tables',
    found: /0001-activity-counts-etl/,
    mend: /^pnpm migrate$/,
  },
  'a partly restored backup': {
    how: async () => {
      await system.rows('DROP TABLE user_activity_etl');
      return {};
    },
    check: 'tables',
    found: /^lost: user_activity_etl$/,
    mend: /Restore the whole database/,
  },
  'an account of the warehouse that may only read': {
    how: async () => {
      const database = new URL(system.warehouseUrl).pathname.slice(1);
      const account = { user: scratchName('reader'), password: 'reader-secret', rights: 'SELECT', database };
      return { ETL_DATABASE_URL: await createAccount(inject('mysqlUrl'), account) };
    },
    check: 'warehouse account',
    found: /^may not INSERT, UPDATE, DELETE, CREATE/,
    mend: /^GRANT ALL PRIVILEGES ON/,
  },
  "Moodle's own database as the warehouse": {
    how: () => ({ ETL_DATABASE_URL: system.sourceUrl }),
    check: 'tables',
    found: /Moodle's tables are in the warehouse/,
    mend: /CREATE DATABASE celoeapi/,
  },
  'a run that no worker takes': {
    how: async () => {
      await system.startGateway();
      await system.call('run_pipeline', { method: 'POST', body: '{}' });
      await system.rows('UPDATE log_scheduler SET created_at = NOW() - INTERVAL 1 HOUR');
      return {};
    },
    check: 'runs',
    found: /^one has been queued for 60 minutes$/,
    mend: /pnpm worker/,
    level: 'warning',
  },
  'roles of administrators without a key': {
    how: () => ({ ETL_ADMIN_ROLES: 'dean' }),
    check: 'tokens',
    found: /no key for signed tokens/,
    mend: /ETL_JWT_SECRET/,
    level: 'warning',
  },
  'a weak token in production': {
    how: () => ({ NODE_ENV: 'production', ETL_WEBHOOK_TOKENS: 'portal:your-webhook-token' }),
    check: 'configuration',
    found: /the token of portal is a documented example/,
    mend: /\.env\.example/,
  },
  'no token': {
    how: () => ({ ETL_WEBHOOK_TOKENS: '' }),
    check: 'tokens',
    found: /there is no token/,
    mend: /openssl rand -hex 24/,
  },
  'a short password of the board in production': {
    how: () => ({ NODE_ENV: 'production', BULL_BOARD_PASSWORD: 'short' }),
    check: 'configuration',
    found: /BULL_BOARD_PASSWORD is shorter than 12 characters/,
    mend: /\.env\.example/,
  },
  'no board in production': {
    how: () => ({ NODE_ENV: 'production', BULL_BOARD_PASSWORD: '' }),
    check: 'board',
    found: /no password/,
    mend: /BULL_BOARD_PASSWORD/,
  },
};

describe('the doctor names the fault and its remedy:', () => {
  it.each(Object.entries(SET_UPS))('%s', async (_, { how, check, found, mend, level = 'fault' }) => {
    const broken = await how();
    const { code, all, output } = await findings({ ...good, ...broken });
    const finding = all.find((one) => one.check === check && one.level !== 'ok' && found.test(one.found));
    expect(finding, output).toMatchObject({
      level,
      means: expect.stringMatching(/\w+/),
      mend: expect.stringMatching(mend),
    });
    expect(code).toBe(level === 'fault' ? 1 : 0);
    // Only this check reports a fault.
    expect(all.filter((one) => one.level === 'fault' || one.level === 'warning')).toEqual([finding]);
    expect(output).not.toMatch(/reader-secret|board-secret|a-long-board-password/);
    expect(output).not.toContain(TOKEN);
  });

  it.each([
    ['no password', ''],
    ['a wrong password', 'another'],
  ])('the doctor says that Redis requires a password, given %s', async (_name, given) => {
    const redis = await startRedis({
      folder: path.join(folder.value, scratchName('redis')),
      password: 'its-own',
    });
    const url = new URL(redis.url);
    url.password = given;
    const { code, all } = await findings({ ...good, REDIS_URL: url.href });
    await redis.stop();
    expect(code).toBe(1);
    expect(all).toContainEqual(
      expect.objectContaining({
        check: 'redis',
        level: 'fault',
        mend: expect.stringContaining('Put the password of Redis (requirepass) into REDIS_URL'),
      }),
    );
  });

  it('the doctor reports a Redis that evicts keys and has no append-only file', async () => {
    const redis = await startRedis({ folder: path.join(folder.value, 'redis') });
    await redis.configure({ 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' });
    const { code, all } = await findings({ ...good, REDIS_URL: redis.url });
    await redis.stop();
    expect(all.filter(({ level }) => level === 'fault' || level === 'warning')).toMatchObject([
      {
        check: 'redis memory',
        level: 'fault',
        found: 'maxmemory-policy is allkeys-lru',
        mend: expect.stringContaining('noeviction'),
      },
      { check: 'redis persistence', level: 'warning', mend: expect.stringContaining('appendonly yes') },
    ]);
    expect(code).toBe(1);
  });

  it('the doctor reports each of several faults', async () => {
    const { code, output } = await doctor({
      ...good,
      REDIS_URL: 'redis://127.0.0.1:1',
      ETL_DATABASE_URL: 'mysql://a@127.0.0.1:1/a',
      MOODLE_DATABASE_URL: 'mysql://a@127.0.0.1:1/a',
      PORT: 'http',
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      /fault +configuration: .*fault +redis: .*fault +warehouse: .*fault +moodle database: .*4 faults, 0 warnings\.\n$/s,
    );
  });
});
