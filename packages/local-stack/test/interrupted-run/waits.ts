import path from 'node:path';
import { it } from 'vitest';
import { startRedis } from '../../src/index.ts';

it('starts a server and waits', async () => {
  await startRedis({ folder: path.join(process.env.RUN_FOLDER as string, 'test') });
  await new Promise(() => {});
});
