import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './load.ts';
import { SECRETS } from './variables.ts';

/**
 * The environment, with additions from a file `.env` in the working directory and with the secrets that files hold. A
 * process calls this once, when it starts. Throws ConfigError.
 */
export function readEnvironment(): NodeJS.ProcessEnv {
  try {
    // process.loadEnvFile reports an unreadable file as missing. Libraries read process.env, too, so it is completed
    // here.
    const added = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
    for (const [name, value] of Object.entries(added)) process.env[name] ??= value;
  } catch (cause) {
    throw new ConfigError(`The file .env cannot be read: ${(cause as Error).message}`, { cause });
  }
  return withSecretFiles(process.env);
}

/**
 * The environment, with the content of each secret's file, if a variable such as
 * `REDIS_URL_FILE=/run/secrets/redis_url` names one. A line break at the end of the file is dropped. Throws
 * ConfigError.
 */
export function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const complaints = new Map<string, string>();
  const read: NodeJS.ProcessEnv = {};
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) continue;
    if (env[name]?.trim()) {
      complaints.set(name, `${name} and ${name}_FILE are both set. Unset one of them.`);
      continue;
    }
    try {
      read[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      complaints.set(name, `${name}_FILE: "${file}" cannot be read: ${(error as Error).message}`);
    }
  }
  if (complaints.size === 0) return { ...env, ...read };
  throw new ConfigError(`The environment is wrong:\n  ${[...complaints.values()].join('\n  ')}`, {
    variables: [...complaints.keys()],
  });
}
