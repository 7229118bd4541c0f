import {
  type Config,
  ConfigError,
  loadConfig,
  SHORTEST_BOARD_PASSWORD,
  SHORTEST_JWT_SECRET,
  unreadVariables,
  weakTokens,
} from '@etl/core';
import { type Finding, ok, wrong } from './finding.ts';

/** The configuration, less what of it is wrong, and what there is to say about it. */
export function examineConfiguration(env: NodeJS.ProcessEnv): { config: Config; findings: Finding[] } {
  const { config, findings, wrongOnes } = load(env);
  const isToken = (name: string) => name === 'ETL_WEBHOOK_TOKENS' || name.startsWith('ETL_JWT_');
  return {
    config,
    // What has been found wrong already is not said to be missing as well.
    findings: [
      ...findings,
      ...missing(config),
      ...unread(env),
      ...(wrongOnes.some(isToken) ? [] : tokens(config)),
      ...(wrongOnes.includes('BULL_BOARD_PASSWORD') ? [] : [board(config)]),
      schedule(config),
    ],
  };
}

function load(env: NodeJS.ProcessEnv): {
  config: Config;
  findings: Finding[];
  wrongOnes: readonly string[];
} {
  try {
    const config = loadConfig(env);
    return { config, findings: [ok('configuration', `valid, for ${config.NODE_ENV}`)], wrongOnes: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fault = wrong('fault', 'configuration', error.message, {
      means: 'No process starts with this; what is said below goes by the defaults of what is wrong here.',
      mend: 'Set the variables that are named, in the environment or in .env (.env.example shows all of them).',
    });
    const rest = Object.entries(env).filter(([name]) => !error.variables.includes(name));
    return { config: loadConfig(Object.fromEntries(rest)), findings: [fault], wrongOnes: error.variables };
  }
}

/** What the processes together cannot do without. */
function missing(config: Config): Finding[] {
  const needed = {
    ETL_DATABASE_URL: "the results' database",
    MOODLE_DATABASE_URL: "Moodle's database, which workers read",
    REDIS_URL: 'the queue',
  } as const;
  return Object.entries(needed)
    .filter(([name]) => config[name as keyof typeof needed] === undefined)
    .map(([name, what]) =>
      wrong('fault', 'configuration', `${name} is not set`, {
        means: `It is the address of ${what}.`,
        mend: `Set ${name} (.env.example shows how it looks).`,
      }),
    );
}

function unread(env: NodeJS.ProcessEnv): Finding[] {
  return unreadVariables(env)
    .filter(({ nearest }) => !nearest)
    .map(({ name }) =>
      wrong('warning', 'configuration', `nothing reads ${name}`, {
        means: 'What was to be set with it is at its default, unless the variable is of something else.',
        mend: 'Look it up among the settings that there are (.env.example has all of them).',
      }),
    );
}

function tokens(config: Config): Finding[] {
  const { ETL_WEBHOOK_TOKENS: tokens, ETL_JWT_SECRET: secret, ETL_JWT_PUBLIC_KEY: key } = config;
  if (tokens.length === 0 && secret === undefined && key === undefined) {
    return [
      wrong('fault', 'tokens', 'there is no token, and no key for signed ones', {
        means: 'Every call of the API is refused.',
        mend: 'Set ETL_WEBHOOK_TOKENS=portal:$(openssl rand -hex 24), or ETL_JWT_SECRET or ETL_JWT_PUBLIC_KEY.',
      }),
    ];
  }
  const weak = weakTokens(tokens);
  const findings: Finding[] = [];
  if (config.ETL_ADMIN_ROLES.length > 0 && secret === undefined && key === undefined) {
    findings.push(
      wrong('warning', 'tokens', 'ETL_ADMIN_ROLES is set, but no key for signed tokens', {
        means: 'No signed token is taken, of whatever role.',
        mend: 'Set ETL_JWT_SECRET or ETL_JWT_PUBLIC_KEY, or leave ETL_ADMIN_ROLES out.',
      }),
    );
  }
  // In production both are faults of the configuration.
  if (weak.length > 0) {
    findings.push(
      wrong('note', 'tokens', `that of ${weak.join(', ')} is short, or a documented example`, {
        means: 'Who guesses it may do everything. In production no process starts with it.',
        mend: 'Make another one with: openssl rand -hex 24, and set ETL_WEBHOOK_TOKENS.',
      }),
    );
  }
  if (secret !== undefined && secret.length < SHORTEST_JWT_SECRET) {
    findings.push(
      wrong('note', 'tokens', 'the secret of signed tokens is short', {
        means:
          'Who finds it out, from any token that was ever seen, makes tokens of his own. In production no process starts with it.',
        mend: 'Make another one with: openssl rand -hex 32, and set ETL_JWT_SECRET here and where tokens are made.',
      }),
    );
  }
  return findings.length > 0 ? findings : [ok('tokens', 'none is short or an example')];
}

function board({ NODE_ENV, BULL_BOARD_USER: user, BULL_BOARD_PASSWORD: password }: Config): Finding {
  const inProduction = NODE_ENV === 'production';
  if (!user || !password) {
    return wrong(inProduction ? 'fault' : 'note', 'board', 'Bull Board has no user or no password', {
      means: 'There is no board, where failed jobs are looked at. In production the gateway does not start.',
      mend: 'Set BULL_BOARD_USER and BULL_BOARD_PASSWORD.',
    });
  }
  if (password.length < SHORTEST_BOARD_PASSWORD) {
    // In production it is a fault of the configuration.
    return wrong('note', 'board', 'the password of Bull Board is short', {
      means: 'Who guesses it sees all jobs, and may retry them. In production no process starts with it.',
      mend: `Set BULL_BOARD_PASSWORD to one of ${SHORTEST_BOARD_PASSWORD} characters or more, made with: openssl rand -hex 12`,
    });
  }
  return ok('board', 'has a user and a password');
}

function schedule({ ETL_SCHEDULE, ETL_TIMEZONE }: Config): Finding {
  if (ETL_SCHEDULE !== null) return ok('schedule', `${ETL_SCHEDULE}, in ${ETL_TIMEZONE}`);
  return wrong('note', 'schedule', 'off', {
    means: 'Nothing is run by itself, and nothing is caught up.',
    mend: 'Leave ETL_SCHEDULE out, unless something else starts the runs.',
  });
}
