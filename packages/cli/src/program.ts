import { Command } from 'commander';
import { lookCommands } from './commands/look.ts';
import { runCommands } from './commands/run.ts';
import type { Surroundings } from './surroundings.ts';

/** The command line. The function it returns takes the arguments and resolves to the exit code. */
export function buildProgram(surroundings: Surroundings): (args: string[]) => Promise<number> {
  let exitCode = 0;
  const program = new Command('etl')
    .description('Extracts how much each Moodle course was used, day by day.')
    .exitOverride()
    .showHelpAfterError('(run without an action for help)')
    .argument('[action]')
    .action((action: string | undefined) => {
      if (action !== undefined) program.error(`error: there is no action "${action}"`);
      program.outputHelp();
    });
  runCommands(program, surroundings, (code) => {
    exitCode = code;
  });
  lookCommands(program, surroundings);
  return async (args) => {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  };
}
