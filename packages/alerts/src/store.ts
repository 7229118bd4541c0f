import { asError, type Logger } from '@etl/core';
import { type Warehouse, warehouseTime } from '@etl/warehouse';
import type { Alert } from './alert.ts';

export interface AlertStore {
  /**
   * The alerts by their causes, and the time in epoch milliseconds by the warehouse's clock. Undefined if another
   * process sends the alerts at this moment.
   */
  load(
    isWarehouseReachable: boolean,
  ): Promise<{ known: ReadonlyMap<string, Alert>; now: number } | undefined>;
  /** Returns false if the alert was not kept: another process sends the alerts at this moment. */
  put(alert: Alert): Promise<boolean>;
  remove(cause: string): Promise<void>;
}

/**
 * After an outage of the warehouse the process that sent alerts meanwhile stores them in its next round. The other
 * processes wait for it: they would send the same alerts again.
 */
const ROUNDS_AFTER_OUTAGE = 2;

/**
 * Keeps alerts in the table `etl_alerts`. If the table rejects an alert, the sender (the process for which `isSender`
 * is true) keeps it in memory until the table accepts it.
 */
export function openAlertStore(
  warehouse: Warehouse,
  isSender: () => Promise<boolean>,
  log: Logger,
): AlertStore {
  /** The table's rows when they were last read. An outage does not make this process forget what was notified. */
  let stored = new Map<string, Alert>();
  const unstored = new Map<string, Alert>();
  let clock = { time: Date.now(), readAt: performance.now() };
  let isUsable = false;
  let roundsToWait = 0;

  /** Returns whether the warehouse did the work. If not, this round goes on without the warehouse. */
  const inWarehouse = async (work: () => Promise<unknown>) => {
    if (!isUsable) return false;
    try {
      await work();
    } catch (error) {
      log.debug({ err: asError(error) }, 'warehouse does not keep alerts');
      isUsable = false;
    }
    return isUsable;
  };
  const store = async (alert: Alert) => {
    const isStored = await inWarehouse(() => replaceRow(warehouse, alert));
    if (isStored) {
      stored.set(alert.cause, alert);
      unstored.delete(alert.cause);
    }
    return isStored;
  };

  return {
    load: async (isWarehouseReachable) => {
      isUsable = isWarehouseReachable;
      await inWarehouse(async () => {
        clock = { time: (await warehouseTime(warehouse)).getTime(), readAt: performance.now() };
        stored = await readRows(warehouse);
      });
      for (const alert of unstored.values()) {
        const { changedAt = 0 } = stored.get(alert.cause) ?? {};
        if (changedAt > alert.changedAt) unstored.delete(alert.cause);
        else await store(alert);
      }
      if (!isUsable && !(await isSender())) {
        roundsToWait = ROUNDS_AFTER_OUTAGE;
        return undefined;
      }
      if (isUsable && roundsToWait > 0) {
        roundsToWait -= 1;
        return undefined;
      }
      roundsToWait = 0;
      const now = Math.round(clock.time + performance.now() - clock.readAt);
      return { known: new Map([...stored, ...unstored]), now };
    },
    put: async (alert) => {
      if (await store(alert)) return true;
      if (!(await isSender())) return false;
      unstored.set(alert.cause, alert);
      return true;
    },
    remove: async (cause) => {
      if (await inWarehouse(() => deleteRow(warehouse, cause))) {
        stored.delete(cause);
        unstored.delete(cause);
      }
    },
  };
}

async function readRows(warehouse: Warehouse): Promise<Map<string, Alert>> {
  const rows = await warehouse.selectFrom('etl_alerts').select('state').orderBy('cause').execute();
  return new Map(
    rows.map(({ state }) => {
      const { told, ...alert } = JSON.parse(state) as Omit<Alert, 'notified'> & { told: Alert['notified'] };
      return [alert.cause, { ...alert, notified: told }];
    }),
  );
}

async function replaceRow(warehouse: Warehouse, { notified, ...alert }: Alert): Promise<void> {
  // Former versions share the table while processes are updated: the key keeps its name.
  const state = JSON.stringify({ ...alert, told: notified });
  await warehouse.replaceInto('etl_alerts').values({ cause: alert.cause, state }).execute();
}

async function deleteRow(warehouse: Warehouse, cause: string): Promise<void> {
  await warehouse.deleteFrom('etl_alerts').where('cause', '=', cause).execute();
}
