import { type Config, WATCHER_PATIENCE_MS, within } from '@etl/core';
import { type Queues, whatDiffers } from '@etl/queue';
import type { Look } from '../alert.ts';

const ABOUT = { cause: 'settings' } as const;

/** Looks whether this process and the workers that run have the same zone. Says nothing where Redis does not answer. */
export async function settingsLooks(queues: Queues, config: Pick<Config, 'ETL_TIMEZONE'>): Promise<Look[]> {
  const { ETL_TIMEZONE } = config;
  const look = whatDiffers(queues, { ETL_TIMEZONE }).then((difference): Look[] => [
    difference === undefined
      ? { ...ABOUT, isThere: false }
      : { ...ABOUT, isThere: true, message: `Processes do not agree: ${difference}` },
  ]);
  return within(WATCHER_PATIENCE_MS, look).catch(() => []);
}
