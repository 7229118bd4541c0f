import type { Pnpm } from './pnpm.ts';

/** What came of asking the registry: a question that was not answered is no clean bill, and no fault of ours either. */
export type Audit =
  | { kind: 'clean'; packages: number; ignored: number }
  | { kind: 'vulnerable'; findings: string[] }
  | { kind: 'unanswered'; why: string };

interface Advisory {
  module_name: string;
  severity: string;
  title: string;
  url: string;
  patched_versions: string | null;
  findings: { version: string; paths: string[] }[];
}

interface Report {
  advisories: Record<string, Advisory>;
  metadata: { totalDependencies: number; vulnerabilities: { high: number; critical: number } };
}

/** These alone mean that nobody answered; a missing lockfile, say, is a fault. */
const UNANSWERED = /ERR_PNPM_AUDIT_(BAD_RESPONSE|ENDPOINT_NOT_EXISTS)/;

// pnpm tries for more than a minute by default, which is too long for who works without a network.
const PATIENCE = [
  '--config.fetch-retries=1',
  '--config.fetch-retry-mintimeout=1000',
  '--config.fetch-timeout=20000',
];

/**
 * Asks the registry for known vulnerabilities, high or critical, of what production installs.
 * pnpm's exit code is 1 for a vulnerability and for a registry that is away: only its output tells which.
 */
export async function audit(pnpm: Pnpm, options: readonly string[] = []): Promise<Audit> {
  const { code, stdout, stderr } = await pnpm([
    'audit',
    '--prod',
    '--audit-level=high',
    '--json',
    ...PATIENCE,
    ...options,
  ]);
  if (code === 124 || UNANSWERED.test(stderr)) return { kind: 'unanswered', why: oneLine(stderr) };
  const report = reportOf(stdout);
  if (report === undefined) throw new Error(`pnpm audit ended with ${code}:\n${stderr || stdout}`);
  const advisories = Object.values(report.advisories);
  if (advisories.length > 0) return { kind: 'vulnerable', findings: advisories.map(findingOf) };
  if (code !== 0) throw new Error(`pnpm audit ended with ${code}, and names no vulnerability:\n${stdout}`);
  // Nothing looked at is nothing found.
  const { totalDependencies: packages, vulnerabilities } = report.metadata;
  if (packages === 0) throw new Error('pnpm audit has looked at no package at all');
  // They are counted, and not listed.
  return { kind: 'clean', packages, ignored: vulnerabilities.high + vulnerabilities.critical };
}

function reportOf(stdout: string): Report | undefined {
  try {
    const report = JSON.parse(stdout);
    return report.advisories && report.metadata ? report : undefined;
  } catch {
    return undefined;
  }
}

function findingOf(advisory: Advisory): string {
  const { module_name, severity, title, url, patched_versions, findings } = advisory;
  const versions = findings.map(({ version }) => version).join(', ');
  const paths = findings.flatMap(({ paths }) => paths).join(', ');
  const mended = patched_versions ? `mended in ${patched_versions}` : 'not mended in any version yet';
  return `${severity}: ${module_name} ${versions} (${paths}): ${title}, ${url}; ${mended}`;
}

/** pnpm draws its errors over several lines, with a frame. */
const oneLine = (text: string) =>
  text
    .replaceAll(/^\s*[×│├╰─▶]+/gm, '')
    // An address that was too long for the frame.
    .replaceAll(/\/\s*\n\s*/g, '/')
    .replaceAll(/\s+/g, ' ')
    .trim();
