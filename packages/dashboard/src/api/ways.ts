import { api, bodyOf } from './client.ts';

/** How a person signs in with the account of the university. */
export type UniversityWay = 'oidc' | 'proxy';

/** The way of this person. Null if there is none. */
export async function universityWay(): Promise<UniversityWay | null> {
  const answer = await bodyOf(api.GET('/app/sign-in/ways')).catch(() => undefined);
  const ways = answer?.data.ways ?? [];
  // A proxy has signed the person in.
  return ways.includes('proxy') ? 'proxy' : ways.includes('oidc') ? 'oidc' : null;
}
