import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './load.ts';
import { SECRETS } from './variables.ts';

/**
 * The environment, with what a `.env` file in the working directory adds to it, and with the secrets that stand in files. Call once,
 * where a process begins. Throws ConfigError.
 */
export function readEnvironment(): NodeJS.ProcessEnv {
  try {
    // Of a file that we may not read, process.loadEnvFile says that there is none. Libraries look into process.env as well.
    const added = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
    for (const [name, value] of Object.entries(added)) process.env[name] ??= value;
  } catch (cause) {
    throw new ConfigError(`The file .env cannot be read: ${(cause as Error).message}`, { cause });
  }
  return withSecretFiles(process.env);
}

/**
 * The environment, with each secret that is named by its file (`REDIS_URL_FILE=/run/secrets/redis_url`) read from there, less the line
 * break at its end. Throws ConfigError.
 */
export function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const complaints = new Map<string, string>();
  const read: NodeJS.ProcessEnv = {};
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) continue;
    if (env[name]?.trim()) {
      complaints.set(name, `${name} and ${name}_FILE are both set: which is meant?`);
      continue;
    }
    try {
      read[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      complaints.set(name, `${name}_FILE: "${file}" cannot be read: ${(error as Error).message}`);
    }
  }
  if (complaints.size === 0) return { ...env, ...read };
  throw new ConfigError(`The environment is not right:\n  ${[...complaints.values()].join('\n  ')}`, {
    variables: [...complaints.keys()],
  });
}
