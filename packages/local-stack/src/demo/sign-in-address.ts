import { randomBytes } from 'node:crypto';
import { signInCodeKey } from '@etl/core';
import { Redis } from 'ioredis';
import { DEMO_TOKEN } from './system.ts';

/** Long enough to click on the address, and too short to find it in a log later. */
const SECONDS = 60;

/**
 * An address of the dashboard that signs the person in, with the demo's token. It works once, for a minute. The code is
 * in the fragment, which a browser sends to no server.
 */
export async function signInAddress(site: string, env: Record<string, string>): Promise<string> {
  const { REDIS_URL = '', ETL_QUEUE_PREFIX = '' } = env;
  const code = randomBytes(16).toString('base64url');
  const redis = new Redis(REDIS_URL);
  try {
    await redis.set(signInCodeKey(ETL_QUEUE_PREFIX, code), DEMO_TOKEN, 'EX', SECONDS);
  } finally {
    redis.disconnect();
  }
  return `${site}/app/sign-in#code=${code}`;
}
