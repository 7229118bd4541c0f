import { expect, it } from 'vitest';
import type { z } from 'zod';
import { GROUPS, SECRETS } from '../src/config/variables.ts';

const HEAD = `# Configuration

The processes read these variables when they start, from the environment or from a file \`.env\` in
their working folder. The environment wins.

- A value that is not allowed stops the process. The error message names the variable, the value and
  the allowed values.
- A name that differs from a variable by a letter or two stops the process, too.
- \`etl doctor\` warns about unknown names that begin like these.

A variable marked _secret_ can be read from a file: set \`REDIS_URL_FILE=/run/secrets/redis_url\` in
place of \`REDIS_URL\`.

This page is made from the code by
\`pnpm vitest run packages/core/test/configuration-reference --update\`.
`;

/** No variable allows this value. */
const NONSENSE = '\u0000 , : \u0000';

/** The allowed values, as the error message names them. */
function takes(schema: z.ZodType): string {
  const [issue] = schema.safeParse(NONSENSE).error?.issues ?? [];
  if (!issue) return 'any text';
  return issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : issue.message;
}

/** The default, as the environment would name it. */
function usual(schema: z.ZodType): string {
  const { data } = schema.safeParse(undefined);
  if (data === undefined || (Array.isArray(data) && data.length === 0)) return '';
  if (data === null) return '`off`';
  return `\`${Array.isArray(data) ? data.join(',') : data}\``;
}

function reference(): string {
  const parts = Object.entries(GROUPS).map(([title, variables]) => {
    const rows = Object.entries(variables).map(([name, schema]) => {
      const secret = SECRETS.has(name) ? ' _secret_' : '';
      const cells = [`\`${name}\`${secret}`, schema.description ?? '', takes(schema), usual(schema)];
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    });
    return [
      `\n## ${title}\n`,
      '| variable | meaning | allowed values | default |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return `${HEAD}${parts.join('\n')}\n`;
}

it('docs/configuration.md is the reference of the variables that the processes read', async () => {
  const text = reference();
  // A variable without a description leaves an empty cell.
  expect(text).not.toContain('|  |  |');
  await expect(text).toMatchFileSnapshot('../../../docs/configuration.md');
});
