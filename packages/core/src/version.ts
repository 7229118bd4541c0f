import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Manifest = z.object({ version: z.string() });

/** The version of this system, which the root's `package.json` names. */
export function systemVersion(): string {
  const manifest = new URL('../../../package.json', import.meta.url);
  return Manifest.parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
