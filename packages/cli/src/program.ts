import { Command } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import type { CommandContext } from './command-context.ts';
import { coursesCommand } from './commands/courses.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { ledgerCommand } from './commands/ledger.ts';
import { proveCommand } from './commands/prove.ts';
import { resultsCommand } from './commands/results.ts';
import { runCommands } from './commands/run.ts';
import { settingsCommand } from './commands/settings.ts';
import { statusCommands } from './commands/status.ts';
import { summaryCommand } from './commands/summary.ts';

const EXAMPLES = `
Examples:
  etl pipeline                         yesterday, followed until it ends
  etl backfill 2024-01-01 2024-01-31   a month
  etl status                           the newest run
  etl scheduler_data --status failed   the batches that failed, and why
  etl retry 4b0c6d5e                   run its failed batches again
  etl results                          the most viewed courses
  etl summary --by unit                the units of the last 28 days
  etl courses --filter silent          the courses that fell silent
  etl ledger 2024-01-15                where each log row of a date is
  etl doctor                           check the whole installation

Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 refused (running already,
window closed, prerequisites missing, source purged, settings differ)
`;

/** Builds the command line. The returned function takes the arguments and resolves to the exit code. */
export function buildProgram(context: CommandContext): (args: string[]) => Promise<number> {
  let exitCode = 0;
  const program = new Command('etl')
    .description('Counts the views of each Moodle course, day by day.')
    .usage('<action> [options]')
    .version(manifest.version)
    .configureHelp({ subcommandTerm: nameAndArguments })
    .helpCommand('help [action]', 'explain an action')
    .exitOverride()
    .showHelpAfterError('(run etl without an action for help)')
    .addHelpText('after', EXAMPLES);
  const exit = (code: number) => {
    exitCode = code;
  };
  program.commandsGroup('Extract:');
  runCommands(program, context, exit);
  program.commandsGroup('Follow:');
  statusCommands(program, context);
  program.commandsGroup('Read the figures:');
  resultsCommand(program, context, exit);
  summaryCommand(program, context, exit);
  coursesCommand(program, context, exit);
  ledgerCommand(program, context, exit);
  explainCommand(program, context, exit);
  program.commandsGroup('Check:');
  doctorCommand(program, context, exit);
  proveCommand(program, context, exit);
  settingsCommand(program, context, exit);
  return async (args) => {
    // Commander would call a missing action an error.
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return exitCode;
  };
}

/** Every action has options: to say so would only push the descriptions aside. */
function nameAndArguments(command: Command): string {
  const words = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  );
  return [command.name(), ...words].join(' ');
}
