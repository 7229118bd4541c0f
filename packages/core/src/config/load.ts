import { isIP } from 'node:net';
import type { z } from 'zod';
import { unreadVariables } from './names.ts';
import { proxyComplaints } from './proxy-variables.ts';
import { signInComplaints } from './sign-in-variables.ts';
import { webhookTokens } from './values.ts';
import { type Config, type ConfigName, type ConfigWith, Environment, SECRETS } from './variables.ts';

/** Tokens of the documentation and of this repository's examples: they are public. */
const EXAMPLE_TOKENS = [
  'token',
  'your-webhook-token',
  'your-webhook-token-here',
  'change-me-to-a-long-secret',
];
const SHORTEST_TOKEN = 16;

/** HS256 is as strong as its secret. RFC 7518 requires 256 bits. */
export const SHORTEST_JWT_SECRET = 32;

/** Anyone who can reach the gateway can guess at the board's password. */
export const SHORTEST_BOARD_PASSWORD = 12;

/** The environment is wrong. The message has one line for each variable: its name, its value and the allowed values. */
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
 * Validates the environment. `needs` names the optional variables that this process requires. The gateway also needs
 * what belongs to a sign-in. Other processes read the same file `.env`, without the secrets of the gateway. Throws a
 * ConfigError that names all wrong variables.
 */
export function loadConfig<Needed extends ConfigName = never>(
  env: NodeJS.ProcessEnv,
  needs: readonly Needed[] = [],
  { isGateway = false } = {},
): ConfigWith<Needed> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = Environment.safeParse(given);
  const complaints = new Map<string, string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!complaints.has(name)) complaints.set(name, complaint(name, given[name], issue));
  }
  for (const { name, nearest } of unreadVariables(env)) {
    // Unknown variables may belong to other software; a near-miss of ours is an error. Other software uses REDIS_ as
    // well.
    const isOurs = !name.startsWith('REDIS_');
    if (nearest && (isOurs || given[nearest] === undefined))
      complaints.set(name, `${name} is unknown. Did you mean ${nearest}?`);
  }
  const ofSignIn = isGateway ? [...signInComplaints(given), ...proxyComplaints(given)] : [];
  for (const [name, text] of ofSignIn) {
    if (!complaints.has(name)) complaints.set(name, text);
  }
  for (const name of needs) {
    if (given[name] === undefined && !complaints.has(name)) complaints.set(name, `${name} is not set`);
  }
  for (const name of ['ETL_DATABASE', 'MOODLE_DATABASE'] as const) {
    const address = given[`${name}_URL`];
    // The driver does not compare a certificate with an IP address.
    if (parsed.data?.[`${name}_TLS`] && address && isIP(new URL(address).hostname.replace(/^\[|\]$/g, ''))) {
      complaints.set(
        `${name}_URL`,
        `${name}_URL: its host is an IP address. With ${name}_TLS, use the name in the server's certificate`,
      );
    }
  }
  const { ETL_QUEUE_PREFIX: prefix = '{etl}' } = parsed.data ?? {};
  if (given.REDIS_URL?.startsWith('redis-cluster:') && !/\{[^}]+\}/.test(prefix)) {
    complaints.set(
      'ETL_QUEUE_PREFIX',
      `ETL_QUEUE_PREFIX: "${prefix}" has no braces, such as {etl}; without them a cluster spreads the keys of a queue over several nodes`,
    );
  }
  const lacking = ['ETL_JWT_ISSUER', 'ETL_JWT_AUDIENCE'].filter((name) => given[name] === undefined);
  if (given.ETL_JWT_JWKS_URL && lacking.length > 0) {
    complaints.set(
      'ETL_JWT_JWKS_URL',
      `ETL_JWT_JWKS_URL is set without ${lacking.join(' and ')}. Set that too: a provider signs tokens for other programs with the same keys`,
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
      `The environment (or the file .env; see .env.example) is wrong:\n  ${[...complaints.values()].join('\n  ')}`,
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

/** The labels of tokens that are too short or public. */
export function weakTokens(tokens: Config['ETL_WEBHOOK_TOKENS']): string[] {
  return tokens
    .filter(({ token }) => token.length < SHORTEST_TOKEN || EXAMPLE_TOKENS.includes(token))
    .map(({ label }) => label);
}

/** Whether people can sign in without a token. */
export function hasOwnSignIn(config: Pick<Config, 'ETL_OIDC_ISSUER' | 'ETL_PROXY_USER_HEADER'>): boolean {
  return config.ETL_OIDC_ISSUER !== undefined || config.ETL_PROXY_USER_HEADER !== undefined;
}

/** Whether signed tokens can be verified. */
export function hasTokenKey(
  config: Pick<Config, 'ETL_JWT_SECRET' | 'ETL_JWT_PUBLIC_KEY' | 'ETL_JWT_JWKS_URL'>,
): boolean {
  return [config.ETL_JWT_SECRET, config.ETL_JWT_PUBLIC_KEY, config.ETL_JWT_JWKS_URL].some(
    (key) => key !== undefined,
  );
}
