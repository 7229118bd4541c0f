/** Calls the API as any client would. Throws if the answer is an error. */
export type Call = <Body extends object>(path: string, body?: object) => Promise<Body>;

/** Calls with a body are POST, the others GET. */
export function clientOf(api: string, token: string): Call {
  return async (path, body) => {
    const response = await fetch(`${api}/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { error?: string };
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${answer.error}`);
    return answer as never;
  };
}
