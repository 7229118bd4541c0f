import * as Plot from '@observablehq/plot';
import type { Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import { HATCH, hatchPattern } from '../plot-parts.ts';
import { clockSeconds } from './duration.ts';
import { type BatchBar, lengthText } from './table.ts';

const ROW = 38;
const NAMES = 132;
const LEAST_MS = 1000;

/** One bar a batch: a thin line while it waits, a bar while it runs. `now` ends what still runs. */
export function drawBatches(bars: readonly BatchBar[], now: string, look: Look): Element {
  const { width, words } = look;
  const at = (time: string) => new Date(clockSeconds(time) * 1000);
  const end = (bar: BatchBar) => at(bar.finished_at ?? now);
  const ends = bars.map((bar) => end(bar).getTime());
  const begun = bars.flatMap(({ started_at }) => (started_at === null ? [] : [at(started_at).getTime()]));
  const queued = Math.min(...bars.map((bar) => at(bar.queued_at).getTime()));
  const last = Math.max(...ends, queued + LEAST_MS);
  // A run that waited for hours must not squeeze its bars: at most half of the picture is waiting.
  const first = begun.length === 0 ? queued : Math.max(queued, 2 * Math.min(...begun) - last);
  const started = bars.filter(({ started_at }) => started_at !== null);
  const start = (bar: BatchBar) => at(bar.started_at ?? bar.queued_at);
  const label = (bar: BatchBar) =>
    bar.status === 'queued'
      ? words.charts.statuses.queued
      : `${lengthText(bar, now, look)} · ${words.charts.attempt(bar.attempt)}`;
  const colour = ({ status }: BatchBar) => (status === 'failed' ? COLOUR.fall : COLOUR.main);
  const opacity = ({ status }: BatchBar) => (status === 'running' ? 0.45 : 1);
  const name = ({ batch }: BatchBar) => words.charts.batches[batch];
  const clock = new Intl.DateTimeFormat(look.formats.locale, { timeStyle: 'medium', timeZone: 'UTC' });
  return Plot.plot({
    width,
    height: bars.length * ROW + 40,
    marginTop: 6,
    marginBottom: 34,
    marginLeft: NAMES,
    marginRight: 140,
    ariaLabel: words.charts.duration,
    x: { type: 'utc', domain: [new Date(first), new Date(last)] },
    y: { type: 'band', domain: bars.map(({ batch }) => batch), padding: 0.35, axis: null },
    marks: [
      hatchPattern,
      Plot.gridX({ stroke: COLOUR.grid, strokeOpacity: 1, ticks: tickCount(width) }),
      Plot.axisX({
        ticks: tickCount(width),
        tickFormat: (time: Date) => clock.format(time),
        label: null,
        tickSize: 0,
        color: COLOUR.quiet,
      }),
      Plot.ruleY(bars, {
        y: 'batch',
        x1: (bar: BatchBar) => new Date(Math.max(first, at(bar.queued_at).getTime())),
        x2: (bar: BatchBar) => (bar.started_at ? start(bar) : end(bar)),
        stroke: COLOUR.quiet,
        strokeWidth: 2,
      }),
      Plot.barX(started, { y: 'batch', x1: start, x2: end, fill: colour, fillOpacity: opacity }),
      Plot.barX(
        started.filter(({ status }) => status === 'running'),
        { y: 'batch', x1: start, x2: end, fill: HATCH },
      ),
      Plot.text(bars, {
        y: 'batch',
        text: name,
        frameAnchor: 'left',
        textAnchor: 'start',
        dx: -NAMES,
        fill: COLOUR.ink,
      }),
      Plot.text(bars, {
        y: 'batch',
        x: end,
        text: label,
        textAnchor: 'start',
        dx: 8,
        fill: COLOUR.ink,
        fontVariant: 'tabular-nums',
      }),
      Plot.text(
        bars.filter(({ status }) => status === 'failed'),
        {
          y: 'batch',
          x: end,
          text: () => '✕',
          textAnchor: 'end',
          dx: -4,
          fill: COLOUR.surface,
          fontWeight: 'bold',
        },
      ),
    ],
  });
}

const tickCount = (width: number) => Math.max(2, Math.min(5, Math.floor((width - NAMES - 140) / 90)));
