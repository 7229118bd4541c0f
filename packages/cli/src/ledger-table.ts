import { LEFT_OUT_REASONS, LEFT_OUT_WORDS, type Ledger } from '@etl/core';
import { tableOf } from './figure-tables.ts';

const NUMBERS = new Intl.NumberFormat('en-GB');

/** How many log rows were counted, and the command that says where the others are. */
export function ledgerLine({ read, counted }: Ledger, date: string): string {
  const [all, rest] = [NUMBERS.format(read), NUMBERS.format(read - counted)];
  return `${all} log rows: ${NUMBERS.format(counted)} counted, ${rest} left out (etl ledger ${date})`;
}

/** Where the log rows are, and their share of all. */
export function ledgerTable({ read, counted, left_out }: Ledger): string {
  const places = [
    { rows: counted, reason: 'counted', means: 'views in the figures' },
    ...LEFT_OUT_REASONS.map((reason) => ({
      rows: left_out[reason],
      reason,
      means: LEFT_OUT_WORDS[reason],
    })),
    { rows: read, reason: 'read', means: 'all log rows of the day' },
  ];
  return tableOf(
    [
      { heading: 'rows', align: 'right', cell: ({ rows }) => NUMBERS.format(rows) },
      { heading: 'share', align: 'right', cell: ({ rows }) => share(rows, read) },
      { heading: 'reason', cell: ({ reason }) => reason },
      { heading: 'means', least: 24, cell: ({ means }) => means },
    ],
    places,
  );
}

function share(rows: number, all: number): string | null {
  return all === 0 ? null : `${((100 * rows) / all).toFixed(1)}%`;
}
