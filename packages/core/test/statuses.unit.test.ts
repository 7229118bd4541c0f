import { describe, expect, it } from 'vitest';
import { runStatus } from '../src/index.ts';

describe('the status of a run', () => {
  it.each([
    [[], 'not_started'],
    [['queued', 'queued', 'queued'], 'queued'],
    [['running', 'queued', 'queued'], 'running'],
    [['completed', 'queued', 'queued'], 'running'],
    [['completed', 'completed', 'queued'], 'running'],
    [['failed', 'running', 'failed'], 'running'],
    [['failed', 'queued', 'failed'], 'queued'],
    [['failed', 'completed', 'failed'], 'failed'],
    [['completed', 'completed', 'completed'], 'completed'],
  ] as const)('of %j is %s', (batches, status) => {
    expect(runStatus(batches)).toBe(status);
  });
});
