import {
  type Config,
  ConfigError,
  hasOwnSignIn,
  hasTokenKey,
  loadConfig,
  SHORTEST_BOARD_PASSWORD,
  SHORTEST_JWT_SECRET,
  unreadVariables,
  weakTokens,
} from '@etl/core';
import { type Finding, ok, wrong } from './finding.ts';

/** Checks the configuration. Returns it with defaults in place of wrong values. */
export function examineConfiguration(env: NodeJS.ProcessEnv): {
  config: Config;
  findings: Finding[];
  /** The variables with a wrong value. */
  invalid: readonly string[];
} {
  const { config, findings, invalid } = load(env);
  const isToken = (name: string) => name === 'ETL_WEBHOOK_TOKENS' || name.startsWith('ETL_JWT_');
  return {
    config,
    invalid,
    // A variable that is wrong is not reported as missing too.
    findings: [
      ...findings,
      ...missing(config),
      ...unread(env),
      ...(invalid.some(isToken) ? [] : tokens(config)),
      ...(invalid.includes('BULL_BOARD_PASSWORD') ? [] : [board(config)]),
      schedule(config),
    ],
  };
}

function load(env: NodeJS.ProcessEnv): {
  config: Config;
  findings: Finding[];
  invalid: readonly string[];
} {
  try {
    const config = loadConfig(env);
    return { config, findings: [ok('configuration', `valid, for ${config.NODE_ENV}`)], invalid: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fault = wrong('fault', 'configuration', error.message, {
      means: 'No process starts with it. The checks below use the defaults of these variables.',
      mend: 'Correct these variables in the environment or in .env (.env.example has all of them).',
    });
    const rest = Object.entries(env).filter(([name]) => !error.variables.includes(name));
    return { config: loadConfig(Object.fromEntries(rest)), findings: [fault], invalid: error.variables };
  }
}

/** Variables that the processes need. */
function missing(config: Config): Finding[] {
  const needed = {
    ETL_DATABASE_URL: 'the warehouse, which keeps the figures',
    MOODLE_DATABASE_URL: "Moodle's database, which workers read",
    REDIS_URL: 'the queue',
  } as const;
  return Object.entries(needed)
    .filter(([name]) => config[name as keyof typeof needed] === undefined)
    .map(([name, what]) =>
      wrong('fault', 'configuration', `${name} is not set`, {
        means: `It is the address of ${what}.`,
        mend: `Set ${name} (.env.example has an example).`,
      }),
    );
}

function unread(env: NodeJS.ProcessEnv): Finding[] {
  return unreadVariables(env)
    .filter(({ nearest }) => !nearest)
    .map(({ name }) =>
      wrong('warning', 'configuration', `nothing reads ${name}`, {
        means: 'If it is a setting of this system, that setting has its default.',
        mend: 'Find the right name in .env.example, which has all settings.',
      }),
    );
}

function tokens(config: Config): Finding[] {
  const { ETL_WEBHOOK_TOKENS: tokens, ETL_JWT_SECRET: secret } = config;
  if (tokens.length === 0 && !hasTokenKey(config) && !hasOwnSignIn(config)) {
    return [
      wrong('fault', 'tokens', 'there is no token, and no key for signed tokens', {
        means: 'The gateway rejects every call of the API.',
        mend: 'Set ETL_WEBHOOK_TOKENS=portal:$(openssl rand -hex 24), or ETL_JWT_SECRET, ETL_JWT_PUBLIC_KEY or ETL_JWT_JWKS_URL.',
      }),
    ];
  }
  const weak = weakTokens(tokens);
  const findings: Finding[] = [];
  if (config.ETL_ADMIN_ROLES.length > 0 && !hasTokenKey(config) && !hasOwnSignIn(config)) {
    findings.push(
      wrong('warning', 'tokens', 'ETL_ADMIN_ROLES is set, but no key for signed tokens', {
        means: 'The gateway rejects every signed token, whatever its role.',
        mend: 'Set ETL_JWT_SECRET, ETL_JWT_PUBLIC_KEY or ETL_JWT_JWKS_URL, or remove ETL_ADMIN_ROLES.',
      }),
    );
  }
  // In production weak tokens and a short secret are faults of the configuration.
  if (weak.length > 0) {
    findings.push(
      wrong('note', 'tokens', `the token of ${weak.join(', ')} is short, or a documented example`, {
        means: 'A person who guesses it may do everything. In production no process starts with it.',
        mend: 'Make another one with openssl rand -hex 24, and set ETL_WEBHOOK_TOKENS.',
      }),
    );
  }
  if (secret !== undefined && secret.length < SHORTEST_JWT_SECRET) {
    findings.push(
      wrong('note', 'tokens', 'the secret of signed tokens is short', {
        means:
          'A person who has seen one token can find the secret out, and make tokens. In production no process starts with it.',
        mend: 'Make another one with openssl rand -hex 32, and set ETL_JWT_SECRET here and for the system that makes tokens.',
      }),
    );
  }
  return findings.length > 0 ? findings : [ok('tokens', 'none is short or an example')];
}

function board({ NODE_ENV, BULL_BOARD_USER: user, BULL_BOARD_PASSWORD: password }: Config): Finding {
  const inProduction = NODE_ENV === 'production';
  if (!user || !password) {
    return wrong(inProduction ? 'fault' : 'note', 'board', 'Bull Board has no user or no password', {
      means: 'There is no Bull Board, which shows failed jobs. In production the gateway does not start.',
      mend: 'Set BULL_BOARD_USER and BULL_BOARD_PASSWORD.',
    });
  }
  if (password.length < SHORTEST_BOARD_PASSWORD) {
    // In production it is a fault of the configuration.
    return wrong('note', 'board', 'the password of Bull Board is short', {
      means:
        'A person who guesses it sees all jobs and can retry them. In production no process starts with it.',
      mend: `Set BULL_BOARD_PASSWORD to ${SHORTEST_BOARD_PASSWORD} characters or more. Make one with openssl rand -hex 12.`,
    });
  }
  return ok('board', 'has a user and a password');
}

function schedule({ ETL_SCHEDULE, ETL_TIMEZONE }: Config): Finding {
  if (ETL_SCHEDULE !== null) return ok('schedule', `${ETL_SCHEDULE}, in ${ETL_TIMEZONE}`);
  return wrong('note', 'schedule', 'off', {
    means: 'No run starts by itself, and missed dates are not caught up.',
    mend: 'Remove ETL_SCHEDULE, unless another program starts the runs.',
  });
}
