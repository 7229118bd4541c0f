import { EtlError } from '@etl/core';
import { runIdsBeginning, type Warehouse } from '@etl/warehouse';

/** The letters of a run's id that a narrow table shows at least. */
export const SHORTEST_RUN_ID = 8;

const BEGINNING = new RegExp(`^([0-9a-f-]{${SHORTEST_RUN_ID},36})…?$`, 'i');

/** The id of the run that a person names by its id or by the beginning of it. Throws INVALID_REQUEST or NOT_FOUND. */
export async function runIdOf(warehouse: Warehouse, text: string): Promise<string> {
  const beginning = BEGINNING.exec(text)?.[1]?.toLowerCase();
  const [id, another] = beginning === undefined ? [] : await runIdsBeginning(warehouse, beginning, 2);
  if (another !== undefined) {
    throw new EtlError(
      'INVALID_REQUEST',
      `Several runs begin with ${beginning}. Give more letters of the id`,
    );
  }
  if (id === undefined) {
    throw new EtlError('NOT_FOUND', `There is no run ${text}. etl scheduler_data shows the runs`);
  }
  return id;
}
