import type { ConfigWith, Logger } from '@etl/core';
import type { Queues } from '@etl/queue';
import type { Warehouse } from '@etl/warehouse';

export type GatewayConfig = ConfigWith<'ETL_DATABASE_URL' | 'REDIS_URL'>;

/** What the routes work with. Opened and closed by whoever builds the app. */
export interface Services {
  config: GatewayConfig;
  warehouse: Warehouse;
  /** The warehouse by connections of its own, for probes and scrapes: a busy pool does not delay them. See `openWarehouseForProbes`. */
  probes: Warehouse;
  queues: Queues;
  log: Logger;
  now: () => Date;
}
