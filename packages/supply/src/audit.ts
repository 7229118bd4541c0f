import type { Pnpm } from './pnpm.ts';

/** The result of an audit. An unreachable registry is neither a pass nor a fault. */
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

/** Only these errors mean that the registry is unreachable. Others, such as a missing lockfile, are faults. */
const UNANSWERED = /ERR_PNPM_AUDIT_(BAD_RESPONSE|ENDPOINT_NOT_EXISTS)/;

// By default pnpm tries for more than a minute, which is too long without a network.
const PATIENCE = [
  '--config.fetch-retries=1',
  '--config.fetch-retry-mintimeout=1000',
  '--config.fetch-timeout=20000',
];

/**
 * Asks the registry for high and critical vulnerabilities of the packages that production installs. pnpm's exit code
 * is 1 for a vulnerability and for an unreachable registry: only its output tells which.
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
  if (code !== 0) throw new Error(`pnpm audit ended with ${code} and named no vulnerability:\n${stdout}`);
  // An audit of no package finds nothing.
  const { totalDependencies: packages, vulnerabilities } = report.metadata;
  if (packages === 0) throw new Error('pnpm audit checked no package');
  // pnpm counts ignored advisories but does not list them.
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
    // A long address continues on the next line.
    .replaceAll(/\/\s*\n\s*/g, '/')
    .replaceAll(/\s+/g, ' ')
    .trim();
