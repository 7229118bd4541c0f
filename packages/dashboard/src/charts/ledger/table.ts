import type { LedgerOfDate, LeftOutReason } from '../../api/types.ts';
import type { ExplainWords } from '../../words/explain/en.ts';
import type { Formats } from '../../words/formats.ts';
import { NOTHING, type TableTwin } from '../chart.ts';
import { COLOUR, kindColour } from '../colours.ts';

/** A place where log rows of a day are. `sign` is the class of its sign in the legend. */
export interface LedgerPart {
  key: 'counted' | LeftOutReason;
  name: string;
  rows: number;
  colour: string;
  sign: string;
}

/** What is counted, and each reason in the order of the API. Null if the date has no ledger. */
export function ledgerParts({ counted, left_out }: LedgerOfDate, words: ExplainWords): LedgerPart[] | null {
  if (counted === null || left_out === null) return null;
  const reasons = Object.entries(left_out) as [LeftOutReason, number][];
  return [
    { key: 'counted', name: words.counted, rows: counted, colour: COLOUR.main, sign: 'counted-rows' },
    ...reasons.map(([key, rows], index): LedgerPart => {
      const name = words.leftOut[key];
      // What is no view of an activity is most of a log: it stays in the background.
      if (key === 'not_an_activity_view')
        return { key, name, rows, colour: COLOUR.compared, sign: 'other-rows' };
      return { key, name, rows, colour: kindColour(index), sign: `kind-${index + 1}` };
    }),
  ];
}

/** Each place with its rows and share. The last row has all of them. */
export function ledgerTable(
  parts: readonly LedgerPart[],
  read: number,
  { explain, formats }: { explain: ExplainWords; formats: Formats },
): TableTwin {
  const share = (rows: number) => (read === 0 ? NOTHING : formats.share(rows / read));
  return {
    columns: [
      { name: explain.place },
      { name: explain.rows, isNumber: true },
      { name: explain.share, isNumber: true },
    ],
    rows: [
      ...parts.map(({ name, rows }) => [name, formats.count(rows), share(rows)]),
      [explain.read, formats.count(read), share(read)],
    ],
  };
}
