import { type Scratch, scratchName, withConnection } from '@etl/local-stack';
import type { KyselyPlugin } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { openWarehouse, type Warehouse } from '../../src/index.ts';

/** Opens warehouses whose sessions the server kills. */
export interface Victims {
  /** All sessions of the warehouse are killed after its `statements`th statement, if there are that many. */
  open(statements: number): Warehouse;
  remove(): Promise<void>;
}

/** Victims have an account of their own: the server finds their sessions by it. */
export async function openVictims(adminUrl: string, database: Scratch<string>): Promise<Victims> {
  const user = scratchName('victim');
  const address = new URL(database.value);
  await withConnection(adminUrl, async (admin) => {
    await admin.query(`CREATE USER ?@'%' IDENTIFIED BY 'victim'`, [user]);
    await admin.query(`GRANT ALL ON ${address.pathname.slice(1)}.* TO ?@'%'`, [user]);
  });
  address.username = user;
  address.password = 'victim';
  return {
    open: (statements) =>
      openWarehouse({ ETL_DATABASE_URL: address.href }, { connections: 4, statementSeconds: 60 }).withPlugin(
        killedAfter(statements, () => killSessions(adminUrl, user)),
      ),
    remove: () =>
      withConnection(adminUrl, async (admin) => {
        await admin.query(`DROP USER ?@'%'`, [user]);
      }),
  };
}

function killedAfter(statements: number, kill: () => Promise<void>): KyselyPlugin {
  let done = 0;
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      done += 1;
      if (done === statements) await kill();
      return result;
    },
  };
}

async function killSessions(adminUrl: string, user: string): Promise<void> {
  await withConnection(adminUrl, async (admin) => {
    const [sessions] = await admin.query<RowDataPacket[]>(
      'SELECT id FROM information_schema.processlist WHERE user = ?',
      [user],
    );
    for (const { id } of sessions) await admin.query(`KILL ${id}`);
  });
}
