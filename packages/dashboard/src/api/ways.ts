import { api, bodyOf } from './client.ts';

/** Whether a person can sign in with the account of the university. */
export async function hasUniversity(): Promise<boolean> {
  const answer = await bodyOf(api.GET('/app/sign-in/ways')).catch(() => undefined);
  return answer?.data.ways.includes('oidc') ?? false;
}
