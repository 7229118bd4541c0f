import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { type LocalStack, startStack } from '../stack.ts';
import type {} from './provided.ts';
import { serverKindOf } from './server-wording.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../../.local/test');

/** The projects `stack` and `long` share one stack. Vitest loads this file and calls `setup` for each of them. */
const shared = globalThis as { testStack?: { started: Promise<LocalStack>; users: number } };

/** One database server and one Redis for all test files. Each file creates its own databases and key prefix. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.testStack ??= {
    started: startStack(FOLDER, { say: (line) => process.stderr.write(`${line}\n`) }),
    users: 0,
  };
  const { testStack } = shared;
  testStack.users += 1;
  const stack = await testStack.started;
  project.provide('mysqlUrl', stack.mysqlUrl);
  project.provide('serverKind', await serverKindOf(stack.mysqlUrl));
  project.provide('redisUrl', stack.redisUrl);
  return async () => {
    testStack.users -= 1;
    if (testStack.users > 0) return;
    delete shared.testStack;
    await stack.stop();
  };
}
