import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { audit } from '../src/audit.ts';
import { pnpmIn, REPOSITORY } from '../src/pnpm.ts';
import { advisoryOfFastify, openRegistry } from './registry.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'etl-'));
  folders.push(folder);
  return folder;
}

/** Runs an audit with a registry that gives this answer. */
async function auditWith(answer: Parameters<typeof openRegistry>[0], pnpm = pnpmIn(REPOSITORY)) {
  const registry = await openRegistry(answer);
  try {
    return await audit(pnpm, ['--registry', registry.url]);
  } finally {
    await registry.close();
  }
}

it('the audit passes if no vulnerability is high or critical', async () => {
  const clean = {
    kind: 'clean',
    packages: expect.toSatisfy((packages: number) => packages > 100),
    ignored: 0,
  };
  expect(await auditWith({ body: {} })).toEqual(clean);
  expect(await auditWith({ body: advisoryOfFastify('moderate') })).toEqual(clean);
});

it.each(['high', 'critical'])(
  'the audit names a %s vulnerability and the package that depends on it',
  async (severity) => {
    const { kind, ...found } = await auditWith({ body: advisoryOfFastify(severity) });
    expect(kind).toBe('vulnerable');
    expect(found).toEqual({
      findings: [
        expect.stringMatching(
          `^${severity}: fastify [\\d.]+ \\(.*gateway.*\\): Answers to every caller, .*/GHSA-aaaa-bbbb-cccc; not mended`,
        ),
      ],
    });
  },
);

it('the audit says how many advisories are ignored', async () => {
  const folder = scratchFolder();
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    copyFileSync(path.join(REPOSITORY, file), path.join(folder, file));
  appendFileSync(
    path.join(folder, 'pnpm-workspace.yaml'),
    'auditConfig:\n  ignoreGhsas: [GHSA-aaaa-bbbb-cccc]\n',
  );
  const asked = await auditWith({ body: advisoryOfFastify('high') }, pnpmIn(folder));
  expect(asked).toMatchObject({ kind: 'clean', ignored: 1 });
});

it.each([
  [405, 'responded with 405'],
  [404, "doesn't exist"],
  [200, 'unexpected body'],
])('the audit has no answer if the registry says %i and no advisories', async (status, why) => {
  const body = status === 200 ? 'a page to sign in' : {};
  expect(await auditWith({ status, body })).toEqual({
    kind: 'unanswered',
    why: expect.stringContaining(why),
  });
});

it('the audit reports an unreachable registry', { timeout: 60_000 }, async () => {
  const registry = await openRegistry('silence');
  await registry.close();
  expect(await audit(pnpmIn(REPOSITORY), ['--registry', registry.url])).toEqual({
    kind: 'unanswered',
    why: expect.stringContaining('refused'),
  });
});

it('the audit does not wait for ever', async () => {
  expect(await auditWith('silence', pnpmIn(REPOSITORY, { seconds: 1 }))).toEqual({
    kind: 'unanswered',
    why: 'no end after 1 seconds',
  });
});

it('the audit takes no other failure for an unreachable registry', async () => {
  const folder = scratchFolder();
  writeFileSync(path.join(folder, 'package.json'), '{}');
  writeFileSync(path.join(folder, 'pnpm-workspace.yaml'), 'packages: []\n');
  await expect(auditWith({ body: {} }, pnpmIn(folder))).rejects.toThrow('No pnpm-lock.yaml');
});
