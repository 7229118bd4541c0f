import type { Config, FigureSettings, Logger } from '@etl/core';
import type { Warehouse } from '@etl/warehouse';
import type { Queues } from '../queues.ts';

/** What starting, retrying, cancelling and restoring a run need. */
export interface RunControl {
  warehouse: Warehouse;
  queues: Queues;
  config: FigureSettings &
    Pick<Config, 'ETL_BATCH_SIZE' | 'ETL_MERGE_BATCH_SIZE' | 'ETL_LEASE_SECONDS' | 'ETL_LOG_RETENTION_DAYS'>;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  now: () => Date;
}
