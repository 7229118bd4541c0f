import { ADOPT_COMMAND, type FigureSettings, isDatabaseUnavailable, settingsDifference } from '@etl/core';
import {
  activeBatches,
  clockFault,
  newerMigrations,
  openWarehouse,
  pendingMigrations,
  privilegesOf,
  secondsAhead,
  serverVersionOf,
  storedSettings,
  TABLE_NAMES,
  tableNames,
  tablesWithoutTransactions,
  tryRun,
  type Warehouse,
  type WarehouseConfig,
  warehouseTime,
} from '@etl/warehouse';
import { type Finding, looking, ok, wrong } from './finding.ts';
import { saidOf, statementsFinding } from './statements.ts';
import { isOlder, oldestServer } from './versions.ts';

const STATEMENT_SECONDS = 10;

/** The results' database: does it answer, is it new enough, and has it all its tables? */
export async function examineWarehouse(config: WarehouseConfig & FigureSettings): Promise<Finding[]> {
  const warehouse = openWarehouse(config, { connections: 1, statementSeconds: STATEMENT_SECONDS });
  try {
    const version = await serverVersionOf(warehouse);
    const oldest = oldestServer(version);
    const found = [
      ...(await looking('results account', () => account(warehouse))),
      ...(await looking('clock', () => clock(warehouse))),
      ...(await looking('tables', () => tables(warehouse))),
      ...(await looking('settings', () => settings(warehouse, config))),
    ];
    // What is said already is not said again by the statements that fail for it.
    const isUsable = found.every(({ level }) => level !== 'fault');
    return [
      isOlder(version, oldest)
        ? wrong('fault', 'results database', `version ${version}`, {
            means: `The tables need ${oldest} or newer.`,
            mend: 'Install a newer server, or name another one in ETL_DATABASE_URL.',
          })
        : ok('results database', `version ${version}`),
      ...found,
      ...(isUsable ? await looking('results statements', () => statements(warehouse, config)) : []),
    ];
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return [
      wrong('fault', 'results database', saidOf(error as Error), {
        means: 'Nothing can be run, and no figures can be read.',
        mend: 'See that the server runs, and that user, password, host and database of ETL_DATABASE_URL are right.',
      }),
    ];
  } finally {
    await warehouse.destroy();
  }
}

async function statements(warehouse: Warehouse, own: FigureSettings): Promise<Finding> {
  const without = await tablesWithoutTransactions(warehouse);
  if (without.length === 0) return statementsFinding('results statements', await tryRun(warehouse, own));
  return wrong(
    'fault',
    'results statements',
    `${without.map(({ name, engine }) => `${name} is ${engine}`).join(', ')}`,
    {
      means: 'Such a table cannot roll back: a run that fails leaves half of its rows.',
      mend: without.map(({ name }) => `ALTER TABLE ${name} ENGINE=InnoDB`).join('; '),
    },
  );
}

/** What loading, and creating and changing the tables, needs. */
const NEEDED = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'INDEX', 'DROP'];

async function account(warehouse: Warehouse): Promise<Finding> {
  const granted = await privilegesOf(warehouse);
  const lacking = granted.has('ALL PRIVILEGES') ? [] : NEEDED.filter((privilege) => !granted.has(privilege));
  if (lacking.length === 0) return ok('results account', 'may do what it needs');
  return wrong('fault', 'results account', `may not ${lacking.join(', ')}`, {
    means: 'Tables cannot be made, or results cannot be loaded.',
    mend: "GRANT ALL PRIVILEGES ON celoeapi.* TO the account of ETL_DATABASE_URL (with that database's name).",
  });
}

/** Of this machine: a worker here takes no ticks if its clock is wrong. */
async function clock(warehouse: Warehouse): Promise<Finding> {
  const ahead = await secondsAhead(() => warehouseTime(warehouse));
  const fault = clockFault(ahead);
  if (fault === undefined) return ok('clock', "agrees with the results' database");
  return wrong('fault', 'clock', fault, {
    means:
      'A worker on this machine takes no ticks of the schedule. A gateway or a command here can mean another day by "today".',
    mend: 'Set the clock of the machine that is wrong, and see that NTP keeps it right.',
  });
}

/** After so long a batch that nobody takes is not only waiting for others. */
const LONG_WAIT_SECONDS = 300;

async function tables(warehouse: Warehouse): Promise<Finding[]> {
  const names = await tableNames(warehouse);
  if ([...names].some((name) => name.endsWith('logstore_standard_log'))) {
    return [
      wrong('fault', 'tables', "Moodle's tables are in the results' database", {
        means: 'Results would be mixed up with Moodle, whose database this system is never to change.',
        mend: 'Name a database of its own in ETL_DATABASE_URL: CREATE DATABASE celoeapi CHARACTER SET utf8mb4.',
      }),
    ];
  }
  const pending = await pendingMigrations(warehouse);
  if (pending.length > 0) {
    return [
      wrong('fault', 'tables', `missing or old: ${pending.join(', ')}`, {
        means: 'Runs and calls of the API fail.',
        mend: 'pnpm migrate',
      }),
    ];
  }
  const waiting = (await activeBatches(warehouse)).filter(({ status }) => status === 'queued');
  const longest = Math.max(0, ...waiting.map(({ oldestSeconds }) => oldestSeconds));
  const lost = TABLE_NAMES.filter((name) => !names.has(name));
  if (lost.length > 0) {
    return [
      wrong('fault', 'tables', `lost: ${lost.join(', ')}`, {
        means: 'They were made once, and are not there any more. Runs and calls of the API fail.',
        mend: 'Restore the whole database from its backup.',
      }),
    ];
  }
  const newer = await newerMigrations(warehouse);
  return [
    newer.length === 0
      ? ok('tables', 'are up to date')
      : wrong('note', 'tables', `of a newer version: ${newer.join(', ')}`, {
          means: 'This version works with them, and does not use what is new.',
          mend: 'Install the newer version again when what spoke against it is mended.',
        }),
    longest < LONG_WAIT_SECONDS
      ? ok('runs', 'none is left waiting')
      : wrong('warning', 'runs', `one has been queued for ${Math.round(longest / 60)} minutes`, {
          means: 'No worker takes it, or all of them are busy with others.',
          mend: 'See that a worker runs (pnpm worker), with the same REDIS_URL and ETL_QUEUE_PREFIX.',
        }),
  ];
}

async function settings(warehouse: Warehouse, own: FigureSettings): Promise<Finding[]> {
  // Old or missing tables are a finding of their own.
  if ((await pendingMigrations(warehouse)).length > 0) return [];
  const stored = await storedSettings(warehouse);
  if (Object.keys(stored).length === 0) return [ok('settings', 'the first worker will store them')];
  const difference = settingsDifference(own, stored);
  if (!difference) return [ok('settings', 'are those that the figures were made with')];
  return [
    wrong('fault', 'settings', Object.values(difference.details).join('; '), {
      means: 'Figures would mean something else than the stored ones. Workers wait, and runs are refused.',
      mend: `Set the stored value for all processes and restart them. To change it on purpose: ${ADOPT_COMMAND}`,
    }),
  ];
}
