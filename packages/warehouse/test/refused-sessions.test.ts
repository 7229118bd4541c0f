import { adviceFor, isDatabaseUnavailable, isTransient, openMysql } from '@etl/core';
import {
  createAccount,
  type Scratch,
  scratchDatabase,
  scratchName,
  WORDING,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { sql } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

let database: Scratch<string>;
let user: string;
let url: string;

const asAdmin = (statement: string) =>
  withConnection(inject('mysqlUrl'), async (admin) => {
    const [rows] = await admin.query<RowDataPacket[]>(statement);
    return rows;
  });
const open = () => openMysql<unknown>({ url, connections: 1, statementSeconds: 10 });

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'refused');
  user = scratchName('refused');
  url = await createAccount(inject('mysqlUrl'), {
    user,
    password: 'a-secret',
    rights: 'SELECT',
    database: new URL(database.value).pathname.slice(1),
  });
});

afterAll(() => database.remove());

it('the error of a session that the server ended for its silence is transient', async () => {
  const db = open();
  try {
    await db.connection().execute(async (session) => {
      await sql`SET SESSION wait_timeout = 1`.execute(session);
      const isGone = async () =>
        (await asAdmin(`SELECT id FROM ${WORDING[inject('serverKind')].sessions} WHERE user = '${user}'`))
          .length === 0;
      await waitUntil(isGone, 'the server to end the session');
      const error = await sql`SELECT 1`.execute(session).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(Error);
      expect(isTransient(error), `${error}`).toBe(true);
    });
  } finally {
    await db.destroy();
  }
});

it.each([
  ['locked', 'ACCOUNT LOCK', 'ACCOUNT UNLOCK'],
  ['expired', 'PASSWORD EXPIRE', 'PASSWORD EXPIRE NEVER'],
])('the error of an account that is %s says what to do', async (_, close, reopen) => {
  await asAdmin(`ALTER USER '${user}'@'%' ${close}`);
  const db = open();
  try {
    const error = await sql`SELECT 1`.execute(db).catch((cause: unknown) => cause);
    expect(isDatabaseUnavailable(error), `${error}`).toBe(true);
    expect(isTransient(error)).toBe(false);
    expect(adviceFor(error)).toMatch(/ACCOUNT UNLOCK|new password/);
  } finally {
    await db.destroy();
    await asAdmin(`ALTER USER '${user}'@'%' ${reopen}`);
  }
});
