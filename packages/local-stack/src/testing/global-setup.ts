import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startStack } from '../stack.ts';
import type {} from './provided.ts';
import { serverKindOf } from './server-wording.ts';

/** One database server and one Redis for all test files. Each file creates its own databases and key prefix. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = path.resolve(import.meta.dirname, '../../../../.local/test');
  const stack = await startStack(folder, { say: (line) => process.stderr.write(`${line}\n`) });
  project.provide('mysqlUrl', stack.mysqlUrl);
  project.provide('serverKind', await serverKindOf(stack.mysqlUrl));
  project.provide('redisUrl', stack.redisUrl);
  return stack.stop;
}
