import type { RawBuilder } from 'kysely';

/** A view for other tools: its columns in their order, and what they are selected from. */
export interface View {
  name: `v_${string}`;
  columns: Record<string, RawBuilder<unknown>>;
  from: RawBuilder<unknown>;
}
