import { isDeepStrictEqual } from 'node:util';
import { type Day, ledgerFault } from '@etl/core';
import { documentedLedger, withConnection } from '@etl/local-stack';
import type { Source } from '@etl/moodle';
import { prove } from '@etl/proof';
import { completedRow, type Warehouse } from '@etl/warehouse';
import type { Stage } from '../stage.ts';

const ROLES = { students: [5], teachers: [3, 4] };

const never = new AbortController().signal;

/**
 * Throws if the ledger of the day has not the numbers that Moodle gives by one statement for each reason, or if a
 * proof finds a difference. Says what it has compared.
 */
export async function requireProved(
  { moodleUrl, say }: Stage,
  { source, warehouse }: { source: Source; warehouse: Warehouse },
  day: Day,
): Promise<void> {
  const ledger = (await completedRow(warehouse, 'main_etl', day.date))?.details.ledger;
  const counted = await withConnection(moodleUrl, (connection) =>
    documentedLedger(connection, new URL(moodleUrl).pathname.slice(1), day),
  );
  const fault = ledger ? ledgerFault(ledger) : 'there is none';
  if (fault !== undefined || !isDeepStrictEqual(ledger, counted)) {
    const both = `stored: ${JSON.stringify(ledger)}, counted: ${JSON.stringify(counted)}`;
    throw new Error(`The ledger of ${day.date} is wrong (${fault ?? 'a reason differs'}). ${both}`);
  }
  const proof = await prove({ warehouse, source, roles: ROLES, signal: never }, day.date, () => {});
  const { courses, counts, differences } = proof;
  const found = [courses, counts, differences.length].map((number) => number.toLocaleString('en'));
  const proved = `${found[0]} courses, ${found[1]} counts, ${found[2]} differences`;
  if (differences.length > 0) throw new Error(`The proof of ${day.date} found ${proved}`);
  say(`  ${day.date}: ${JSON.stringify(ledger)}`);
  say(`  ${day.date}: ${proved}`);
}
