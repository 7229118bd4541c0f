import type { TableTwin } from '../../charts/chart.ts';

type Value = string | number | boolean | null;

/** Rows under the names of the CSV's columns: those of a category have the name of its level before them. */
export function flatTable(rows: readonly object[]): TableTwin {
  const flat = rows.map(flatten);
  const all = new Set(flat.flatMap(Object.keys));
  // A category that is gone is null: its columns are those of the other rows.
  const names = [...all].filter((name) => !all.has(`${name}_id`));
  const isNumber = (name: string) => flat.some((row) => typeof row[name] === 'number');
  return {
    columns: names.map((name) => ({ name, isNumber: isNumber(name) })),
    rows: flat.map((row) => names.map((name) => String(row[name] ?? ''))),
  };
}

function flatten(row: object): Record<string, Value> {
  const flat: Record<string, Value> = {};
  for (const [name, value] of Object.entries(row)) {
    // The elements of a list have their places, from 1.
    if (Array.isArray(value))
      for (const [place, inner] of value.entries()) flat[`${name}_${place + 1}`] = inner;
    else if (isObject(value))
      for (const [part, inner] of Object.entries(value)) flat[`${name}_${part}`] = inner;
    else flat[name] = value;
  }
  return flat;
}

const isObject = (value: unknown): value is Record<string, Value> =>
  typeof value === 'object' && value !== null;
