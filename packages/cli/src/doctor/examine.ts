import { type Config, type ConfigWith, createLogger } from '@etl/core';
import { openSource, type Source, tryRead } from '@etl/moodle';
import { examineConfiguration } from './configuration.ts';
import { examined, type Finding } from './finding.ts';
import { examineMoodle } from './moodle.ts';
import { examineProvider } from './provider.ts';
import { examineRedis } from './redis.ts';
import { examineSource } from './source.ts';
import { statementsFinding } from './statements.ts';
import { examineTokenKeys } from './token-keys.ts';
import { examineWarehouse } from './warehouse.ts';

/** A person waits at the terminal. */
const TIMEOUT_MS = 20_000;

/** Checks the configuration and the servers that it names. An unreachable server does not stop the other checks. */
export async function examine(env: NodeJS.ProcessEnv, now: Date): Promise<Finding[]> {
  const { config, findings, invalid } = examineConfiguration(env);
  const { REDIS_URL: redis, ETL_DATABASE_URL: warehouse, MOODLE_DATABASE_URL: moodle } = config;
  const smallBelow = invalid.includes('ETL_SUPPRESS_BELOW') ? undefined : config.ETL_SUPPRESS_BELOW;
  const { ETL_JWT_JWKS_URL: keys, ETL_OIDC_ISSUER: issuer } = config;
  const parts = await Promise.all([
    redis === undefined ? [] : examineRedis({ ...config, REDIS_URL: redis }),
    warehouse === undefined ? [] : examineWarehouse({ ...config, ETL_DATABASE_URL: warehouse }, smallBelow),
    keys === undefined ? [] : examineTokenKeys(keys),
    issuer === undefined ? [] : examineProvider(issuer),
    moodle === undefined ? [] : sourceAndMoodle({ ...config, MOODLE_DATABASE_URL: moodle }, now),
  ]);
  return [...findings, ...parts.flat()];
}

async function sourceAndMoodle(
  config: Config & ConfigWith<'MOODLE_DATABASE_URL'>,
  now: Date,
): Promise<Finding[]> {
  const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'doctor');
  const source = openSource(config, log, { connections: 1 });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { findings, isMoodle } = await examineSource(source, config, signal);
    if (!isMoodle) return findings;
    return [
      ...findings,
      ...(await examineMoodle(source, config, now, signal)),
      ...(await examined('moodle statements', () => statements(source, config))),
    ];
  } finally {
    await source.db.destroy();
  }
}

async function statements(source: Source, config: Config): Promise<Finding> {
  const roles = { students: config.ETL_STUDENT_ROLE_IDS, teachers: config.ETL_TEACHER_ROLE_IDS };
  const refusals = await tryRead(source, roles, AbortSignal.timeout(TIMEOUT_MS));
  return statementsFinding('moodle statements', refusals);
}
