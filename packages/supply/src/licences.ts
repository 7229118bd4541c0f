import { outputOf, type Pnpm } from './pnpm.ts';

/** A package that production installs, and its licence as an SPDX expression. */
export interface Licensed {
  name: string;
  version: string;
  licence: string;
}

/**
 * Permissive licences: they only require that notices are kept. Read a licence before you add it. Add a choice such as
 * "(MIT OR GPL-3.0)" as it is written, after you have read both.
 */
const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  // Public domain.
  'Unlicense',
]);

/** The packages that production installs on this machine, by name and version. */
export async function licensedPackages(pnpm: Pnpm): Promise<Licensed[]> {
  // Without --recursive pnpm lists only the root's dependencies, and the root has none.
  const text = await outputOf(pnpm, ['--recursive', 'licenses', 'list', '--prod', '--json']);
  const byLicence = JSON.parse(text) as Record<string, { name: string; versions: string[] }[]>;
  return Object.entries(byLicence)
    .flatMap(([licence, packages]) =>
      packages.flatMap(({ name, versions }) => versions.map((version) => ({ name, version, licence }))),
    )
    .toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** A package's name in the lockfile. */
const nameOf = ({ name, version }: { name: string; version: string }) => `${name}@${version}`;

/** One complaint for each installed package whose licence is not allowed or not known. */
export function licenceComplaints(licensed: readonly Licensed[], installed: readonly string[]): string[] {
  const known = new Set(licensed.map(nameOf));
  return [
    ...licensed
      .filter(({ licence }) => !ALLOWED_LICENCES.has(licence))
      .map((one) => `${nameOf(one)} has the licence ${one.licence}, which is not on the list`),
    ...installed
      .filter((name) => !known.has(name))
      .map((name) => `${name} is installed, and its licence is not known`),
  ];
}

/** docs/licences.md. It omits packages of some platforms only, so that every machine writes the same page. */
export function licencesPage(
  licensed: readonly Licensed[],
  locked: ReadonlyMap<string, { isForSomePlatforms: boolean }>,
): string {
  const rows = licensed
    .filter((one) => !locked.get(nameOf(one))?.isForSomePlatforms)
    .map(({ name, version, licence }) => [name, version, licence]);
  const table = [['package', 'version', 'licence'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const [head, ...lines] = table.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [
    '# Licences',
    '',
    'Production installs these packages. `pnpm supply --write` writes this page, and `pnpm supply` fails',
    'if it is out of date. The page omits packages for some platforms only. `pnpm supply` checks those',
    'that are installed.',
    '',
    head,
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...lines,
    '',
  ].join('\n');
}
