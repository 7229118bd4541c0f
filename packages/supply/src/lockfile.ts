import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

interface Lockfile {
  packages: Record<string, { os?: string[]; cpu?: string[]; libc?: string[] }>;
}

/** The packages of a folder's lockfile as `name@version`, and those that only some platforms install. */
export function lockedPackages(folder: string): Map<string, { isForSomePlatforms: boolean }> {
  const { packages } = parse(readFileSync(path.join(folder, 'pnpm-lock.yaml'), 'utf8')) as Lockfile;
  return new Map(
    Object.entries(packages).map(([name, { os, cpu, libc }]) => [
      name,
      { isForSomePlatforms: Boolean(os ?? cpu ?? libc) },
    ]),
  );
}
