import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceLog } from '../src/log-slices.ts';

const day = { date: '2024-01-15', timeZone: 'UTC', start: 1_705_276_800, end: 1_705_363_200 };

describe('slices of a day', () => {
  it('contain every id, or every second, of the range exactly once', () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 5000 }),
          firstId: fc.integer({ min: 1, max: 1_000_000 }),
          spare: fc.integer({ min: 0, max: 50_000 }),
          rowsPerSlice: fc.integer({ min: 1, max: 3000 }),
        }),
        ({ rows, firstId, spare, rowsPerSlice }) => {
          const lastId = firstId + rows - 1 + spare;
          const slices = sliceLog(day, { rows, firstId, lastId }, rowsPerSlice);
          const [from, to] = slices[0]?.by === 'id' ? [firstId, lastId] : [day.start, day.end - 1];
          expect(slices[0]?.from).toBe(from);
          expect(slices.at(-1)?.to).toBe(to);
          for (const [index, slice] of slices.entries()) {
            expect(slice.to).toBeGreaterThanOrEqual(slice.from);
            if (index > 0) expect(slice.from).toBe((slices[index - 1]?.to ?? 0) + 1);
          }
        },
      ),
    );
  });

  it('the slices of a day are cut by id if the id range is little wider than the day', () => {
    const slices = sliceLog(day, { rows: 1_000_000, firstId: 1, lastId: 1_200_000 }, 250_000);
    expect(slices).toHaveLength(5);
    expect(slices.every(({ by }) => by === 'id')).toBe(true);
  });

  it('the slices of a day are cut by time if stray ids make the id range far wider than the day', () => {
    const slices = sliceLog(day, { rows: 1_000_000, firstId: 1, lastId: 90_000_000 }, 250_000);
    expect(slices).toHaveLength(4);
    expect(slices.every(({ by }) => by === 'time')).toBe(true);
  });

  it('the slices of a day are none if the day has no rows', () => {
    expect(sliceLog(day, { rows: 0, firstId: 0, lastId: 0 }, 250_000)).toEqual([]);
  });
});
