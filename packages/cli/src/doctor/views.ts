import { brokenViews, pendingMigrations, type Warehouse } from '@etl/warehouse';
import { type Finding, ok, wrong } from './finding.ts';

/** Checks the views for other tools. Their definer is the account that migrated. */
export async function examineViews(warehouse: Warehouse): Promise<Finding[]> {
  // The check of the tables reports old and missing tables.
  if ((await pendingMigrations(warehouse)).length > 0) return [];
  const broken = await brokenViews(warehouse);
  if (broken.length === 0) return [ok('views', 'can be read')];
  return [
    wrong('warning', 'views', broken.map(({ name, why }) => `${name}: ${why}`).join('\n'), {
      means:
        'Other tools (docs/other-tools.md) get errors or figures of another version. Runs and the API do not use them.',
      mend: 'pnpm migrate',
    }),
  ];
}
