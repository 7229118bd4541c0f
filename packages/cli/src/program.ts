import { Command } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import type { CommandContext } from './command-context.ts';
import { doctorCommand } from './commands/doctor.ts';
import { runCommands } from './commands/run.ts';
import { settingsCommand } from './commands/settings.ts';
import { statusCommands } from './commands/status.ts';

const EXAMPLES = `
Examples:
  etl pipeline                          yesterday, all three batches, followed until they end
  etl pipeline 2024-01-15 --detach      a day; returns as soon as it is queued
  etl backfill 2024-01-01 2024-01-31    a month
  etl status --json | jq .data          the newest run, as JSON
  etl scheduler_data --status 3         the batches that failed
  etl retry 4b0c6d5e-…                  run the failed batches of a run again
  etl doctor                            check the whole installation

Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 refused (running already, window closed, prerequisites missing, source purged, settings differ).
`;

/** Builds the command line. The returned function takes the arguments and resolves to the exit code. */
export function buildProgram(context: CommandContext): (args: string[]) => Promise<number> {
  let exitCode = 0;
  const program = new Command('etl')
    .description('Counts the views of each Moodle course, day by day.')
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('(run without an action for help)')
    .addHelpText('after', EXAMPLES)
    .argument('[action]')
    .action((action: string | undefined) => {
      if (action !== undefined) program.error(`error: there is no action "${action}"`);
      program.outputHelp();
    });
  const exit = (code: number) => {
    exitCode = code;
  };
  runCommands(program, context, exit);
  statusCommands(program, context);
  doctorCommand(program, context, exit);
  settingsCommand(program, context, exit);
  return async (args) => {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  };
}
