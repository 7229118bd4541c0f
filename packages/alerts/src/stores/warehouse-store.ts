import type { Warehouse } from '@etl/warehouse';
import { sql } from 'kysely';
import type { Alert, AlertStore } from '../alert.ts';

/** In the table `etl_alerts`. */
export function warehouseStore(warehouse: Warehouse): AlertStore {
  return {
    now: async () => {
      const { rows } = await sql<{ now: number }>`SELECT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) AS now`.execute(
        warehouse,
      );
      return Number(rows[0]?.now);
    },
    all: async () => {
      const rows = await warehouse.selectFrom('etl_alerts').select('state').orderBy('cause').execute();
      return rows.map(({ state }) => JSON.parse(state) as Alert);
    },
    put: async (alert) => {
      const row = { cause: alert.cause, state: JSON.stringify(alert) };
      await warehouse.replaceInto('etl_alerts').values(row).execute();
    },
    remove: async (cause) => {
      await warehouse.deleteFrom('etl_alerts').where('cause', '=', cause).execute();
    },
  };
}
