import { asError, PROBE_TIMEOUT_MS, withTimeout } from '@etl/core';
import type { Check } from '../alert.ts';

/** A server that this process needs. */
export interface Dependency {
  cause: string;
  /** The subject of the alert's message. */
  name: string;
  /** Throws if the server does not answer. */
  ping(): Promise<void>;
}

export interface DependencyChecks {
  checks: Check[];
  /** The causes of the servers that answer at this moment. */
  answering: ReadonlySet<string>;
}

/**
 * Checks whether servers answer. A server that has been unreachable for less than `lastingMs` may be restarting: its
 * check is left out.
 */
export function dependencyChecks(
  dependencies: readonly Dependency[],
  lastingMs: number,
): () => Promise<DependencyChecks> {
  const unreachableSince = new Map<string, number>();
  const pending = new Map<string, Promise<void>>();
  /** A server that is silent gets no second ping until it answers the first one. */
  const probe = ({ cause, ping }: Dependency) => {
    const answer = pending.get(cause) ?? ping().finally(() => pending.delete(cause));
    pending.set(cause, answer);
    return withTimeout(PROBE_TIMEOUT_MS, answer).then(() => undefined, asError);
  };
  return async () => {
    const checks: Check[] = [];
    const answering = new Set<string>();
    const errors = await Promise.all(dependencies.map(probe));
    for (const [index, { cause, name }] of dependencies.entries()) {
      const error = errors[index];
      if (!error) {
        unreachableSince.delete(cause);
        answering.add(cause);
        checks.push({ cause, isFiring: false });
        continue;
      }
      const since = unreachableSince.get(cause) ?? performance.now();
      unreachableSince.set(cause, since);
      if (performance.now() - since < lastingMs) continue;
      checks.push({ cause, isFiring: true, message: `${name} does not answer: ${reason(error)}` });
    }
    return { checks, answering };
  };
}

/** "Failed to connect …" says less than its cause. */
function reason({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
