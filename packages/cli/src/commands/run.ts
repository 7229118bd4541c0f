import { RUN_KINDS, type RunKind } from '@etl/core';
import {
  askedRun,
  cancelRun,
  presentBackfill,
  presentStartedRun,
  type RunControl,
  retryRun,
  startBackfill,
  startRun,
} from '@etl/queue';
import { runReport, statusReport } from '@etl/warehouse';
import type { Command } from 'commander';
import {
  type CliConfig,
  type CommandContext,
  clocksOf,
  orErrorBody,
  print,
  printBody,
  userName,
  withRunControl,
} from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { followBackfill } from '../follow-backfill.ts';
import { followRun } from '../follow-run.ts';
import { runIdOf } from '../run-ids.ts';

const ABOUT: Record<RunKind, string> = {
  pipeline: 'run all three batches of a date',
  activity_counts: 'count the views of each course on a date',
  user_counts: 'count the students and teachers of each course',
  main_etl: 'merge both counts of a date, when they are complete',
};

interface Options {
  detach?: boolean;
  json?: boolean;
  force?: boolean;
}

type Control = RunControl & { config: CliConfig };

/** The commands that start and change runs. The command that runs passes its exit code to `exit`. */
export function runCommands(program: Command, context: CommandContext, exit: (code: number) => void): void {
  const command = (name: string, about: string) =>
    program.command(name).description(about).option('--json', 'print the answer of the API');
  const following = (name: string, about: string) =>
    command(name, about).option('--detach', 'return as soon as the run is queued');
  const forced = (name: string, about: string) =>
    following(name, about).option('--force', 'run even if Moodle has deleted log rows of the day');

  for (const kind of RUN_KINDS) {
    forced(kind, ABOUT[kind])
      .argument('[date]', 'YYYY-MM-DD (default: yesterday)')
      .action((date: string | undefined, options: Options) =>
        act(options, (control) => run(control, kind, date, options)),
      );
  }
  forced('backfill', 'run all three batches of every date of a range')
    .argument('<from>', 'the first date, YYYY-MM-DD')
    .argument('<to>', 'the last date, YYYY-MM-DD')
    .action((from: string, to: string, options: Options) =>
      act(options, (control) => backfill(control, from, to, options)),
    );
  command('cancel', 'end a run; completed batches keep their results')
    .argument('<run>', 'its id, or eight or more letters from its beginning')
    .action((runId: string, options: Options) => act(options, (control) => cancel(control, runId, options)));
  following('retry', 'run the failed batches of a run again')
    .argument('<run>', 'its id, or eight or more letters from its beginning')
    .action((runId: string, options: Options) => act(options, (control) => retry(control, runId, options)));

  function act({ json }: Options, action: (control: Control) => Promise<number>): Promise<void> {
    return withRunControl(context, async (control) =>
      exit(await orErrorBody(json, control.config, context, () => action(control))),
    );
  }

  async function run(
    control: Control,
    kind: RunKind,
    given: string | undefined,
    { detach, json, force = false }: Options,
  ): Promise<number> {
    await control.queues.waitUntilConnected();
    const asked = askedRun('cli', given, control.config.ETL_TIMEZONE, context.now());
    const started = await startRun(control, { kind, ...asked, requestedBy: userName(), force });
    if (detach) {
      if (json) printBody({ data: presentStartedRun(started) }, control.config, context);
      else print(`Queued: run ${started.runId} of ${started.date}`);
      return EXIT.completed;
    }
    const ended = await followRun(control.warehouse, started.runId, json ? 'silent' : 'shown');
    if (json) {
      const clocks = clocksOf(control.config, context);
      const data = await statusReport(control.warehouse, started.date, clocks);
      printBody({ data }, control.config, context);
    }
    return ended === 'completed' ? EXIT.completed : EXIT.failed;
  }

  async function backfill(
    control: Control,
    from: string,
    to: string,
    { detach, json, force = false }: Options,
  ): Promise<number> {
    await control.queues.waitUntilConnected();
    const asked = await startBackfill(control, { from, to, by: 'cli', requestedBy: userName(), force });
    const { started, skipped } = asked;
    if (!json) {
      for (const { date, error } of skipped) print(`${date} skipped: ${error.message}`);
      // On a terminal the bar follows: a line for each run would push it down.
      if (process.stdout.isTTY && !detach) print(`Queued: ${started.length} runs`);
      else for (const { date, runId } of started) print(`${date} queued: run ${runId}`);
    }
    const followed = detach ? [] : started.map(({ runId }) => runId);
    const ends = await followBackfill(control.warehouse, followed, json ? 'silent' : 'shown');
    if (json) printBody({ data: presentBackfill(asked, ends) }, control.config, context);
    if (started.length === 0) return EXIT.refused;
    return [...ends.values()].includes('failed') ? EXIT.failed : EXIT.completed;
  }

  async function cancel(control: Control, asked: string, { json }: Options): Promise<number> {
    const runId = await runIdOf(control.warehouse, asked);
    await cancelRun(control, { runId, requestedBy: userName() });
    if (json) await printRun(control, runId);
    else print(`Cancelled: run ${runId}`);
    return EXIT.completed;
  }

  async function retry(control: Control, asked: string, { detach, json }: Options): Promise<number> {
    const runId = await runIdOf(control.warehouse, asked);
    await control.queues.waitUntilConnected();
    await retryRun(control, { runId, requestedBy: userName() });
    if (detach) {
      if (json) await printRun(control, runId);
      else print(`Queued again: run ${runId}`);
      return EXIT.completed;
    }
    const ended = await followRun(control.warehouse, runId, json ? 'silent' : 'shown');
    if (json) await printRun(control, runId);
    return ended === 'completed' ? EXIT.completed : EXIT.failed;
  }

  async function printRun({ warehouse, config }: Control, runId: string): Promise<void> {
    printBody({ data: await runReport(warehouse, runId, clocksOf(config, context)) }, config, context);
  }
}
