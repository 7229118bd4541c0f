import { clockTime, isTimeZone } from '@etl/core';
import type { Command } from 'commander';
import { coloured } from '../colours.ts';
import { type CommandContext, print } from '../command-context.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding, Level } from '../doctor/finding.ts';
import { EXIT } from '../exit-codes.ts';

/** `doctor`: looks at the whole installation. `exit` takes the exit code: 1 where there is a fault. */
export function doctorCommand(
  program: Command,
  { env, now }: CommandContext,
  exit: (code: number) => void,
): void {
  program
    .command('doctor')
    .description('look whether everything is as it should be: configuration, servers, Moodle')
    .option('--json', 'print what was found for a program')
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
        print(findings.map(told).join('\n'));
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

function told({ check, level, found, means, mend }: Finding): string {
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
