import { cpus, type as system, totalmem } from 'node:os';
import { type Aim, isMet, type Line, type Measured } from './measures/measure.ts';

export interface Circumstances {
  rows: number;
  days: number;
  courses: number;
  roleAssignments: number;
  rounds: number;
  mariaDb: string;
  redis: string;
}

/** The report, as Markdown. */
export function reportOf(
  measured: readonly Measured[],
  circumstances: Circumstances,
  chart: string | undefined,
): string {
  const { rows, days, courses, roleAssignments, rounds, mariaDb, redis } = circumstances;
  const processor = cpus()[0]?.model ?? 'unknown processor';
  return `# Benchmarks

\`pnpm bench\` wrote this page from one run. It measured everything in turns, ${rounds} times unless a row says
otherwise, and left the first turn out. Times differ between machines and hours. Compare the ratios.

- Log: ${grouped(rows)} rows in ${days} days, ${grouped(courses)} courses, ${grouped(roleAssignments)} role assignments, all in the buffer pool
- Machine: ${cpus().length} cores (${processor}), ${Math.round(totalmem() / 2 ** 30)} GB, ${system()}. Servers, system and clients share it.
- The log's pages are not compressed. Moodle's often are.
- MariaDB writes its own log to disk once a second (\`innodb_flush_log_at_trx_commit=2\`). This makes this
  system's loads cheaper. The documented side loads nothing.
- ${mariaDb}, Redis ${redis}, Node.js ${process.versions.node}

A *documented* statement or page is the SQL of the PHP system, as its documentation gives it. It only reads.
*a / b* is a divided by b: 0.5 means half of b.

## Aims

${judgement(circumstances)}| figure | measured | aim | result |
| ------ | -------: | --: | ------ |
${measured.flatMap(({ aims }) => aims.map(aimRow)).join('\n')}

## Where it is slower

${losses(measured).join('\n')}
${measured.map((part) => `\n${section(part, part.title === 'Growth' ? chart : undefined)}`).join('\n')}`;
}

/** The aims are for a log of this length or longer. */
const ROWS_AIMED_AT = 1e7 * 0.99;

function judgement({ rows }: Circumstances): string {
  if (rows >= ROWS_AIMED_AT) return '';
  return `The aims hold for a log of ${grouped(1e7)} rows. This log is too short for them: one of its days takes\nlittle more than the overhead of any run.\n\n`;
}

/** The missed aims of this run, and what is slower by design. */
function losses(measured: readonly Measured[]): string[] {
  const missed = measured.flatMap(({ aims }) => aims).filter((aim) => !isMet(aim));
  return [
    ...missed.map(
      ({ what, value, limit, kind, unit = '' }) =>
        `- ${what}: ${readable(value)} ${unit} (aim: ${kind} ${limit} ${unit})`,
    ),
    ...measured.flatMap(({ losses = [] }) => losses.map((loss) => `- ${loss}`)),
  ].map((loss) => loss.replaceAll(/ +(?= |\))/g, ''));
}

function section({ title, text, lines }: Measured, chart: string | undefined): string {
  return `## ${title}

${text}
${chart ? `\n![${title}](${chart})\n` : ''}
| what | median | least | most | times |
| ---- | -----: | ----: | ---: | ----: |
${lines.map(lineRow).join('\n')}
`;
}

function lineRow({ what, samples, unit }: Line): string {
  const show = (value: number) => `${readable(value)} ${unit}`;
  return `| ${what} | ${show(samples.median)} | ${show(samples.least)} | ${show(samples.most)} | ${samples.count} |`;
}

function aimRow(aim: Aim): string {
  const { what, value, limit, kind, unit = '' } = aim;
  const withUnit = (number: string) => [number, unit].filter(Boolean).join(' ');
  return `| ${what} | ${withUnit(readable(value))} | ${kind} ${withUnit(String(limit))} | ${isMet(aim) ? 'met' : '**missed**'} |`;
}

/** Three significant digits. */
export function readable(value: number): string {
  if (value >= 100) return grouped(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
