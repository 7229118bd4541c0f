import { type ConfigWith, isDatabaseUnavailable } from '@etl/core';
import { openWarehouse, pendingMigrations, serverVersionOf } from '@etl/warehouse';
import { type Finding, looking, ok, wrong } from './finding.ts';
import { isOlder, oldestServer } from './versions.ts';

const STATEMENT_SECONDS = 10;

/** The results' database: does it answer, is it new enough, and has it all its tables? */
export async function examineWarehouse(
  config: Pick<ConfigWith<'ETL_DATABASE_URL'>, 'ETL_DATABASE_URL'>,
): Promise<Finding[]> {
  const warehouse = openWarehouse(config, { connections: 1, statementSeconds: STATEMENT_SECONDS });
  try {
    const version = await serverVersionOf(warehouse);
    const oldest = oldestServer(version);
    return [
      isOlder(version, oldest)
        ? wrong('fault', 'results database', `version ${version}`, {
            means: `The tables need ${oldest} or newer.`,
            mend: 'Install a newer server, or name another one in ETL_DATABASE_URL.',
          })
        : ok('results database', `version ${version}`),
      ...(await looking('tables', async () => {
        const pending = await pendingMigrations(warehouse);
        if (pending.length === 0) return ok('tables', 'are up to date');
        return wrong('fault', 'tables', `missing or old: ${pending.join(', ')}`, {
          means: 'Runs and calls of the API fail.',
          mend: 'pnpm migrate',
        });
      })),
    ];
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return [
      wrong('fault', 'results database', (error as Error).message, {
        means: 'Nothing can be run, and no figures can be read.',
        mend: 'See that the server runs, and that user, password, host and database of ETL_DATABASE_URL are right.',
      }),
    ];
  } finally {
    await warehouse.destroy();
  }
}
