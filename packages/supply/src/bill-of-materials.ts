import { readFileSync } from 'node:fs';
import { outputOf, type Pnpm } from './pnpm.ts';

interface CycloneDx {
  bomFormat: string;
  components: { group?: string; name: string; version: string }[];
}

/** What production is made of, written to a file in CycloneDX's JSON. Returns it as `name@version`, our own packages left out. */
export async function writeBillOfMaterials(pnpm: Pnpm, file: string): Promise<string[]> {
  const kind = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  await outputOf(pnpm, ['sbom', '--prod', ...kind, '--out', file]);
  const { bomFormat, components } = JSON.parse(readFileSync(file, 'utf8')) as CycloneDx;
  if (bomFormat !== 'CycloneDX') throw new Error(`${file} is no bill of materials of CycloneDX`);
  if (components.length === 0) throw new Error(`${file} names no package at all`);
  return components
    .filter(({ group }) => group !== '@etl')
    .map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
}
