import { defineConfig } from 'vitest/config';

/** A run for `interrupted.long.test.ts`: its set-up and its test each start a server, then the test waits. */
export default defineConfig({
  test: { include: ['waits.ts'], globalSetup: ['global-setup.ts'], testTimeout: 300_000 },
});
