import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { installMissing } from '@etl/local-stack';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

/** Builds the dashboard, if its sources have changed, and installs Chromium, if it is missing and allowed. */
export function setup(): void {
  installMissing(['chromium'], (line) => process.stderr.write(`${line}\n`));
  const pnpm = path.join(REPOSITORY, 'scripts/pnpm.sh');
  execFileSync(pnpm, ['--silent', 'build'], { cwd: REPOSITORY, stdio: 'inherit' });
}
