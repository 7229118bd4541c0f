import path from 'node:path';
import { startRedis } from '../../src/index.ts';

export async function setup(): Promise<() => Promise<void>> {
  const redis = await startRedis({ folder: path.join(process.env.RUN_FOLDER as string, 'set-up') });
  return redis.stop;
}
