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
import { examined, type Finding, ok, wrong } from './finding.ts';
import { examineLedger } from './ledger.ts';
import { examineRollUps } from './roll-ups.ts';
import { messageOf, statementsFinding } from './statements.ts';
import { isOlder, oldestServer } from './versions.ts';
import { examineViews } from './views.ts';

const STATEMENT_SECONDS = 10;

/** Checks whether the warehouse answers, is new enough, and has all its tables. */
export async function examineWarehouse(
  config: WarehouseConfig & FigureSettings,
  smallBelow: number | undefined,
): Promise<Finding[]> {
  const warehouse = openWarehouse(config, { connections: 1, statementSeconds: STATEMENT_SECONDS });
  try {
    const version = await serverVersionOf(warehouse);
    const oldest = oldestServer(version);
    const found = [
      ...(await examined('warehouse account', () => account(warehouse))),
      ...(await examined('clock', () => clock(warehouse))),
      ...(await examined('tables', () => tables(warehouse))),
      ...(await examined('settings', () => settings(warehouse, config))),
    ];
    // A fault above makes statements fail: they would report it again.
    const isUsable = found.every(({ level }) => level !== 'fault');
    return [
      isOlder(version, oldest)
        ? wrong('fault', 'warehouse', `version ${version}`, {
            means: `The tables need ${oldest} or newer.`,
            mend: 'Install a newer server, or set ETL_DATABASE_URL to another one.',
          })
        : ok('warehouse', `version ${version}`),
      ...found,
      ...(isUsable ? await examined('warehouse statements', () => statements(warehouse, config)) : []),
      ...(isUsable ? await examined('views', () => examineViews(warehouse)) : []),
      ...(isUsable ? await examined('roll-ups', () => examineRollUps(warehouse, smallBelow)) : []),
      ...(isUsable ? await examined('ledger', () => examineLedger(warehouse)) : []),
    ];
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return [
      wrong('fault', 'warehouse', messageOf(error as Error), {
        means: 'No run can start, and no figures can be read.',
        mend: 'Check that the server runs, and that user, password, host and database of ETL_DATABASE_URL are right.',
      }),
    ];
  } finally {
    await warehouse.destroy();
  }
}

async function statements(warehouse: Warehouse, own: FigureSettings): Promise<Finding> {
  const without = await tablesWithoutTransactions(warehouse);
  if (without.length === 0) return statementsFinding('warehouse statements', await tryRun(warehouse, own));
  return wrong(
    'fault',
    'warehouse statements',
    `${without.map(({ name, engine }) => `${name} is ${engine}`).join(', ')}`,
    {
      means: 'Such a table cannot roll back: a failed run leaves some of its rows.',
      mend: without.map(({ name }) => `ALTER TABLE ${name} ENGINE=InnoDB`).join('; '),
    },
  );
}

/** Privileges for loading and for migrations. */
const NEEDED = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'INDEX', 'DROP', 'CREATE VIEW'];

async function account(warehouse: Warehouse): Promise<Finding> {
  const granted = await privilegesOf(warehouse);
  const lacking = granted.has('ALL PRIVILEGES') ? [] : NEEDED.filter((privilege) => !granted.has(privilege));
  if (lacking.length === 0) return ok('warehouse account', 'has the privileges it needs');
  return wrong('fault', 'warehouse account', `may not ${lacking.join(', ')}`, {
    means: 'Migrations or loads fail.',
    mend: "GRANT ALL PRIVILEGES ON celoeapi.* TO the account of ETL_DATABASE_URL (with that database's name).",
  });
}

/** Checks the clock of this machine: a worker with a wrong clock takes no ticks. */
async function clock(warehouse: Warehouse): Promise<Finding> {
  const ahead = await secondsAhead(() => warehouseTime(warehouse));
  const fault = clockFault(ahead);
  if (fault === undefined) return ok('clock', 'agrees with the warehouse');
  return wrong('fault', 'clock', fault, {
    means:
      'A worker on this machine takes no ticks of the schedule. For a gateway or a command here, "today" can be another day.',
    mend: 'Set the clock of the machine that is wrong, and check that NTP keeps it right.',
  });
}

/** A batch waits a shorter time for other batches. After this time workers are missing or busy. */
const LONG_WAIT_SECONDS = 300;

async function tables(warehouse: Warehouse): Promise<Finding[]> {
  const names = await tableNames(warehouse);
  if ([...names].some((name) => name.endsWith('logstore_standard_log'))) {
    return [
      wrong('fault', 'tables', "Moodle's tables are in the warehouse", {
        means: 'Figures would be mixed with the tables of Moodle, which this system must not change.',
        mend: 'Create a database for the warehouse: CREATE DATABASE celoeapi CHARACTER SET utf8mb4. Set ETL_DATABASE_URL to it.',
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
        means: 'Migrations created these tables, but they no longer exist. Runs and calls of the API fail.',
        mend: 'Restore the whole database from its backup.',
      }),
    ];
  }
  const newer = await newerMigrations(warehouse);
  return [
    newer.length === 0
      ? ok('tables', 'up to date')
      : wrong('note', 'tables', `migrated by a newer version: ${newer.join(', ')}`, {
          means: 'This version works with them, and ignores what is new.',
          mend: 'Install the newer version again when you can.',
        }),
    longest < LONG_WAIT_SECONDS
      ? ok('runs', 'none waits too long')
      : wrong('warning', 'runs', `one has been queued for ${Math.round(longest / 60)} minutes`, {
          means: 'No worker takes it, or all workers are busy.',
          mend: 'Check that a worker runs (pnpm worker) with the same REDIS_URL and ETL_QUEUE_PREFIX.',
        }),
  ];
}

async function settings(warehouse: Warehouse, own: FigureSettings): Promise<Finding[]> {
  // The check of the tables reports old and missing tables.
  if ((await pendingMigrations(warehouse)).length > 0) return [];
  const stored = await storedSettings(warehouse);
  if (Object.keys(stored).length === 0) return [ok('settings', 'the first worker will store them')];
  const difference = settingsDifference(own, stored);
  if (!difference) return [ok('settings', 'match the stored ones')];
  return [
    wrong('fault', 'settings', Object.values(difference.details).join('; '), {
      means: 'Figures would not be comparable with the stored ones. Workers wait, and runs are refused.',
      mend: `Set the stored value for all processes and restart them. To change it on purpose: ${ADOPT_COMMAND}`,
    }),
  ];
}
