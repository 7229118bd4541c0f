import type { UserActivityRow } from '@etl/warehouse';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ndjson } from '../src/export/text-formats.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const rows = fc.array(fc.record({ id: fc.nat(), course_name: text, id_number: text }), { minLength: 1 });

it('an NDJSON export does not change any text', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (some) => {
      async function* pages() {
        yield some as unknown as UserActivityRow[];
      }
      const written = (await Array.fromAsync(ndjson(pages(), (row) => row as never))).join('');
      const lines = written.trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toEqual(some);
    }),
  );
});
