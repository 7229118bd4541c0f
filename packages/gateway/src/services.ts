import type { ConfigWith, Logger } from '@etl/core';
import type { Queues } from '@etl/queue';
import type { Warehouse } from '@etl/warehouse';

export type GatewayConfig = ConfigWith<'ETL_DATABASE_URL' | 'REDIS_URL'>;

/** The resources of the routes. The caller of `buildApp` opens and closes them. */
export interface Services {
  config: GatewayConfig;
  warehouse: Warehouse;
  /**
   * The warehouse for probes, scrapes and looks for events. Its own connections do not wait for a busy pool. See
   * `openWarehouseForProbes`.
   */
  probes: Warehouse;
  queues: Queues;
  log: Logger;
  now: () => Date;
}
