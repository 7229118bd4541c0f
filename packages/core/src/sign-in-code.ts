import { createHash } from 'node:crypto';

/** The key in Redis that leads from a one-time code to its token. Redis never has the code itself. */
export function signInCodeKey(queuePrefix: string, code: string): string {
  return `${queuePrefix}:sign-in-code:${createHash('sha256').update(code).digest('base64url')}`;
}
