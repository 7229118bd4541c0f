import type { Scope } from '@etl/warehouse';

/** Who has the warehouse's password may read everything. */
export const OPERATORS_SCOPE: Scope = 'everything';
