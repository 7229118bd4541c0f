import { isIP } from 'node:net';
import type { z } from 'zod';
import { unreadVariables } from './names.ts';
import { webhookTokens } from './values.ts';
import { type Config, type ConfigName, type ConfigWith, Environment, SECRETS } from './variables.ts';

/** A token of the documentation or of this repository's examples: known to everybody. */
const EXAMPLE_TOKENS = [
  'token',
  'your-webhook-token',
  'your-webhook-token-here',
  'change-me-to-a-long-secret',
];
const SHORTEST_TOKEN = 16;

/** What HS256 is worth ends with its secret: RFC 7518 asks for 256 bits. */
export const SHORTEST_JWT_SECRET = 32;

/** The board's password is guessed at from everywhere that reaches the gateway. */
export const SHORTEST_BOARD_PASSWORD = 12;

/** The environment is wrong. Its message has one line for each variable: name, value and what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  /** The variables that are wrong, or missing. */
  readonly variables: readonly string[];

  constructor(
    message: string,
    { variables = [], cause }: { variables?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.variables = variables;
  }
}

/**
 * Validates the environment. `needs` names the optional variables that this process cannot do without.
 * Throws ConfigError, which names everything that is wrong at once.
 */
export function loadConfig<Needed extends ConfigName = never>(
  env: NodeJS.ProcessEnv,
  needs: readonly Needed[] = [],
): ConfigWith<Needed> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = Environment.safeParse(given);
  const complaints = new Map<string, string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!complaints.has(name)) complaints.set(name, complaint(name, given[name], issue));
  }
  for (const { name, meant } of unreadVariables(env)) {
    // Others may be somebody else's. This one is meant: without it a day could begin at another hour.
    const isOurs = !name.startsWith('REDIS_');
    if (meant && (isOurs || given[meant] === undefined))
      complaints.set(name, `${name} is not read by anything: is ${meant} meant?`);
  }
  for (const name of needs) {
    if (given[name] === undefined && !complaints.has(name)) complaints.set(name, `${name} is not set`);
  }
  for (const name of ['ETL_DATABASE', 'MOODLE_DATABASE'] as const) {
    const address = given[`${name}_URL`];
    // The driver does not compare a certificate with a number.
    if (parsed.data?.[`${name}_TLS`] && address && isIP(new URL(address).hostname.replace(/^\[|\]$/g, ''))) {
      complaints.set(
        `${name}_URL`,
        `${name}_URL: its host is a number; with ${name}_TLS it takes the name that the server's certificate is for`,
      );
    }
  }
  const { ETL_QUEUE_PREFIX: prefix = '{etl}' } = parsed.data ?? {};
  if (given.REDIS_URL?.startsWith('redis-cluster:') && !/\{[^}]+\}/.test(prefix)) {
    complaints.set(
      'ETL_QUEUE_PREFIX',
      `ETL_QUEUE_PREFIX: "${prefix}" has no braces, such as {etl}; without them a cluster puts keys of one queue on several nodes`,
    );
  }
  const isProduction = given.NODE_ENV === 'production';
  const weak = isProduction
    ? weakTokens(webhookTokens.safeParse(given.ETL_WEBHOOK_TOKENS ?? '').data ?? [])
    : [];
  if (isProduction && (given.ETL_JWT_SECRET?.length ?? SHORTEST_JWT_SECRET) < SHORTEST_JWT_SECRET) {
    complaints.set(
      'ETL_JWT_SECRET',
      `ETL_JWT_SECRET is shorter than ${SHORTEST_JWT_SECRET} characters; make one with: openssl rand -hex 32`,
    );
  }
  const { BULL_BOARD_PASSWORD: boardPassword } = given;
  if (isProduction && boardPassword !== undefined && boardPassword.length < SHORTEST_BOARD_PASSWORD) {
    complaints.set(
      'BULL_BOARD_PASSWORD',
      `BULL_BOARD_PASSWORD is shorter than ${SHORTEST_BOARD_PASSWORD} characters; make one with: openssl rand -hex 12`,
    );
  }
  if (weak.length > 0) {
    complaints.set(
      'ETL_WEBHOOK_TOKENS',
      `ETL_WEBHOOK_TOKENS: the token of ${weak.join(', ')} is a documented example or shorter than ${SHORTEST_TOKEN} ` +
        'characters; make one with: openssl rand -hex 24',
    );
  }
  if (complaints.size > 0 || !parsed.success) {
    throw new ConfigError(
      `The environment (or the file .env; .env.example shows all of it) is not right:\n  ${[...complaints.values()].join('\n  ')}`,
      { variables: [...complaints.keys()] },
    );
  }
  return parsed.data as ConfigWith<Needed>;
}

function complaint(name: string, value: string | undefined, issue: z.core.$ZodIssue): string {
  if (value === undefined) return `${name} is not set`;
  const allowed = issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : issue.message;
  return `${name}: ${SECRETS.has(name) ? 'its value' : `"${value}"`} is not allowed; it takes ${allowed}`;
}

/** The labels of tokens that nobody should rely on. */
export function weakTokens(tokens: Config['ETL_WEBHOOK_TOKENS']): string[] {
  return tokens
    .filter(({ token }) => token.length < SHORTEST_TOKEN || EXAMPLE_TOKENS.includes(token))
    .map(({ label }) => label);
}
