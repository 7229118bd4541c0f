import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../src/pnpm.ts';

const read = (file: string) => readFileSync(path.join(REPOSITORY, file), 'utf8');
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const { catalog } = parse(read('pnpm-workspace.yaml')) as { catalog: Record<string, string> };
const root = JSON.parse(read('package.json'));
const dockerfile = read('docker/Dockerfile');

describe('versions', () => {
  it('versions of the catalog are exact', () => {
    expect(Object.keys(catalog)).toContain('fastify');
    for (const [name, version] of Object.entries(catalog)) expect(version, name).toMatch(EXACT);
  });

  it.each(['package.json', ...globSync('packages/*/package.json', { cwd: REPOSITORY })])(
    'versions in %s are exact, of the catalog or of this repository',
    (file) => {
      const { dependencies, devDependencies, optionalDependencies, peerDependencies } = JSON.parse(
        read(file),
      );
      const all = { ...peerDependencies, ...optionalDependencies, ...devDependencies, ...dependencies };
      expect(Object.keys(all)).not.toEqual([]);
      for (const [name, version] of Object.entries(all)) {
        if (version === 'catalog:') expect(Object.keys(catalog), file).toContain(name);
        else if (version !== 'workspace:*') expect(version, `${file}: ${name}`).toMatch(EXACT);
      }
    },
  );

  it('every file names the same versions of Node, pnpm and turbo', () => {
    const { node, turbo } = root.devDependencies;
    expect(dockerfile).toContain(`ARG NODE_VERSION=${node}\n`);
    expect(catalog['@types/node']?.split('.')[0]).toBe(node.split('.')[0]);
    expect([...new Set(dockerfile.match(/turbo@[\w.]+/g))]).toEqual([`turbo@${turbo}`]);
    const { version } = root.devEngines.packageManager;
    expect(dockerfile.match(/pnpm@[\w.]+/g)).toEqual([`pnpm@${version}`]);
    expect(read('scripts/pnpm.sh')).toContain(`version=${version}\n`);
  });

  it('every file names the same version of an image', () => {
    const stages = [...dockerfile.matchAll(/ AS (\w+)$/gm)].map(([, stage]) => stage);
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? '');
    for (const file of globSync('docker/*compose*.yaml', { cwd: REPOSITORY })) {
      const { services } = parse(read(file), { merge: true }) as {
        services: Record<string, { image?: string; build?: object }>;
      };
      const built = Object.values(services).flatMap(({ image, build }) => (build && image ? [image] : []));
      const named = Object.values(services).flatMap(({ image }) => image ?? []);
      images.push(...named.filter((image) => !built.includes(image)));
    }
    const foreign = new Set(images.filter((image) => !stages.includes(image)));
    const names = [...foreign].map((image) => image.split(':')[0]);
    expect(names.toSorted()).toEqual(['mariadb', 'mysql', 'node', 'redis']);
    for (const image of foreign) expect(image).toMatch(/^\w+:(\d+\.\d+|\$\{NODE_VERSION\}-[\w-]+)$/);
  });
});
