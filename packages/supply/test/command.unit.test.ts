import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../src/pnpm.ts';
import { advisoryOfFastify, openRegistry } from './registry.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'etl-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `pnpm supply` with its licences in a scratch folder and a registry that gives this answer. */
async function supply(answer: Parameters<typeof openRegistry>[0], ...args: string[]) {
  const registry = await openRegistry(answer);
  const main = path.join(REPOSITORY, 'packages/supply/src/main.ts');
  const child = spawn(process.execPath, [main, '--out', folder, ...args], {
    env: { ...process.env, pnpm_config_registry: registry.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  await registry.close();
  return { code, output };
}

// Write the licences first: `pnpm supply` fails if they are out of date.
beforeAll(async () => {
  expect(await supply({ body: {} }, '--write')).toMatchObject({ code: 0 });
}, 60_000);

describe('pnpm supply', { timeout: 60_000 }, () => {
  it('pnpm supply passes without a fault', async () => {
    const { code, output } = await supply({ body: {} });
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/Audit: \d+ packages, no vulnerability/),
    });
  });

  it('pnpm supply fails if there is a vulnerability', async () => {
    expect(await supply({ body: advisoryOfFastify('critical') })).toMatchObject({
      code: 1,
      output: expect.stringContaining('critical: fastify '),
    });
  });

  it('pnpm supply passes and says so if the registry is unreachable', async () => {
    expect(await supply({ status: 405, body: '' })).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^AUDIT NOT DONE, .*405/m),
    });
  });

  it('pnpm supply fails if the licences are out of date', async () => {
    appendFileSync(path.join(folder, 'licences.md'), '| another | 1.0.0 | MIT |\n');
    expect(await supply({ body: {} })).toMatchObject({
      code: 1,
      output: expect.stringContaining('licences.md is out of date'),
    });
  });

  it('pnpm supply writes a bill of materials with the versions of the lockfile', () => {
    const { bomFormat, components } = JSON.parse(
      readFileSync(path.join(REPOSITORY, '.local/sbom.cdx.json'), 'utf8'),
    );
    const { importers, packages } = parse(readFileSync(path.join(REPOSITORY, 'pnpm-lock.yaml'), 'utf8'));
    expect(bomFormat).toBe('CycloneDX');
    const purls: string[] = components.map(({ purl }: { purl: string }) => decodeURIComponent(purl));
    for (const [room, name] of [
      ['gateway', 'fastify'],
      ['queue', 'bullmq'],
    ] as const) {
      const [version] = importers[`packages/${room}`].dependencies[name].version.split('(');
      expect(purls).toContain(`pkg:npm/${name}@${version}`);
    }
    const ours = /^pkg:npm\/@etl\//;
    for (const purl of purls.filter((purl) => !ours.test(purl)))
      expect(Object.keys(packages)).toContain(purl.replace('pkg:npm/', ''));
    // Packages that only tests need are not part of the product.
    expect(purls.join('\n')).not.toMatch(/vitest|fast-check|autocannon/);
  });
});
