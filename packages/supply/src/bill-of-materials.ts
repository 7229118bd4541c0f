import { readFileSync } from 'node:fs';
import { outputOf, type Pnpm } from './pnpm.ts';

interface CycloneDx {
  bomFormat: string;
  components: { group?: string; name: string; version: string }[];
}

/**
 * Writes production's packages to a file in CycloneDX's JSON. Returns them as `name@version`, without this project's
 * own.
 */
export async function writeBillOfMaterials(pnpm: Pnpm, file: string): Promise<string[]> {
  const kind = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  await outputOf(pnpm, ['sbom', '--prod', ...kind, '--out', file]);
  const { bomFormat, components } = JSON.parse(readFileSync(file, 'utf8')) as CycloneDx;
  if (bomFormat !== 'CycloneDX') throw new Error(`${file} is not a bill of materials of CycloneDX`);
  if (components.length === 0) throw new Error(`${file} names no package`);
  return components
    .filter(({ group }) => group !== '@etl')
    .map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
}
