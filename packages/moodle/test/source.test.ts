import { dayOf } from '@etl/core';
import {
  createMoodleTables,
  fillSampleMoodle,
  SAMPLE_DEFAULTS,
  type Scratch,
  scratchDatabase,
  WORDING,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { type RawBuilder, sql } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  activityCountsIn,
  checkLogPlan,
  enrolmentsByContext,
  logIdRange,
  onSourceSnapshot,
  read,
  ScanRefused,
  type Source,
} from '../src/index.ts';
import { requirePlan, timeIndex } from '../src/indexes.ts';
import { open } from './support.ts';

type Statement = RawBuilder<unknown>;

const DATE = '2024-01-15';
const day = dayOf(DATE, 'UTC');
const ROLES = { students: [5], teachers: [3, 4] };
const never = new AbortController().signal;
const wording = WORDING[inject('serverKind')];

let database: Scratch<string>;
let source: Source;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'moodle');
  source = open(database.value);
});

afterAll(async () => {
  await source?.db.destroy();
  await database?.remove();
});

describe('sessions on the source', () => {
  beforeAll(() => withConnection(database.value, (connection) => createMoodleTables(connection, 'mdl_')));

  it('a session on the source cannot write', async () => {
    await expect(sql`DELETE FROM mdl_course`.execute(source.db)).rejects.toThrow(/READ ONLY transaction/);
    await expect(sql`INSERT INTO mdl_course (fullname) VALUES ('x')`.execute(source.db)).rejects.toThrow(
      /READ ONLY transaction/,
    );
  });

  it("a session on the source is in UTC and in strict mode, independent of the server's settings", async () => {
    const { rows } = await sql<{ zone: string; mode: string }>`
      SELECT @@time_zone AS zone, @@sql_mode AS mode`.execute(source.db);
    expect(rows[0]?.zone).toBe('+00:00');
    expect(rows[0]?.mode).toContain('STRICT_ALL_TABLES');
    expect(rows[0]?.mode).toContain('ONLY_FULL_GROUP_BY');
  });

  it('a session on the source ends a statement that exceeds the time limit', async () => {
    const limited = open(database.value, { ETL_TIMEOUT: '1' });
    try {
      const slow = sql`SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b,
        information_schema.columns c, information_schema.columns d`;
      await expect(slow.execute(limited.db)).rejects.toThrow(wording.overLimit);
    } finally {
      await limited.db.destroy();
    }
  });

  it.each([
    ['', (statement: Statement, signal: AbortSignal) => read(source, statement, signal)],
    [
      ' on a snapshot',
      (statement: Statement, signal: AbortSignal) =>
        onSourceSnapshot(source, signal, (snapshot) => read(snapshot, statement, signal)),
    ],
  ])(
    'a session on the source ends its statement on the server when its signal aborts%s',
    async (_where, readFrom) => {
      const running = () =>
        withConnection(inject('mysqlUrl'), async (connection) => {
          const [rows] = await connection.query<RowDataPacket[]>(
            `SELECT id FROM ${wording.sessions} WHERE info LIKE 'SELECT SLEEP(100) AS aborted%'`,
          );
          return rows.length;
        });
      const controller = new AbortController();
      const refused = expect(readFrom(sql`SELECT SLEEP(100) AS aborted`, controller.signal)).rejects.toThrow(
        'no longer wanted',
      );
      await waitUntil(async () => (await running()) > 0, 'the statement to run');
      controller.abort(new Error('no longer wanted'));
      // Long before its time limit ends it.
      await waitUntil(async () => (await running()) === 0, 'the statement to be gone', { seconds: 20 });
      await refused;
      // The connections can be used again.
      const once = () =>
        onSourceSnapshot(source, never, (snapshot) => read(snapshot, sql`SELECT 1 AS one`, never));
      expect(await Promise.all([once(), once(), once()])).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
    },
  );
});

