import { defineConfig } from 'vitest/config';

/** Limits for a test that hangs: far more than any test needs on a busy machine. */
const LIMITS = { testTimeout: 900_000, hookTimeout: 900_000 };

const TESTS = 'packages/*/test/**/*.test.ts';
const UNIT = 'packages/*/test/**/*.unit.test.ts';
const BROWSER = 'packages/dashboard/test/**/*.browser.test.ts';
const LONG = 'packages/*/test/**/*.long.test.ts';

/** One MariaDB and one Redis of the local stack for all files of the two projects. */
const ON_THE_STACK = {
  globalSetup: ['packages/local-stack/src/testing/global-setup.ts'],
  ...LIMITS,
};

/**
 * - `unit` (seconds) needs no server.
 * - `stack` (minutes) runs against MariaDB and Redis.
 * - `browser` (a minute) shows the dashboard in Chromium. It builds the dashboard first.
 * - `long` kills servers, simulates months, installs the system or what it needs: only `./scripts/test.sh --all` runs it.
 */
export default defineConfig({
  test: {
    // Most tests wait for processes and servers most of the time: there can be more of them than cores.
    maxWorkers: 3,
    projects: [
      { test: { name: 'unit', include: [UNIT], ...LIMITS } },
      {
        test: {
          name: 'stack',
          include: [TESTS],
          exclude: [UNIT, LONG, BROWSER, '**/node_modules/**'],
          ...ON_THE_STACK,
        },
      },
      {
        test: {
          name: 'browser',
          include: [BROWSER],
          ...ON_THE_STACK,
          globalSetup: [...ON_THE_STACK.globalSetup, 'packages/dashboard/test/global-setup.ts'],
        },
      },
      { test: { name: 'long', include: [LONG], ...ON_THE_STACK } },
    ],
  },
});
