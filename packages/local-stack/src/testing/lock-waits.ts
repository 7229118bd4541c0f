import type { RowDataPacket } from 'mysql2/promise';
import { withConnection } from '../databases.ts';
import { waitUntil } from '../servers/server-process.ts';
import { serverKindOf, WORDING } from './server-wording.ts';

/** Waits until a session of this database waits for a row that another one has locked. */
export async function waitForLockWait(databaseUrl: string, what: string): Promise<void> {
  const { sessions } = WORDING[await serverKindOf(databaseUrl)];
  await withConnection(databaseUrl, async (connection) => {
    const isWaiting = async () => {
      const [rows] = await connection.query<RowDataPacket[]>(
        `SELECT 1 FROM information_schema.innodb_trx t JOIN ${sessions} s ON s.id = t.trx_mysql_thread_id
         WHERE t.trx_state = 'LOCK WAIT' AND s.db = DATABASE()`,
      );
      return rows.length > 0;
    };
    // The server refreshes this table only if it was not read for a tenth of a second.
    await waitUntil(isWaiting, what, { everyMs: 250 });
  });
}
