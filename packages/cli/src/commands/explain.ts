import { EtlError, parseDate, today } from '@etl/core';
import { type Cell, explainCell, METRICS, type Metric, onSnapshot } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import { cellText } from '../cell-text.ts';
import { oneOfWords } from '../choices.ts';
import { type CommandContext, orErrorBody, print, printBody, withWarehouse } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { OPERATORS_SCOPE } from '../operators-scope.ts';

const EXAMPLES = `
Figures:
  ${METRICS.slice(0, 5).join(', ')},
  ${METRICS.slice(5, 9).join(', ')},
  ${METRICS.slice(9).join(', ')}

Example:
  etl explain 2024-01-15 42 total_views   course 42 of Moodle
`;

/** `explain` says in plain words where a figure of a course and date comes from. */
export function explainCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  program
    .command('explain')
    .description('say where a figure of a course comes from')
    .argument('<date>', 'YYYY-MM-DD')
    .argument('<course>', "Moodle's id of the course")
    .argument('<figure>', 'such as total_views', oneOfWords(METRICS))
    .addOption(new Option('--json', 'print the answer of the API'))
    .addHelpText('after', EXAMPLES)
    .action(async (date: string, course: string, metric: Metric, { json }: { json?: true }) =>
      exit(
        await withWarehouse(context, (warehouse, config) =>
          orErrorBody(json, config, context, async () => {
            const { ETL_TIMEZONE: timeZone } = config;
            const request = {
              scope: OPERATORS_SCOPE,
              date: parseDate(date),
              course: idIn(course),
              metric,
              timeZone,
              today: today(timeZone, context.now()),
              showsRequester: true,
            };
            const data: Cell = await onSnapshot(warehouse, (snapshot) => explainCell(snapshot, request));
            if (json) printBody({ data }, config, context);
            else print(cellText(data));
            return EXIT.completed;
          }),
        ),
      ),
    );
}

function idIn(course: string): string {
  if (/^[1-9]\d{0,17}$/.test(course)) return course;
  const why = `${course} is not the id of a course in Moodle. etl courses --search TEXT shows the ids`;
  throw new EtlError('INVALID_REQUEST', why);
}
