import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSystem, type System } from './system.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

interface Row {
  name: string;
  file: string;
  test: string;
}

/** The rows of the tables of docs/contract.md, by the heading over each. */
function contract(): Map<string, Row[]> {
  const tables = new Map<string, Row[]>();
  let rows: Row[] = [];
  for (const line of readFileSync(path.join(REPOSITORY, 'docs/contract.md'), 'utf8').split('\n')) {
    if (line.startsWith('## ')) {
      rows = [];
      tables.set(line.slice(3), rows);
    }
    const cells = line.split(' | ').map((cell) => cell.replaceAll(/^\| | *\|$/g, '').trim());
    const [file = '', ...test] = (cells.at(-1) ?? '').split(': ');
    if (!line.startsWith('| ') || /^-+$/.test(file) || test.length === 0) continue;
    rows.push({ name: cells[0] ?? '', file, test: test.join(': ') });
  }
  return tables;
}

const namesUnder = (heading: string) =>
  (contract().get(heading) ?? []).flatMap(({ name }) =>
    [...name.matchAll(/`([^`]+)`/g)].map(([, found]) => found),
  );

/** The text of each test file, by its name. */
const FILES = new Map(
  globSync('packages/*/test/**/*.test.ts', {
    cwd: REPOSITORY,
    exclude: (name) => name.includes('node_modules'),
  }).map((file) => [
    path.basename(file).replace(/(\.unit)?\.test\.ts$/, ''),
    readFileSync(path.join(REPOSITORY, file), 'utf8'),
  ]),
);

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startGateway();
});

afterAll(() => system?.close());

it('every test that the contract names is there', () => {
  const rows = [...contract().values()].flat();
  expect(rows.length).toBeGreaterThan(80);
  for (const { name, file, test } of rows) {
    const text = FILES.get(file) ?? '';
    // As it stands in the file, where an apostrophe may be written out.
    expect(text.replaceAll("\\'", "'").includes(test), `${name}: ${file}: ${test}`).toBe(true);
  }
});

describe('the contract has a row for every', () => {
  const document = async () =>
    (await fetch(new URL('/openapi.json', system.api))).json() as Promise<{
      paths: Record<string, object>;
      components: { schemas: Record<string, { properties: Record<string, { enum: string[] }> }> };
    }>;

  it('call', async () => {
    const { paths } = await document();
    const calls = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const pages = ['GET /metrics', 'GET /openapi.json', 'GET /docs', 'GET /admin/queues'];
    expect(namesUnder('Calls').toSorted()).toEqual([...calls, ...pages].toSorted());
  });

  it('error code and status', async () => {
    const { components } = await document();
    expect(namesUnder('Errors').toSorted()).toEqual(
      components.schemas.Error?.properties.code?.enum.toSorted(),
    );
    const statuses = components.schemas.StatusReport?.properties.etl_status?.enum ?? [];
    expect(namesUnder('Statuses').toSorted()).toEqual([...statuses, '1', '2', '3', '4'].toSorted());
  });

  it('action of the command line', async () => {
    const { output } = await system.etl();
    const listed = output.slice(output.indexOf('Commands:'), output.indexOf('Examples:'));
    const actions = [...listed.matchAll(/^ {2}(\w+)/gm)]
      .map(([, action]) => action)
      .filter((action) => action !== 'help');
    expect(actions.length).toBeGreaterThan(8);
    expect(namesUnder('The command line')).toEqual(expect.arrayContaining(actions));
  });

  it('variable of the configuration', () => {
    // Which has them all, as a test of the configuration shows.
    const example = readFileSync(path.join(REPOSITORY, '.env.example'), 'utf8');
    const variables = [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name);
    expect(namesUnder('Configuration').toSorted()).toEqual(variables.toSorted());
  });
});
