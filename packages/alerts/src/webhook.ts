import { Webhook } from 'standardwebhooks';
import type { Alert } from './alert.ts';

/** A receiver that is reachable answers much sooner. */
const TIMEOUT_MS = 5000;

/**
 * Sends that an alert fires or is resolved, in the form of Standard Webhooks. `webhook-id` is the same at every
 * attempt. `webhook-signature` is there if there is a secret. Chats show `text` as it is. Throws if the answer is not
 * a 2xx, and if `signal` aborts: a process that stops leaves the message to the next one.
 */
export async function send(
  alert: Alert,
  { url, secret, signal }: { url: string; secret: string | undefined; signal: AbortSignal },
): Promise<void> {
  const now = new Date();
  const type = alert.resolvedAt === null ? 'alert.opened' : 'alert.resolved';
  const id = `${alert.id}-${type}`;
  const body = JSON.stringify({
    type,
    timestamp: now.toISOString(),
    data: {
      cause: alert.cause,
      message: alert.message,
      opened_at: new Date(alert.openedAt).toISOString(),
      resolved_at: alert.resolvedAt === null ? null : new Date(alert.resolvedAt).toISOString(),
      ...(alert.dates && { dates: alert.dates }),
    },
    text: `User Activity ETL: ${alert.resolvedAt === null ? '' : 'resolved: '}${alert.message}`,
  });
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      ...(secret && { 'webhook-signature': new Webhook(secret).sign(id, now, body) }),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), signal]),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`The receiver answered ${answer.status}`);
}
