import type { DayReport } from '../../api/types.ts';
import { NOTHING, numberText, type Spoken, type TableTwin } from '../chart.ts';

/** A day in words: its date, its views, and its state unless it is final. */
export function dayText(
  { extraction_date, state, total_views }: DayReport,
  { words, formats }: Spoken,
): string {
  const date = formats.fullDate(extraction_date);
  const views =
    total_views === null ? undefined : `${formats.count(total_views)} ${words.figures.metrics.total_views}`;
  const known = state === 'final' ? undefined : words.figures.states[state];
  return `${date}: ${[views, known].filter(Boolean).join(', ')}`;
}

export function daysTable(days: readonly DayReport[], spoken: Spoken): TableTwin {
  const { words, formats } = spoken;
  return {
    columns: [
      { name: words.figures.date },
      { name: words.figures.metrics.total_views, isNumber: true },
      { name: words.charts.state },
    ],
    rows: days.map(({ extraction_date, state, total_views }) => [
      formats.shortDate(extraction_date),
      numberText(total_views, spoken),
      words.figures.states[state],
    ]),
  };
}

export type RunSign = 'failed' | 'active' | 'late';

/** What a person should know about the runs of a date, beside its figures. */
export function runSign({ last_run, late }: Pick<DayReport, 'last_run' | 'late'>): RunSign | null {
  const status = last_run?.status;
  if (status === 'queued' || status === 'running') return 'active';
  if (status === 'failed') return 'failed';
  return late ? 'late' : null;
}

/** A day in words: its date, the state of its figures, and what is to be known about its runs. */
export function stateText(day: DayReport, { words, formats }: Spoken): string {
  const sign = runSign(day);
  const known = [
    words.figures.states[day.state],
    sign && words.runs[sign],
    day.late && sign !== 'late' && words.runs.late,
    day.restated_at && words.runs.restated,
  ];
  return `${formats.fullDate(day.extraction_date)}: ${known.filter(Boolean).join(', ')}`;
}

export function statesTable(days: readonly DayReport[], spoken: Spoken): TableTwin {
  const { words, formats } = spoken;
  return {
    columns: [{ name: words.figures.date }, { name: words.charts.state }, { name: words.charts.lastRun }],
    rows: days.toReversed().map((day) => {
      const sign = runSign(day);
      return [
        formats.shortDate(day.extraction_date),
        [words.figures.states[day.state], day.restated_at && words.runs.restated].filter(Boolean).join(', '),
        day.last_run ? words.charts.statuses[day.last_run.status] : sign ? words.runs[sign] : NOTHING,
      ];
    }),
  };
}
