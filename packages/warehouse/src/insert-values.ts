import { sqlLiteral } from '@etl/core';
import { CompiledQuery } from 'kysely';
import type { WarehouseTables } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** With the longest names of courses, a statement is below 1 MB. MySQL 5.7 accepts 4 MB. */
const ROWS_PER_STATEMENT = 100;

/** Inserts rows as text: the query builder would make a node for each value. */
export async function insertValues(
  trx: WarehouseTransaction,
  table: keyof WarehouseTables,
  columns: readonly string[],
  rows: readonly (string | number | null)[][],
): Promise<void> {
  for (let done = 0; done < rows.length; done += ROWS_PER_STATEMENT) {
    const tuples = rows
      .slice(done, done + ROWS_PER_STATEMENT)
      .map((row) => `(${row.map(sqlLiteral).join(',')})`);
    await trx.executeQuery(
      CompiledQuery.raw(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(',')}`),
    );
  }
}
