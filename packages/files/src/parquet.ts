import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { AboutLine } from './about.ts';
import type { Column, ColumnKind } from './columns.ts';
import type { Cell, Pages, Table } from './table.ts';

/** A group is in memory twice: as values and as bytes. It blocks the event loop for some 30 ms. */
const ROWS_PER_GROUP = 5000;

const MS_PER_DAY = 86_400_000;

type Type = Omit<SchemaElement, 'name'>;

/** How the values of a column are stored. Times have no zone: they are those of the institution, as in the API. */
const KINDS: Record<ColumnKind, { type: Type; stored(value: string | number): unknown }> = {
  text: { type: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, stored: String },
  whole: { type: { type: 'INT64' }, stored: BigInt },
  decimal: { type: { type: 'DOUBLE' }, stored: Number },
  date: {
    type: { type: 'INT32', converted_type: 'DATE' },
    stored: (date) => Date.parse(String(date)) / MS_PER_DAY,
  },
  time: {
    type: {
      type: 'INT64',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' },
    },
    stored: (time) => BigInt(Date.parse(`${String(time).replace(' ', 'T')}Z`)),
  },
};

/** A Parquet file. Its footer comes last: a file that lacks it cannot be opened. */
export async function* parquetOf<Row>(
  { columns, cellsOf }: Table<Row>,
  pages: Pages<Row>,
  about: readonly AboutLine[],
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const takeBytes = () => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0;
    return taken;
  };
  const file = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'table', num_children: columns.length }, ...columns.map(schemaOf)],
    kvMetadata: [
      { key: 'about', value: JSON.stringify(about) },
      { key: 'columns', value: JSON.stringify(columns.map(({ name, about: words }) => [name, words])) },
    ],
    createdBy: 'User Activity ETL for Moodle',
  });
  for await (const rows of groupsOf(pages)) {
    const cells = rows.map(cellsOf);
    file.write({
      columnData: columns.map(({ name, kind }) => ({
        name,
        data: cells.map((row) => storedOf(kind, row[name] ?? null)),
      })),
      rowGroupSize: rows.length,
    });
    yield takeBytes();
  }
  file.finish();
  yield takeBytes();
}

function schemaOf({ name, kind }: Column): SchemaElement {
  return { name, repetition_type: 'OPTIONAL', ...KINDS[kind].type };
}

function storedOf(kind: ColumnKind, value: Cell): unknown {
  return value === null ? null : KINDS[kind].stored(value);
}

/** Pages together, until they fill a group. */
async function* groupsOf<Row>(pages: Pages<Row>): AsyncGenerator<Row[]> {
  let group: Row[] = [];
  for await (const page of pages) {
    group = group.concat(page);
    if (group.length < ROWS_PER_GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
