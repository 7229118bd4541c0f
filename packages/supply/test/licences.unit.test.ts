import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { licenceComplaints, licencesPage, licensedPackages } from '../src/licences.ts';
import { outputOf, pnpmIn } from '../src/pnpm.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'etl-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (file: string, content: object) => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), JSON.stringify(content));
};

it('pnpm supply names every package whose licence is not allowed', { timeout: 60_000 }, async () => {
  const licences = { kind: 'MIT', viral: 'GPL-3.0-only', silent: undefined };
  const dependencies: Record<string, string> = {};
  // Packed, because pnpm does not treat a folder as a third-party package.
  for (const [name, license] of Object.entries(licences)) {
    write(`${name}/package.json`, { name, version: '1.2.3', license });
    await outputOf(pnpmIn(path.join(folder, name)), ['pack', '--pack-destination', folder]);
    dependencies[name] = `file:./${name}-1.2.3.tgz`;
  }
  write('package.json', { name: 'root', dependencies });
  write('pnpm-workspace.yaml', { packages: ['.'] });
  const pnpm = pnpmIn(folder);
  await outputOf(pnpm, ['install', '--offline']);
  const licensed = await licensedPackages(pnpm);
  expect(licensed.map(({ name }) => name)).toEqual(['kind', 'silent', 'viral']);
  expect(licenceComplaints(licensed, [])).toEqual([
    expect.stringMatching(/^silent@.* has the licence Unknown,/),
    expect.stringMatching(/^viral@.* has the licence GPL-3.0-only,/),
  ]);
});

it('pnpm supply names an installed package without a known licence', () => {
  const licensed = [{ name: 'kind', version: '1.0.0', licence: 'MIT' }];
  expect(licenceComplaints(licensed, ['kind@1.0.0'])).toEqual([]);
  expect(licenceComplaints(licensed, ['kind@1.0.0', 'kind@2.0.0'])).toEqual([
    'kind@2.0.0 is installed, and its licence is not known',
  ]);
});

it('the page of licences lists the packages that every platform installs', () => {
  const licensed = [
    { name: 'everywhere', version: '1.0.0', licence: 'MIT' },
    { name: 'here', version: '2.0.0', licence: 'ISC' },
  ];
  const locked = new Map([
    ['everywhere@1.0.0', { isForSomePlatforms: false }],
    ['here@2.0.0', { isForSomePlatforms: true }],
  ]);
  expect(licencesPage(licensed, locked)).toContain(
    '| package    | version | licence |\n| ---------- | ------- | ------- |\n| everywhere | 1.0.0   | MIT     |\n',
  );
  expect(licencesPage(licensed, locked)).not.toContain('here@');
  expect(licencesPage(licensed, locked)).not.toContain('2.0.0');
});
