import { expect, it } from 'vitest';
import { formatsOf } from '../src/words/formats.ts';

const en = formatsOf('en-GB');
const id = formatsOf('id-ID');

it('numbers and changes are written as each language does', () => {
  expect(en.count(12_345)).toBe('12,345');
  expect(id.count(12_345)).toBe('12.345');
  expect(en.average(0.7)).toBe('0.70');
  expect(id.average(0.7)).toBe('0,70');
  expect(en.change(0.125)).toBe('+12.5%');
  expect(id.change(-0.5)).toBe('-50,0%');
});

it('a change of nothing is 0, and a change that cannot be known is a dash', () => {
  expect(en.change(0)).toBe('0.0%');
  expect(en.change(null)).toBe('–');
});

it('a time of the API keeps its hour, whatever the zone of the reader is', () => {
  expect(en.moment('2024-01-16 02:00:03', 'Asia/Jakarta')).toBe('16 Jan 2024, 02:00 WIB');
  expect(id.moment('2024-01-16 02:00:03', 'Asia/Jakarta')).toBe('16 Jan 2024, 02.00 WIB');
});

it("Indonesia's zones have their names in both languages", () => {
  for (const formats of [en, id]) {
    expect(formats.zone('Asia/Jakarta', '2024-01-15')).toBe('WIB');
    expect(formats.zone('Asia/Makassar', '2024-01-15')).toBe('WITA');
    expect(formats.zone('Asia/Jayapura', '2024-01-15')).toBe('WIT');
  }
  expect(en.zone('Europe/Berlin', '2024-01-15')).toBe('CET');
});
