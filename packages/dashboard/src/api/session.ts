import { errorOf } from './client.ts';

const SESSION = '/app/session';

/** Signs in with a token, or with the one-time code of the demo. Throws an `ApiError`. */
export async function signIn(proof: { token: string } | { code: string }): Promise<void> {
  await send('POST', proof);
}

/** Ends the session in this browser. Returns where the university signs the person out as well. */
export async function signOut(): Promise<string | null> {
  const { data } = await send('DELETE', {});
  return data.next ?? null;
}

async function send(method: 'POST' | 'DELETE', body: object): Promise<{ data: { next?: string | null } }> {
  const response = await fetch(SESSION, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => Response.error());
  if (response.ok) return response.json();
  throw errorOf(response, await response.json().catch(() => undefined));
}
