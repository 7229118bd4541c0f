import { randomOf, type Scratch, scratchDatabase } from '@etl/local-stack';
import { inject } from 'vitest';
import { migrate, openWarehouse, type Warehouse } from '../../src/index.ts';
import { openVictims, type Victims } from './victim.ts';
import { newWorld, type World } from './world.ts';

/** `PROOF_SEED` repeats a run. */
export const SEED = process.env.PROOF_SEED || `${Date.now()}`;

/** A warehouse of random dates, and what changes it. */
export interface Proof {
  warehouse: Warehouse;
  victims: Victims;
  world: World;
  /** Builders that run beside the next steps. */
  beside: Set<Promise<unknown>>;
}

/** Opens a warehouse of its own. */
export async function openProof(): Promise<Scratch<Proof>> {
  const database = await scratchDatabase(inject('mysqlUrl'), 'exact');
  const warehouse = openWarehouse(
    { ETL_DATABASE_URL: database.value },
    { connections: 10, statementSeconds: 60 },
  );
  const beside: Proof['beside'] = new Set();
  let victims: Victims | undefined;
  const remove = async () => {
    await Promise.allSettled(beside);
    await warehouse.destroy();
    await victims?.remove();
    await database.remove();
  };
  try {
    await migrate(warehouse);
    victims = await openVictims(inject('mysqlUrl'), database);
  } catch (error) {
    await remove();
    throw error;
  }
  return { value: { warehouse, victims, world: newWorld(randomOf(SEED)), beside }, remove };
}
