import { defineConfig } from 'vitest/config';

/** Limits for a test that hangs, far beyond what any takes, on a machine with much else to do. */
const LIMITS = { testTimeout: 300_000, hookTimeout: 300_000 };

const ON_THE_STACK = {
  globalSetup: ['packages/local-stack/src/testing/global-setup.ts'],
  ...LIMITS,
};

/**
 * `*.unit.test.ts` needs nothing; every other test runs against the real MariaDB and Redis of the local stack. `*.all.test.ts` needs
 * further servers, and runs only with `./scripts/test.sh --all`.
 */
export default defineConfig({
  test: {
    // Most tests wait for processes and servers most of the time, so that more of them than cores can run at once.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.unit.test.ts'],
          ...LIMITS,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: ['**/*.unit.test.ts', '**/*.all.test.ts', '**/node_modules/**'],
          ...ON_THE_STACK,
        },
      },
      {
        test: {
          name: 'all',
          include: ['packages/*/test/**/*.all.test.ts'],
          ...ON_THE_STACK,
        },
      },
    ],
  },
});
