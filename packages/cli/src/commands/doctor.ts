import { clockTime, isTimeZone } from '@etl/core';
import type { Command } from 'commander';
import { coloured } from '../colours.ts';
import { type CommandContext, print } from '../command-context.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding, Level } from '../doctor/finding.ts';
import { EXIT } from '../exit-codes.ts';

/** `doctor` checks the whole installation. Passes 1 to `exit` if it finds a fault. */
export function doctorCommand(
  program: Command,
  { env, now }: CommandContext,
  exit: (code: number) => void,
): void {
  program
    .command('doctor')
    .description('check the configuration, the servers and Moodle')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examine(env, now());
      const faults = count(findings, 'fault');
      if (json) {
        const zone = isTimeZone(env.ETL_TIMEZONE ?? '') ? (env.ETL_TIMEZONE as string) : 'UTC';
        print(
          JSON.stringify(
            { status: faults === 0, data: { findings }, timestamp: clockTime(now(), zone) },
            null,
            2,
          ),
        );
      } else {
        print(findings.map(findingText).join('\n'));
        print(`\n${summary(findings)}`);
      }
      exit(faults === 0 ? EXIT.completed : EXIT.failed);
    });
}

const COLOURS: Record<Level, Parameters<typeof coloured>[0]> = {
  ok: 'green',
  note: 'cyan',
  warning: 'yellow',
  fault: 'red',
};

function findingText({ check, level, found, means, mend }: Finding): string {
  const indented = (text: string) => text.replaceAll('\n', '\n         ');
  const line = `${coloured(COLOURS[level], level.padEnd(8))} ${check}: ${indented(found)}`;
  return [
    line,
    ...[means, mend && `→ ${mend}`]
      .filter((text) => text !== undefined)
      .map((text) => `         ${indented(text)}`),
  ].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const [faults, warnings] = [count(findings, 'fault'), count(findings, 'warning')];
  if (faults === 0 && warnings === 0) return 'All good.';
  const number = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;
  return `${number(faults, 'fault')}, ${number(warnings, 'warning')}.`;
}

function count(findings: readonly Finding[], wanted: Level): number {
  return findings.filter(({ level }) => level === wanted).length;
}
