import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contractTables } from './contract-page.ts';
import { openSystem, type System } from './system.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

const namesUnder = (heading: string) =>
  (contractTables().get(heading) ?? []).flatMap(({ name }) =>
    [...name.matchAll(/`([^`]+)`/g)].map(([, found]) => found),
  );

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startGateway();
});

afterAll(() => system?.close());

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
    const pages = [
      ...['GET /metrics', 'GET /openapi.json', 'GET /docs', 'GET /admin/queues', 'GET /app'],
      ...['GET /app/sign-in/oidc', 'GET /app/sign-in/callback'],
    ];
    expect(namesUnder('Calls').toSorted()).toEqual([...calls, ...pages].toSorted());
  });

  it('parameter of summary', async () => {
    const { paths } = await document();
    const { get } = paths['/api/user_activity_etl/summary'] as { get: { parameters: { name: string }[] } };
    const named = namesUnder('Parameters of `summary`').map((name = '') => name.replace(/=.*/, ''));
    expect(named).toEqual(expect.arrayContaining(get.parameters.map(({ name }) => name)));
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
    const listed = output.slice(output.indexOf('Extract:'), output.indexOf('Examples:'));
    const actions = [...listed.matchAll(/^ {2}(\w+)/gm)]
      .map(([, action]) => action)
      .filter((action) => action !== 'help');
    expect(actions.length).toBeGreaterThan(8);
    expect(namesUnder('The command line')).toEqual(expect.arrayContaining(actions));
  });

  it('variable of the configuration', () => {
    // It has all of them: `configuration-reference.unit.test.ts`.
    const example = readFileSync(path.join(REPOSITORY, '.env.example'), 'utf8');
    const variables = [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name);
    expect(namesUnder('Configuration').toSorted()).toEqual(variables.toSorted());
  });
});
