import { type Browser, HOST, openBrowser, openForTest } from './browser.ts';
import type { Gateway } from './support.ts';
import { ADMIN_ROLE } from './tokens.ts';
import { openUniversity, signInAtProvider, type University } from './university.ts';

export const START = '/app/sign-in/oidc';

const ACCOUNTS = {
  root: { username: 'root', roles: [ADMIN_ROLE, 'staff'] },
  dean: { username: 'dean', roles: ['lecturer'], directorate: 'FTI' },
  head: { username: 'head', directorate: 'FTI', unit: 'FTI-IF' },
  stranger: { username: 'stranger', directorate: 'of another university' },
  guest: { username: 'guest', roles: ['student'] },
  grouped: { preferred_username: 'gus', realm_access: { roles: ['deans-of-fti', 'a', 'b'] } },
};

export const CATEGORIES = [
  { id: 3, name: 'Engineering', idnumber: 'FTI', parent: 0, depth: 1, path: '/3' },
  { id: 7, name: 'Informatics', idnumber: 'FTI-IF', parent: 3, depth: 2, path: '/3/7' },
  { id: 4, name: 'Arts', idnumber: 'FSB', parent: 0, depth: 1, path: '/4' },
];

interface Opening {
  env?: Record<string, string>;
  order?: Partial<Parameters<typeof openUniversity>[0]>;
  more?: Parameters<typeof openForTest>[1];
}

/** A provider, and a gateway that knows it, until the end of the test. */
export async function openBoth({ env, order, more }: Opening = {}): Promise<{
  university: University;
  gateway: Gateway;
}> {
  const gatewayUrl = env?.ETL_PUBLIC_URL ?? `http://${HOST}`;
  const university = await openUniversity({ gateway: gatewayUrl, accounts: ACCOUNTS, ...order });
  return { university, gateway: await openKnowing(university, { env, more }) };
}

/** A gateway that knows the provider. */
export async function openKnowing(university: University, { env, more }: Opening = {}): Promise<Gateway> {
  const gateway = await openForTest({ ...university.env, ...env }, more);
  await gateway.warehouse.insertInto('course_categories_etl').values(CATEGORIES).execute();
  return gateway;
}

/** Where an answer leads. */
export const leadsTo = (answer: { headers: Record<string, unknown> }) => String(answer.headers.location);

/** The address below the gateway of an address that a browser opens. */
export const below = (address: string) => {
  const { pathname, search } = new URL(address);
  return pathname + search;
};

/** Begins a sign-in, and returns the address to which the provider leads the person back. */
export async function goThere(
  browser: Browser,
  login: string,
  { next = '', cookies }: { next?: string; cookies?: Map<string, string> } = {},
): Promise<string> {
  const query = next === '' ? '' : `?${new URLSearchParams({ next })}`;
  const begun = await browser.send({ url: START + query });
  return below(await signInAtProvider(leadsTo(begun), login, cookies));
}

/** A browser whose person has signed in at the provider, and where that has led. */
export async function signInAs(
  gateway: Gateway,
  login: string,
  options: Parameters<typeof goThere>[2] = {},
): Promise<{ browser: Browser; to: string }> {
  const browser = openBrowser(gateway);
  const to = leadsTo(await browser.send({ url: await goThere(browser, login, options) }));
  return { browser, to };
}

/** Why the gateway refused a sign-in, by the address of the sign-in page. */
export function reasonIn(address: string): string | null {
  return new URL(address, `http://${HOST}`).searchParams.get('reason');
}
