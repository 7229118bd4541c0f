import path from 'node:path';
import {
  addressOf,
  createAccount,
  type DatabaseServer,
  runProcess,
  type Scratch,
  scratchFolder,
  scratchName,
  startDatabase,
  withConnection,
} from '@etl/local-stack';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const DATE = '2024-01-15';
const SAMPLE = { ...SMALL_SAMPLE, courses: 10, rowsPerDay: 60 };

interface Finding {
  check: string;
  level: string;
  found: string;
  mend?: string;
}

/** A system whose accounts have the documented rights and their own names. */
interface Installation {
  system: System;
  reader: string;
  writer: string;
}

async function install(mysqlUrl: string): Promise<Installation> {
  const system = await openSystem({ mysqlUrl, redisUrl: inject('redisUrl') }, { sample: SAMPLE });
  const account = async (about: string, rights: string, url: string) => {
    const user = scratchName(about);
    const database = new URL(url).pathname.slice(1);
    const address = await createAccount(mysqlUrl, { user, password: 'a-secret', rights, database });
    return { user, address };
  };
  const reader = await account('reader', 'SELECT', system.sourceUrl);
  const writer = await account('writer', 'ALL PRIVILEGES', system.warehouseUrl);
  system.env.MOODLE_DATABASE_URL = reader.address;
  system.env.ETL_DATABASE_URL = writer.address;
  return { system, reader: reader.user, writer: writer.user };
}

/** The faults and warnings of the doctor. */
async function faults({ system }: Installation, env: Record<string, string> = {}): Promise<Finding[]> {
  const logFile = path.join(system.folder, `${scratchName('doctor')}.log`);
  const { output } = await runProcess('etl', {
    env: { ...system.env, BULL_BOARD_PASSWORD: 'a-long-board-password', ...env },
    logFile,
    args: ['doctor', '--json'],
  });
  const { findings } = JSON.parse(output.slice(output.indexOf('{\n'))).data as { findings: Finding[] };
  expect(findings.length, output).toBeGreaterThan(15);
  return findings.filter(({ level }) => level === 'fault' || level === 'warning');
}

let installation: Installation;
let system: System;
const asAdmin = (...statements: string[]) =>
  withConnection(inject('mysqlUrl'), async (admin) => {
    for (const statement of statements) await admin.query(statement);
  });

beforeAll(async () => {
  installation = await install(inject('mysqlUrl'));
  system = installation.system;
});

afterAll(() => system?.close());

describe('the doctor tries every statement of a run', () => {
  /** A statement without its values, so that two of the same kind are equal. */
  const shapeOf = (statement: string) =>
    statement
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/'(?:[^'\\]|\\.)*'/g, '?')
      .replaceAll(/\b\d+(\.\d+)?\b/g, '?')
      .replaceAll(/\((?:\?|NULL)(?:, ?(?:\?|NULL))*\)/g, '(?)')
      .replaceAll(/\(\?\)(?:, ?\(\?\))+/g, '(?)')
      .trim();
  /** The verb of a statement on the warehouse, and its table. */
  const kindOf = (statement: string) => {
    const [verb] = /^\w+/.exec(statement) ?? [''];
    const table = /(?:FROM|INTO|UPDATE) `?(\w+)`?/i.exec(statement)?.[1] ?? '';
    const extra = ['for update', 'on duplicate key', 'GET_LOCK', 'RELEASE_LOCK', 'isolation level'].filter(
      (words) => statement.toLowerCase().includes(words.toLowerCase()),
    );
    return [verb?.toLowerCase(), table, ...extra].join(' ').trim();
  };

  it('the doctor tries every statement of a run on both databases', async () => {
    const sent = async (work: () => Promise<unknown>) => {
      await asAdmin("SET GLOBAL log_output = 'TABLE'", 'SET GLOBAL general_log = 1');
      try {
        await asAdmin('TRUNCATE mysql.general_log');
        await work();
        return await withConnection(inject('mysqlUrl'), async (admin) => {
          const [rows] = await admin.query<RowDataPacket[]>(
            `SELECT user_host AS user, CONVERT(argument USING utf8mb4) AS statement FROM mysql.general_log
             WHERE command_type IN ('Query', 'Execute')`,
          );
          const of = (user: string, form: (statement: string) => string) =>
            new Set(rows.filter((row) => row.user.includes(user)).map((row) => form(row.statement)));
          return { source: of(installation.reader, shapeOf), warehouse: of(installation.writer, kindOf) };
        });
      } finally {
        await asAdmin('SET GLOBAL general_log = 0');
      }
    };
    await system.startGateway();
    const worker = await system.startWorker();
    const run = await sent(async () => {
      await system.call('run_pipeline', post({ date: DATE }));
      expect(await system.runEnd(DATE)).toBe('completed');
    });
    await worker.end('SIGTERM');
    const doctor = await sent(() => faults(installation));
    expect([...run.source].filter((statement) => !doctor.source.has(statement))).toEqual([]);
    expect([...run.warehouse].filter((statement) => !doctor.warehouse.has(statement))).toEqual([]);
    expect(run.source.size).toBeGreaterThan(15);
    expect(run.warehouse.size).toBeGreaterThan(10);
  });

  it('the doctor leaves no rows behind', async () => {
    const tables = [
      'activity_counts_etl',
      'user_counts_etl',
      'user_activity_etl',
      'left_out_courses',
      'restatements',
      'log_scheduler',
    ];
    for (const table of tables) {
      const rows = await system.rows(`SELECT * FROM ${table} WHERE extraction_date = '1000-01-01'`);
      expect(rows, table).toEqual([]);
    }
    expect(await system.rows('SELECT id FROM course_categories_etl WHERE id > 1e15')).toEqual([]);
  });
});

