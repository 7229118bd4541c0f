import { isDatabaseUnavailable } from './database-errors.ts';

/** What a statement does for a run. */
export type StatementKind = 'load' | 'lock' | 'read' | 'cancel' | 'write';

/** A statement of a run that the server refused. */
export interface Refusal {
  kind: StatementKind;
  error: Error;
}

/** Tries the statements of a run one by one and collects the refusals. */
export interface Trials {
  refusals: Refusal[];
  attempt(kind: StatementKind, work: () => Promise<unknown>): Promise<void>;
}

/** `ignores` decides which errors are no refusals. After a lost connection, further attempts do nothing. */
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
