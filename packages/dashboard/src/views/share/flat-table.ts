import type { TableTwin } from '../../charts/chart.ts';

type Value = string | number | boolean | null;

/** Rows under the names of the CSV's columns: those of a category have the name of its level before them. */
export function flatTable(rows: readonly object[]): TableTwin {
  const columnsOf = new Map<string, Set<string>>();
  const flat = rows.map((row) => {
    const cells: Record<string, Value> = {};
    for (const [name, value] of Object.entries(row)) {
      const own = flatten(name, value);
      columnsOf.set(name, new Set([...(columnsOf.get(name) ?? []), ...Object.keys(own)]));
      Object.assign(cells, own);
    }
    return cells;
  });
  // A category that is gone is null: its columns are those of the other rows.
  const names = [...columnsOf].flatMap(([name, own]) =>
    [...own].filter((one) => one !== name || own.size === 1),
  );
  const isNumber = (name: string) => flat.some((row) => typeof row[name] === 'number');
  return {
    columns: names.map((name) => ({ name, isNumber: isNumber(name) })),
    rows: flat.map((row) => names.map((name) => String(row[name] ?? ''))),
  };
}

function flatten(name: string, value: unknown): Record<string, Value> {
  // The elements of a list have their places, from 1.
  if (Array.isArray(value))
    return Object.fromEntries(value.map((inner, place) => [`${name}_${place + 1}`, inner]));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([part, inner]) => [`${name}_${part}`, inner]));
  return { [name]: value as Value };
}

const isObject = (value: unknown): value is Record<string, Value> =>
  typeof value === 'object' && value !== null;
