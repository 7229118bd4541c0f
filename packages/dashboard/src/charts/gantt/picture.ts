import * as Plot from '@observablehq/plot';
import { clockSeconds } from '../../clock.ts';
import type { Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import { hatch, hatchPattern } from '../plot-parts.ts';
import { clockTicks } from './clock-ticks.ts';
import { type BatchBar, lengthText } from './table.ts';

/** Names stand before the bars, lengths behind them. A narrow picture has both above its bars. */
const WIDE = { row: 38, before: 132, behind: 172, padding: 0.35 };
const NARROW = { row: 48, before: 28, behind: 28, padding: 0.6 };
const LEAST_WIDE = 520;
const LEAST_MS = 1000;

/** One bar a batch: a thin line while it waits, a bar while it runs. `now` ends what still runs. */
export function drawBatches(bars: readonly BatchBar[], now: string, look: Look): Element {
  const { width, words } = look;
  const layout = width < LEAST_WIDE ? NARROW : WIDE;
  const at = (time: string) => new Date(clockSeconds(time) * 1000);
  const start = (bar: BatchBar) => at(bar.started_at ?? bar.queued_at);
  const end = (bar: BatchBar) => at(bar.finished_at ?? now);
  const [first, last] = spanOf(bars, end);
  const started = bars.filter(({ started_at }) => started_at !== null);
  const ofStatus = (status: BatchBar['status']) => bars.filter((bar) => bar.status === status);
  const name = ({ batch }: BatchBar) => words.charts.batches[batch];
  const length = (bar: BatchBar) =>
    bar.started_at === null
      ? words.charts.statuses[bar.status === 'queued' ? 'queued' : 'not_started']
      : `${lengthText(bar, now, look)} · ${words.charts.attempt(bar.attempt)}`;
  const { ticks, style } = clockTicks(first, last, width - layout.before - layout.behind);
  const clock = new Intl.DateTimeFormat(look.formats.locale, { timeStyle: style, timeZone: 'UTC' });
  const text = {
    y: 'batch',
    fill: COLOUR.ink,
    // A line of the grid ends before a text.
    stroke: COLOUR.surface,
    strokeWidth: 4,
    textAnchor: 'start',
    fontVariant: 'tabular-nums',
  } as const;
  return Plot.plot({
    width,
    height: bars.length * layout.row + 40,
    marginTop: 6,
    marginBottom: 34,
    marginLeft: layout.before,
    marginRight: layout.behind,
    ariaLabel: words.charts.duration,
    x: { type: 'utc', domain: [first, last] },
    y: { type: 'band', domain: bars.map(({ batch }) => batch), padding: layout.padding, axis: null },
    marks: [
      hatchPattern('provisionalBars'),
      Plot.gridX(ticks, { stroke: COLOUR.grid, strokeOpacity: 1 }),
      Plot.axisX(ticks, {
        tickFormat: (time: Date) => clock.format(time),
        label: null,
        tickSize: 0,
        color: COLOUR.quiet,
      }),
      Plot.ruleY(bars, {
        y: 'batch',
        x1: (bar: BatchBar) => new Date(Math.max(first.getTime(), at(bar.queued_at).getTime())),
        x2: (bar: BatchBar) => (bar.started_at ? start(bar) : end(bar)),
        stroke: COLOUR.quiet,
        strokeWidth: 2,
      }),
      Plot.barX(started, {
        y: 'batch',
        x1: start,
        x2: end,
        fill: ({ status }: BatchBar) => (status === 'failed' ? COLOUR.fall : COLOUR.main),
        fillOpacity: ({ status }: BatchBar) => (status === 'running' ? 0.7 : 1),
        // A batch of less than a second is still a bar.
        insetRight: -3,
      }),
      Plot.barX(ofStatus('running'), { y: 'batch', x1: start, x2: end, fill: hatch('provisionalBars') }),
      Plot.text(ofStatus('failed'), {
        ...text,
        x: end,
        text: () => '✕',
        textAnchor: 'end',
        dx: -4,
        fill: COLOUR.surface,
        stroke: 'none',
      }),
      ...(layout === WIDE
        ? [
            Plot.text(bars, { ...text, text: name, frameAnchor: 'left', dx: -layout.before }),
            Plot.text(bars, { ...text, text: length, x: end, dx: 8 }),
          ]
        : [
            Plot.text(bars, {
              ...text,
              text: (bar: BatchBar) => `${name(bar)}: ${length(bar)}`,
              frameAnchor: 'left',
              dx: -layout.before,
              dy: -20,
            }),
          ]),
    ],
  });
}

/** A run that waited for hours must not squeeze its bars: at most half of the picture is waiting. */
function spanOf(bars: readonly BatchBar[], end: (bar: BatchBar) => Date): [Date, Date] {
  const milliseconds = (time: string) => clockSeconds(time) * 1000;
  const queued = Math.min(...bars.map((bar) => milliseconds(bar.queued_at)));
  const begun = bars.flatMap(({ started_at }) => (started_at === null ? [] : [milliseconds(started_at)]));
  const last = Math.max(...bars.map((bar) => end(bar).getTime()), queued + LEAST_MS);
  const first = begun.length === 0 ? queued : Math.max(queued, 2 * Math.min(...begun) - last);
  return [new Date(first), new Date(last)];
}
