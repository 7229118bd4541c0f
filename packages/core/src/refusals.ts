import { isDatabaseUnavailable } from './database-errors.ts';

/** What a statement does for a run. */
export type StatementKind = 'load' | 'lock' | 'read' | 'cancel' | 'write';

/** A statement that a run sends and that the server did not accept. */
export interface Refusal {
  kind: StatementKind;
  error: Error;
}

/** Tries what runs do, one after the other, and collects what the server refuses. */
export interface Trials {
  refusals: Refusal[];
  attempt(kind: StatementKind, work: () => Promise<unknown>): Promise<void>;
}

/** `ignores` says which errors are no refusals. After a lost connection nothing more is tried. */
export function openTrials(ignores: (error: unknown) => boolean = () => false): Trials {
  const refusals: Refusal[] = [];
  let isLost = false;
  return {
    refusals,
    attempt: async (kind, work) => {
      if (isLost) return;
      try {
        await work();
      } catch (error) {
        if (ignores(error)) return;
        isLost = isDatabaseUnavailable(error);
        refusals.push({ kind, error: error as Error });
      }
    },
  };
}