describe('the doctor names the statement', () => {
  const TO_LOAD = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'INDEX', 'DROP'];
  const ALL = [...TO_LOAD, 'CREATE VIEW'];
  const TABLES = [
    'activity_counts_etl',
    'user_counts_etl',
    'user_activity_etl',
    'left_out_courses',
    'log_scheduler',
  ];

  it.each(
    TABLES.flatMap((table) =>
      ['INSERT', 'UPDATE', ...(table === 'log_scheduler' ? [] : ['DELETE'])].map((right) => [right, table]),
    ),
  )('the doctor names the statement that an account without %s on %s cannot run', async (right, table) => {
    const user = scratchName('narrow');
    const database = new URL(system.warehouseUrl).pathname.slice(1);
    const names = await system.rows('SHOW TABLES');
    await asAdmin(
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'a-secret'`,
      ...names.flatMap(Object.values).map((name) => {
        const rights = ALL.filter((one) => name !== table || one !== right);
        return `GRANT ${rights.join(', ')} ON ${database}.${name} TO '${user}'@'%'`;
      }),
    );
    const url = addressOf(inject('mysqlUrl'), { database, user, password: 'a-secret' });
    const [finding, ...others] = await faults(installation, { ETL_DATABASE_URL: url });
    expect(finding).toMatchObject({
      check: 'warehouse statements',
      level: 'fault',
      found: expect.stringMatching(new RegExp(`${table}.*: ${right}.* command denied`, 'i')),
      mend: expect.stringMatching(/rights?/i),
    });
    expect(others).toEqual([]);
  });

  it('the doctor reports a Moodle account that cannot cancel because of its connection limit', async () => {
    const user = scratchName('single');
    const database = new URL(system.sourceUrl).pathname.slice(1);
    await asAdmin(
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'a-secret' WITH MAX_USER_CONNECTIONS 1`,
      `GRANT SELECT ON ${database}.* TO '${user}'@'%'`,
    );
    const url = addressOf(inject('mysqlUrl'), { database, user, password: 'a-secret' });
    expect(await faults(installation, { MOODLE_DATABASE_URL: url })).toMatchObject([
      {
        check: 'moodle statements',
        level: 'fault',
        found: expect.stringContaining('KILL QUERY'),
        mend: expect.stringContaining('MAX_USER_CONNECTIONS'),
      },
    ]);
  });

  it('the doctor names the column that the Moodle account cannot read', async () => {
    const user = scratchName('columns');
    const database = new URL(system.sourceUrl).pathname.slice(1);
    const names = await withConnection(system.sourceUrl, async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>('SHOW TABLES');
      return rows.flatMap(Object.values) as string[];
    });
    await asAdmin(
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'a-secret'`,
      ...names
        .filter((name) => name !== 'mdl_role_assignments')
        .map((name) => `GRANT SELECT ON ${database}.${name} TO '${user}'@'%'`),
      `GRANT SELECT (roleid, contextid) ON ${database}.mdl_role_assignments TO '${user}'@'%'`,
    );
    const url = addressOf(inject('mysqlUrl'), { database, user, password: 'a-secret' });
    expect(await faults(installation, { MOODLE_DATABASE_URL: url })).toMatchObject([
      {
        check: 'moodle tables',
        level: 'fault',
        found: expect.stringMatching(/mdl_role_assignments\.userid$/),
        mend: expect.stringContaining('GRANT SELECT'),
      },
    ]);
  });

  it('the doctor names a table that cannot roll back', async () => {
    await system.rows('ALTER TABLE user_counts_etl ENGINE=MyISAM');
    const found = await faults(installation);
    await system.rows('ALTER TABLE user_counts_etl ENGINE=InnoDB');
    expect(found).toMatchObject([
      {
        check: 'warehouse statements',
        level: 'fault',
        found: 'user_counts_etl is MyISAM',
        mend: 'ALTER TABLE user_counts_etl ENGINE=InnoDB',
      },
    ]);
  });
});

describe('a server with strict settings', () => {
  const STRICT = {
    mariadb: [
      '--sql-mode=TRADITIONAL,ONLY_FULL_GROUP_BY,NO_ZERO_DATE',
      '--innodb-force-primary-key=ON',
      '--innodb-strict-mode=ON',
    ],
    // The defaults of MySQL 8.4 and newer, and those of managed servers.
    mysql: [
      '--sql-mode=TRADITIONAL,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE',
      '--sql-require-primary-key=ON',
      '--restrict-fk-on-non-standard-key=ON',
      '--binlog-row-image=MINIMAL',
    ],
  };
  let folder: Scratch<string>;
  let server: DatabaseServer;
  let strict: Installation;

  beforeAll(async () => {
    folder = scratchFolder();
    server = await startDatabase({ folder: folder.value, args: STRICT[inject('serverKind')] });
    strict = await install(server.url);
  });

  afterAll(async () => {
    await strict?.system.close();
    await server?.stop();
    await folder?.remove();
  });

  it('the doctor accepts a server with strict settings', async () => {
    expect(await faults(strict)).toEqual([]);
  });

  it('the doctor names a server that takes no writes', async () => {
    const set = (value: string) =>
      withConnection(server.url, (admin) => admin.query(`SET GLOBAL read_only = ${value}`));
    await set('ON');
    const found = await faults(strict);
    await set('OFF');
    expect(found).toMatchObject([
      {
        check: 'warehouse statements',
        level: 'fault',
        found: expect.stringMatching(/insert into .*read[-_]only/is),
        mend: expect.stringContaining('ETL_DATABASE_URL'),
      },
    ]);
  });
});
