import { createHash } from 'node:crypto';
import { DASHBOARD_POLICY } from '@etl/gateway/dashboard-policy';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { FigureState, PointState } from '../src/api/types.ts';
import type { Look } from '../src/charts/chart.ts';
import { COLOUR } from '../src/charts/colours.ts';
import { byWeek, type DayOfKinds } from '../src/charts/weeks/by-week.ts';
import { addDays } from '../src/dates.ts';
import { ENGLISH } from './support.ts';

type Pictures = typeof import('../src/charts/pictures.ts');

/** Other dots are circles. */
const LOCK = '[aria-label="dot"] path';
const LOOK: Look = { ...ENGLISH, width: 640 };
const STATES = ['purged', 'purged', 'final', 'missing', 'missing', 'final', 'final', 'provisional'] as const;

const days = STATES.map((state, index): DayOfKinds => {
  const count = state === 'missing' ? null : 10 + index;
  return {
    extraction_date: addDays('2024-01-15', index),
    state,
    views: {
      file_views: count,
      video_views: count,
      forum_views: count,
      quiz_views: count,
      assignment_views: count,
      url_views: count,
    },
  };
});

const points = days.map(({ extraction_date: date, state, views }) => ({
  from: date,
  to: date,
  partial: false,
  value: views.file_views,
  state: state as PointState,
}));

const items = [
  { key: 'a', name: 'Law', href: '/app/explore?category=LAW', value: 1.5, change: 0.5 },
  { key: 'b', name: 'Gone', value: 1, change: null },
];

const batch = {
  batch: 'main_etl',
  status: 'running',
  attempt: 1,
  queued_at: '2024-01-16 02:00:00',
  started_at: '2024-01-16 02:00:01',
  finished_at: null,
} as const;

const LEDGER = [
  { key: 'counted', name: 'Counted', rows: 60, colour: 'green', sign: 'counted-rows' },
  { key: 'not_an_activity_view', name: 'No view', rows: 40, colour: 'grey', sign: 'other-rows' },
  { key: 'no_course', name: 'No course', rows: 0, colour: 'red', sign: 'kind-2' },
] as const;

const DRAWN: Record<keyof Pictures, (pictures: Pictures) => Element> = {
  drawLine: ({ drawLine }) => drawLine({ metric: 'total_views', points, compared: points }, LOOK),
  drawWeeks: ({ drawWeeks }) => drawWeeks(byWeek(days), LOOK),
  drawKinds: ({ drawKinds }) => drawKinds(days, LOOK),
  drawSteps: ({ drawSteps }) =>
    drawSteps(
      days.map((day) => ({ ...day, num_students: day.views.file_views, num_teachers: 2 })),
      LOOK,
    ),
  drawChanges: ({ drawChanges }) => drawChanges(items, LOOK),
  drawDots: ({ drawDots }) => drawDots(items, 'Views', LOOK),
  drawLedger: ({ drawLedger }) => drawLedger(LEDGER, LOOK),
  drawBatches: ({ drawBatches }) => drawBatches([batch], '2024-01-16 02:00:09', LOOK),
};

let pictures: Pictures;

beforeAll(async () => {
  const { window } = parseHTML('<!doctype html><html><body></body></html>');
  vi.stubGlobal('window', window);
  vi.stubGlobal('document', window.document);
  pictures = await import('../src/charts/pictures.ts');
});

afterAll(() => vi.unstubAllGlobals());

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

it.each(Object.entries(DRAWN))('the policy of the page allows each style of %s', (_, draw) => {
  const picture = draw(pictures);
  const styles = [...picture.querySelectorAll('style')].map(({ textContent }) => sha256(textContent ?? ''));
  expect(styles.length).toBeGreaterThan(0);
  for (const style of styles) expect(DASHBOARD_POLICY).toContain(style);
  // A style attribute in markup is refused, too. `element.style` is not.
  expect(picture.outerHTML.replaceAll(/<style>.*?<\/style>/gs, '')).not.toContain('<style');
});

it('the line ends at a gap, and provisional figures are dashed', () => {
  const picture = DRAWN.drawLine(pictures);
  const lines = [...picture.querySelectorAll('[aria-label="line"]')];
  const solid = lines.find(
    (line) => line.getAttribute('stroke-width') === '2' && !line.getAttribute('stroke-dasharray'),
  );
  expect(solid?.querySelector('path')?.getAttribute('d')?.match(/M/g)).toHaveLength(2);
  const dashed = lines.filter((line) => line.getAttribute('stroke-dasharray'));
  expect(dashed).toHaveLength(1);
  expect(dashed[0]?.querySelector('path')?.getAttribute('d')).toMatch(/^M[^M]*L[^M]*$/);
});

it('a picture of amounts begins at 0', () => {
  const picture = DRAWN.drawLine(pictures);
  const labels = [...picture.querySelectorAll('[aria-label="y-axis tick label"] text')].map(
    ({ textContent }) => textContent,
  );
  expect(labels[0]).toBe('0');
});

it.each(['drawChanges', 'drawDots'] as const)(
  'each row of %s has a name, and a link if it has a page',
  (name) => {
    const picture = DRAWN[name](pictures);
    const rows = [...picture.querySelectorAll('li')].map((row) => row.textContent);
    expect(rows).toEqual(['Law', 'Gone']);
    const links = [...picture.querySelectorAll('a')].map((link) => link.getAttribute('href'));
    expect(links).toEqual(['/app/explore?category=LAW']);
  },
);

it.each([0.001, -0.001, 0.05])('a change of %d is a short bar, also if it is the greatest', (change) => {
  const picture = pictures.drawChanges([{ key: 'a', name: 'Law', change }], LOOK);
  const bar = picture.querySelector('[aria-label="bar"] rect');
  expect(Number(bar?.getAttribute('width'))).toBeLessThan(LOOK.width / 2);
});

it.each([
  ['drawLine', 1],
  ['drawSteps', 1],
  // One in each small picture.
  ['drawKinds', 6],
] as const)(
  '%s has a line with a lock above the dates that are kept although Moodle has deleted their log',
  (name, count) => {
    const picture = DRAWN[name](pictures);
    expect(picture.querySelectorAll(LOCK)).toHaveLength(count);
    const lines = [...picture.querySelectorAll(`[fill="${COLOUR.quiet}"] rect`)];
    expect(lines.map((line) => Number(line.getAttribute('height')))).toEqual(Array(count).fill(2));
  },
);

it('a week of purged dates has a lock, and one of final dates has none', () => {
  const ofState = (state: FigureState) => byWeek(days.slice(0, 7).map((day) => ({ ...day, state })));
  expect(pictures.drawWeeks(ofState('purged'), LOOK).querySelectorAll(LOCK)).toHaveLength(1);
  expect(pictures.drawWeeks(ofState('final'), LOOK).querySelectorAll(LOCK)).toHaveLength(0);
});

it('the bar of a ledger is as long as all rows, and a reason without rows takes no room', () => {
  const bars = [...DRAWN.drawLedger(pictures).querySelectorAll('[aria-label="bar"] rect')];
  const widths = bars.map((bar) => Math.round(Number(bar.getAttribute('width'))));
  expect(widths.slice(0, 2)).toEqual([384, 256]);
  expect(widths[2] ?? 0).toBe(0);
});
