import { asError, PROBE_TIMEOUT_MS, withTimeout } from '@etl/core';
import type { Look } from '../alert.ts';

/** A server that we need: its cause, what it is called, and whether it answers. */
export interface Dependency {
  cause: string;
  name: string;
  /** Throws where it does not. */
  ping(): Promise<void>;
}

/** What is said of the servers, and which of them answer at this moment. */
export interface DependencyLooks {
  looks: Look[];
  answering: ReadonlySet<string>;
}

/** Looks whether servers answer. One that has been away for less than `lastingMs` is being restarted: nothing is said of it. */
export function dependencyLooks(
  dependencies: readonly Dependency[],
  lastingMs: number,
): () => Promise<DependencyLooks> {
  const unreachableSince = new Map<string, number>();
  const asked = new Map<string, Promise<void>>();
  /** A server that is silent is not asked again before it has answered. */
  const ask = ({ cause, ping }: Dependency) => {
    const open = asked.get(cause) ?? ping().finally(() => asked.delete(cause));
    asked.set(cause, open);
    return withTimeout(PROBE_TIMEOUT_MS, open).then(() => undefined, asError);
  };
  return async () => {
    const looks: Look[] = [];
    const answering = new Set<string>();
    const answers = await Promise.all(dependencies.map(ask));
    for (const [index, { cause, name }] of dependencies.entries()) {
      const why = answers[index];
      if (!why) {
        unreachableSince.delete(cause);
        answering.add(cause);
        looks.push({ cause, isThere: false });
        continue;
      }
      const since = unreachableSince.get(cause) ?? performance.now();
      unreachableSince.set(cause, since);
      if (performance.now() - since < lastingMs) continue;
      looks.push({ cause, isThere: true, message: `${name} does not answer: ${reason(why)}` });
    }
    return { looks, answering };
  };
}

/** What says most: the cause behind "Failed to connect …". */
function reason({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
