import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const DIST = path.resolve(import.meta.dirname, '../dist');

/** Smaller files fit into one packet as they are. */
const LEAST_BYTES = 1024;

/** Writes a compressed copy beside each file of the build. The gateway sends the copy that the browser accepts. */
for (const name of globSync('**/*.{html,js,css,svg}', { cwd: DIST })) {
  const file = path.join(DIST, name);
  const content = readFileSync(file);
  if (content.length < LEAST_BYTES) continue;
  writeFileSync(`${file}.br`, brotliCompressSync(content));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}
