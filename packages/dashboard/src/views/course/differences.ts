import type { OneCourse, ViewKind } from '../../api/types.ts';
import { viewKinds } from '../../charts/colours.ts';
import { mondayOf } from '../../charts/weeks/by-week.ts';
import type { Words } from '../../words/en.ts';

type Day = OneCourse['days'][number];

/** Longer ranges are shown by month. */
const MOST_DAYS_BY_WEEK = 91;

/** Days of the range beside as many of the compared one. */
interface Pair {
  own: Day;
  other: Day;
}

/** By how much views differ. Null if the one range misses a date that the other has. */
export interface Differences {
  kinds: Record<ViewKind, number | null>;
  total: number | null;
}

/** A week or month of the range, beside the days that it is compared with. */
export interface Span extends Differences {
  from: string;
  to: string;
}

export interface KindDifference {
  kind: ViewKind;
  views: number;
  compared: number;
  difference: number | null;
}

export interface CourseDifferences {
  total: number | null;
  /** The greatest part of the change comes first. */
  kinds: KindDifference[];
  spans: Span[];
}

/** Compares a course day by day: the first day of the range with the first of the compared one. */
export function differencesOf(
  days: readonly Day[],
  compared: readonly Day[],
  words: Words,
): CourseDifferences {
  const pairs = days.flatMap((own, index): Pair[] => {
    const other = compared[index];
    return other ? [{ own, other }] : [];
  });
  const kinds = viewKinds(words);
  const { total, kinds: ofKinds } = differencesIn(pairs, kinds);
  const way = total !== null && total > 0 ? -1 : 1;
  return {
    total,
    kinds: kinds
      .map((kind) => ({
        kind,
        views: sum(days, kind),
        compared: sum(compared, kind),
        difference: ofKinds[kind],
      }))
      .toSorted((one, next) => way * ((one.difference ?? 0) - (next.difference ?? 0))),
    spans: spansOf(pairs).map((span) => ({
      from: (span[0] as Pair).own.extraction_date,
      to: (span.at(-1) as Pair).own.extraction_date,
      ...differencesIn(span, kinds),
    })),
  };
}

function spansOf(pairs: readonly Pair[]): Pair[][] {
  const isByWeek = pairs.length <= MOST_DAYS_BY_WEEK;
  const spanOf = ({ own: { extraction_date: date } }: Pair) => (isByWeek ? mondayOf(date) : date.slice(0, 7));
  return [...Map.groupBy(pairs, spanOf).values()];
}

function differencesIn(pairs: readonly Pair[], kinds: readonly ViewKind[]): Differences {
  const isComparable = pairs.every(({ own, other }) => isMissing(own) === isMissing(other));
  const of = (figure: ViewKind | 'total_views') =>
    isComparable
      ? sum(
          pairs.map(({ own }) => own),
          figure,
        ) -
        sum(
          pairs.map(({ other }) => other),
          figure,
        )
      : null;
  return {
    kinds: Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Differences['kinds'],
    total: of('total_views'),
  };
}

const isMissing = ({ state }: Day) => state === 'missing' || state === 'future';

/** A day on which the course was not there has no views. */
function sum(days: readonly Day[], figure: ViewKind | 'total_views'): number {
  return days.reduce((views, day) => views + (day[figure] ?? 0), 0);
}
