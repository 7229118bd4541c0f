import { FIGURE_SETTINGS, type FigureSettings, settingsDifference, settingText } from '@etl/core';
import { adoptSettings, storedSettings } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import { type CommandContext, print, printBody, userName, withWarehouse } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../table.ts';

interface Options {
  adopt?: boolean;
  json?: boolean;
}

const ADOPTED =
  'Later runs use these settings. Set them for every process, and restart the processes that have other ones.';

/**
 * `settings` compares the settings of figures of this process with the stored ones, or stores them. Passes 3 to `exit`
 * if they differ.
 */
export function settingsCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  program
    .command('settings')
    .description('compare time zone and roles with the stored ones')
    .option('--adopt', 'store the settings of this process, for later runs')
    .addOption(new Option('--json', 'print JSON'))
    .action((options: Options) =>
      withWarehouse(context, async (warehouse, config) => {
        const before = options.adopt
          ? await adoptSettings(warehouse, config, userName())
          : await storedSettings(warehouse);
        const stored = options.adopt ? config : before;
        const difference = settingsDifference(config, stored);
        if (options.json) {
          const data = {
            own: texts(config),
            stored: texts(stored),
            ...(options.adopt && { stored_before: texts(before) }),
          };
          printBody({ status: !difference, data }, config, context);
        } else {
          const compared = options.adopt
            ? comparison({ before, 'stored now': config })
            : comparison({ stored, here: config });
          print(compared);
          if (options.adopt) print(`\n${ADOPTED}`);
          else if (difference) print(`\n${difference.message}`);
        }
        exit(difference ? EXIT.refused : EXIT.completed);
      }),
    );
}

function texts(settings: Partial<FigureSettings>): Record<string, string | null> {
  return Object.fromEntries(
    FIGURE_SETTINGS.map((name) => {
      const value = settings[name];
      return [name, value === undefined ? null : settingText(value)];
    }),
  );
}

/** A table with a column for each of these sets of settings. */
function comparison(settings: Record<string, Partial<FigureSettings>>): string {
  const columns = Object.values(settings).map(texts);
  return table(
    ['setting', ...Object.keys(settings)].map((heading) => ({ heading })),
    FIGURE_SETTINGS.map((name) => [name, ...columns.map((column) => column[name] ?? '')]),
  );
}