describe('plans of the reads', () => {
  // The server's log has the statements of all tests. Only this one uses these tables.
  const PREFIX = 'plans_';
  let source: Source;

  beforeAll(() => {
    source = open(database.value, { MOODLE_TABLE_PREFIX: PREFIX });
  });

  afterAll(() => source?.db.destroy());

  const planOf = async (statement: string) => {
    const [rows] = await withConnection(database.value, (connection) =>
      connection.query<RowDataPacket[]>(`EXPLAIN FORMAT=TRADITIONAL ${statement}`),
    );
    return rows[0];
  };
  /** The statements that a read sends, as the server sees them. */
  const statementsOf = async (work: (source: Source) => Promise<unknown>) => {
    const statements: string[] = [];
    await withConnection(inject('mysqlUrl'), async (admin) => {
      await admin.query("SET GLOBAL log_output = 'TABLE'");
      await admin.query('TRUNCATE mysql.general_log');
      await admin.query('SET GLOBAL general_log = 1');
      try {
        await work(source);
      } finally {
        await admin.query('SET GLOBAL general_log = 0');
      }
      const [rows] = await admin.query<RowDataPacket[]>(
        `SELECT CONVERT(argument USING utf8mb4) AS statement FROM mysql.general_log
         WHERE command_type = 'Query' AND argument LIKE ? AND argument NOT REGEXP '^(EXPLAIN|SHOW)' ORDER BY event_time`,
        ['%FROM `plans\\_%'],
      );
      statements.push(...rows.map(({ statement }) => statement));
    });
    return statements;
  };

  beforeEach(() =>
    withConnection(database.value, (connection) =>
      fillSampleMoodle(connection, {
        ...SAMPLE_DEFAULTS,
        prefix: PREFIX,
        courses: 60,
        rowsPerDay: 4000,
        timeZone: 'UTC',
      }),
    ),
  );

  it('find the id range of a day in the index on time alone', async () => {
    const [statement] = await statementsOf((source) => logIdRange(source, day, never));
    const plan = await planOf(statement as string);
    expect(plan).toMatchObject({ type: 'range', key: 'plans_logsstanlog_tim_ix' });
    expect(plan?.Extra).toContain('Using index');
  });

  it('read a slice by the primary key, or by the index on time', async () => {
    const idRange = await logIdRange(source, day, never);
    const slices = {
      PRIMARY: { by: 'id', from: idRange.firstId, to: idRange.lastId },
      plans_logsstanlog_tim_ix: { by: 'time', from: day.start, to: day.end - 1 },
    } as const;
    for (const [key, slice] of Object.entries(slices)) {
      const [statement] = await statementsOf((source) => activityCountsIn(source, day, slice, never));
      expect(await planOf(statement as string)).toMatchObject({ type: 'range', key });
    }
  });

  it('count enrolments in the covering index alone', async () => {
    const [statement] = await statementsOf((source) => enrolmentsByContext(source, ROLES, never));
    const plan = await planOf(statement as string);
    expect(plan).toMatchObject({ type: 'index', key: 'plans_roleassi_useconrol_ix' });
    expect(plan?.Extra).toContain('Using index');
  });

  it('give the same enrolment counts if their index is missing or ignored', async () => {
    const counts = async () => new Set(await enrolmentsByContext(source, ROLES, never));
    const before = await counts();
    expect(before.size).toBeGreaterThan(50);
    for (const what of [
      `ALTER INDEX plans_roleassi_useconrol_ix ${wording.hidden}`,
      'DROP INDEX plans_roleassi_useconrol_ix',
    ]) {
      await withConnection(database.value, (connection) =>
        connection.query(`ALTER TABLE plans_role_assignments ${what}`),
      );
      expect(await counts()).toEqual(before);
    }
  });

  it('the plans of the reads are refused if the server does not use the existing index', async () => {
    const index = await timeIndex(source, never);
    const log = sql.table(`${PREFIX}logstore_standard_log`);
    const byIndex = sql`SELECT COUNT(component) FROM ${log} FORCE INDEX (${sql.ref(index)}) WHERE timecreated >= ${day.start}`;
    await requirePlan(source, index, byIndex, never);
    const byDate = sql`SELECT COUNT(component) FROM ${log} WHERE DATE(FROM_UNIXTIME(timecreated)) = ${DATE}`;
    await expect(requirePlan(source, index, byDate, never)).rejects.toThrow(ScanRefused);
  });

  it('the plans of the reads are refused if the server ignores the index', async () => {
    const ignore = (how: string) =>
      withConnection(database.value, (connection) =>
        connection.query(
          `ALTER TABLE plans_logstore_standard_log ALTER INDEX plans_logsstanlog_tim_ix ${how}`,
        ),
      );
    await ignore(wording.hidden);
    const byTime = { by: 'time', from: day.start, to: day.end - 1 } as const;
    await expect(logIdRange(source, day, never)).rejects.toThrow(ScanRefused);
    await expect(activityCountsIn(source, day, byTime, never)).rejects.toThrow(ScanRefused);
    await ignore(wording.shown);
    await logIdRange(source, day, never);
  });

  it('the plans of the reads are refused with the name of the missing index if they would scan the log', async () => {
    await checkLogPlan(source, never);
    const drop = (index: string) =>
      withConnection(database.value, (connection) =>
        connection.query(`ALTER TABLE plans_logstore_standard_log DROP INDEX ${index}`),
      );
    await drop('plans_logsstanlog_tim_ix');
    const byTime = { by: 'time', from: day.start, to: day.end - 1 } as const;
    const mend = 'CREATE INDEX plans_logsstanlog_tim_ix ON plans_logstore_standard_log (timecreated)';
    await expect(checkLogPlan(source, never)).rejects.toThrow(mend);
    await expect(logIdRange(source, day, never)).rejects.toThrow(mend);
    await expect(activityCountsIn(source, day, byTime, never)).rejects.toThrow(mend);
  });
});
