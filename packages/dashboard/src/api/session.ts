import { errorOf } from './client.ts';

const SESSION = '/app/session';

/** Signs in with a token, or with the one-time code of the demo. Throws an `ApiError`. */
export async function signIn(proof: { token: string } | { code: string }): Promise<void> {
  await send('POST', proof);
}

/** Ends the session in this browser. */
export async function signOut(): Promise<void> {
  await send('DELETE', {});
}

async function send(method: 'POST' | 'DELETE', body: object): Promise<void> {
  const response = await fetch(SESSION, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => Response.error());
  if (response.ok) return;
  throw errorOf(response, await response.json().catch(() => undefined));
}
