import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabase, dropDatabase } from '../databases.ts';

/** A resource of one test, which removes it at its end. */
export interface Scratch<T> {
  value: T;
  remove(): Promise<void>;
}

/** A name that no other test uses, for databases, accounts and key prefixes. */
export function scratchName(about: string): string {
  return `${about}_${randomBytes(5).toString('hex')}`;
}

/** A new, empty database; its value is the address. */
export async function scratchDatabase(mysqlUrl: string, about: string): Promise<Scratch<string>> {
  const name = scratchName(about);
  return { value: await createDatabase(mysqlUrl, name), remove: () => dropDatabase(mysqlUrl, name) };
}

/** A new, empty folder; its value is the path. */
export function scratchFolder(): Scratch<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'etl-'));
  return { value: folder, remove: async () => rmSync(folder, { recursive: true, force: true }) };
}
