import type { Config } from '@etl/core';
import { recentRestatements, type Warehouse } from '@etl/warehouse';
import type { Alert, Check } from '../alert.ts';

const CAUSE = 'restatement:';

/** So long an alert fires: what has changed does not change back. */
const DAY_SECONDS = 86_400;

/**
 * Checks the final figures that a run changed within the last day. A date whose views changed by more than
 * `ETL_RESTATEMENT_ALERT_PERCENT` is a cause; it is resolved a day later.
 */
export async function restatementChecks(
  warehouse: Warehouse,
  known: readonly Alert[],
  { ETL_RESTATEMENT_ALERT_PERCENT: limit }: Pick<Config, 'ETL_RESTATEMENT_ALERT_PERCENT'>,
): Promise<Check[]> {
  const recent = await recentRestatements(warehouse, DAY_SECONDS);
  const firing = recent.flatMap(({ id, extraction_date: date, old_total_views, new_total_views, why }) => {
    const [before, now] = [Number(old_total_views), Number(new_total_views)];
    const percent = before === now ? 0 : (100 * Math.abs(now - before)) / before;
    if (percent <= limit) return [];
    const size = Number.isFinite(percent) ? ` by ${percent.toFixed(1)} %` : '';
    const message = `A run changed the final figures of ${date}${size}: ${before} views became ${now} (${why.join(', ')}).`;
    return [{ cause: CAUSE + id, isFiring: true as const, message }];
  });
  const resolved = known
    .filter(({ cause }) => cause.startsWith(CAUSE) && !firing.some((one) => one.cause === cause))
    .map(({ cause }): Check => ({ cause, isFiring: false }));
  return [...firing, ...resolved];
}
