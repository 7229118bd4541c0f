import { openMysql } from '@etl/core';
import { WORDING, waitUntil, withConnection } from '@etl/local-stack';
import { sql } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { expect, inject, it } from 'vitest';

it('a statement that the server does not end by itself is ended there when we have waited long enough', async () => {
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
      // As MySQL's limit does with writes.
      await sql`SET SESSION ${sql.raw(WORDING[inject('serverKind')].statementLimit)} = 0`.execute(session);
      // Busy, where a sleeping one would notice that nobody is there any more.
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
