import { expect, it } from 'vitest';
import type { z } from 'zod';
import { GROUPS, SECRETS } from '../src/config/variables.ts';

const HEAD = `# Configuration

Every variable that the processes read, from the environment or from a file \`.env\` in the folder that they are started in (the environment wins). They
are read once, when a process starts; a value that is not allowed stops it, with the variable, the value and what is allowed. So does a
name that is one of these but for a letter or two; of others that begin like these and that nothing reads, \`etl doctor\` warns.

What is marked _secret_ can stand in a file of its own: \`REDIS_URL_FILE=/run/secrets/redis_url\` in place of \`REDIS_URL\`, and so on.

This page is written by \`pnpm vitest run packages/core/test/configuration-reference --update\`, from what the processes know themselves.
`;

/** No variable takes it. */
const NONSENSE = '\u0000 , : \u0000';

/** What a variable takes, in the words that a person is told who sets it wrong. */
function takes(schema: z.ZodType): string {
  const [issue] = schema.safeParse(NONSENSE).error?.issues ?? [];
  if (!issue) return 'any text';
  return issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : issue.message;
}

/** A default as it would stand in the environment. */
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
      '| variable | is | takes | default |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return `${HEAD}${parts.join('\n')}\n`;
}

it('the reference in docs/configuration.md is what the processes read', async () => {
  const text = reference();
  // A variable that nobody has described would be a gap in it.
  expect(text).not.toContain('|  |  |');
  await expect(text).toMatchFileSnapshot('../../../docs/configuration.md');
});
