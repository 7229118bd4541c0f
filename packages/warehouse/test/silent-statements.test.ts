import { openMysql } from '@etl/core';
import { WORDING, waitUntil, withConnection } from '@etl/local-stack';
import { sql } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { expect, inject, it } from 'vitest';

it('a statement that outlives its timeout is ended on the server', async () => {
  const db = openMysql<unknown>({ url: `${inject('mysqlUrl')}/mysql`, connections: 1, statementSeconds: 1 });
  const running = () =>
    withConnection(inject('mysqlUrl'), async (admin) => {
      const [rows] = await admin.query<RowDataPacket[]>(
        `SELECT id FROM ${WORDING[inject('serverKind')].sessions} WHERE info LIKE 'SELECT BENCHMARK%AS unended'`,
      );
      return rows.length;
    });
  try {
    await db.connection().execute(async (session) => {
      // MySQL's own limit does not end writes.
      await sql`SET SESSION ${sql.raw(WORDING[inject('serverKind')].statementLimit)} = 0`.execute(session);
      // Busy: a sleeping statement would notice that its client has gone.
      const endless = sql`SELECT BENCHMARK(1000000000000, SHA2('x', 256)) AS unended`;
      const waiting = expect(endless.execute(session)).rejects.toMatchObject({
        code: 'ETIMEDOUT',
      });
      await waitUntil(async () => (await running()) === 1, 'the statement to run');
      await waiting;
    });
    await waitUntil(async () => (await running()) === 0, 'the statement to be gone');
  } finally {
    await db.destroy();
  }
});
