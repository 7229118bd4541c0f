import type { WarehouseTransaction } from '../warehouse.ts';
import { LEVELS_OF_PARTS, partOf, spanOf } from './spans.ts';

/** Deletes the parts that these dates are in, so that they are built anew. */
export async function forgetParts(trx: WarehouseTransaction, dates: readonly string[]): Promise<void> {
  const parts = new Set(dates.flatMap((date) => LEVELS_OF_PARTS.map((level) => partOf(spanOf(level, date)))));
  if (parts.size === 0) return;
  await trx
    .deleteFrom('rollup_parts')
    .where('part', 'in', [...parts])
    .execute();
}
